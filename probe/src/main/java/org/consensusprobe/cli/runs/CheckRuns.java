package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.consensusprobe.cli.terminal.Amounts;
import org.consensusprobe.cli.terminal.Interruption;
import org.consensusprobe.experiment.check.Evidence;
import org.consensusprobe.experiment.check.Stability;
import org.consensusprobe.experiment.check.Stages;
import org.consensusprobe.experiment.loop.Calibration;
import org.consensusprobe.experiment.record.RecordedRun;
import org.consensusprobe.experiment.sweep.Sweep;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.RunPlan;

/** The runs of a check as its user sees them: looked at before any starts, and what each stage will cost. */
final class CheckRuns implements Stages.Listener {
    private final Stages.Design design;
    private final Machine machine;
    private final ModelLookup models;
    private final PrintWriter err;
    private final Calibration calibration = new Calibration();

    CheckRuns(Stages.Design design, Machine machine, ModelLookup models, PrintWriter err) {
        this.design = design;
        this.machine = machine;
        this.models = models;
        this.err = err;
    }

    /**
     * Prepares every run of the first stages and lets go of it again: what is wrong with plan, files or machine is found here.
     *
     * @throws org.consensusprobe.common.Problem if something is
     */
    void lookAt(List<Evidence.Prompts> kinds) {
        List<RunPlan> plans = new ArrayList<>();
        kinds.forEach(kind -> plans.addAll(Stages.first(design, kind)));
        plans.add(Stability.plan(plans.get(0)));
        plans.forEach(plan -> RecordedRun.prepare(plan, machine, models).close());
    }

    @Override
    public Sweep.Listener onStage(List<RunPlan> runs, Evidence.Prompts prompts, int from, int to) {
        double seconds = 0;
        for (RunPlan plan : runs) {
            try (RecordedRun run = RecordedRun.prepare(plan, machine, models)) {
                seconds += calibration
                        .estimate(
                                run.subject().transformer(),
                                plan,
                                machine,
                                run.prompts().ids())
                        .seconds();
            }
        }
        err.printf(
                "%s, passes %d to %d: %d %s, about %s if none is there yet%n",
                prompts.describe(),
                from + 1,
                to,
                runs.size(),
                runs.size() == 1 ? "run" : "runs",
                Amounts.duration(seconds));
        err.flush();
        return new SweepProgress(err, runs.size());
    }

    /** Makes the run that shows whether consensus is stable, and enters its folder. */
    Optional<Stability> stability(
            Sweep sweep, Evidence.Prompts prompts, Map<String, Map<String, List<String>>> folders) {
        RunPlan plan = Stability.plan(Stages.first(design, prompts).get(0));
        return sweep.run(List.of(plan), new SweepProgress(err, 1), Interruption::requested).stream()
                .filter(Sweep.Outcome::finished)
                .findFirst()
                .map(outcome -> {
                    folders.put(
                            "stability",
                            Map.of("checkpoint", List.of(outcome.directory().toString())));
                    return Stability.of(outcome.read());
                });
    }
}
