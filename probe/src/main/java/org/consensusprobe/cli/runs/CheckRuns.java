package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.consensusprobe.cli.terminal.Amounts;
import org.consensusprobe.cli.terminal.Interruption;
import org.consensusprobe.cli.terminal.Progress;
import org.consensusprobe.experiment.check.Evidence;
import org.consensusprobe.experiment.check.Stability;
import org.consensusprobe.experiment.check.Stages;
import org.consensusprobe.experiment.loop.Calibration;
import org.consensusprobe.experiment.loop.RunListener;
import org.consensusprobe.experiment.record.RecordedRun;
import org.consensusprobe.experiment.sweep.Sweep;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.RunPlan;

/**
 * The runs of a check as its user sees them: looked at before any starts, and what each stage will cost. The first estimate is
 * from one block, timed; from the first run on, from what runs have taken.
 */
final class CheckRuns implements Stages.Listener {
    private final Stages.Design design;
    private final Machine machine;
    private final ModelLookup models;
    private final boolean fromConsensus;
    private final PrintWriter err;
    private final Calibration calibration;
    private final Map<RunPlan, Calibration.Estimate> known = new HashMap<>();
    private double estimated;
    private double taken;

    /** @param fromConsensus whether the loop can start from consensus: not one that is given the embedding in every pass */
    CheckRuns(Stages.Design design, Machine machine, ModelLookup models, boolean fromConsensus, PrintWriter err) {
        this.fromConsensus = fromConsensus;
        this.design = design;
        this.machine = machine;
        this.models = models;
        this.err = err;
        this.calibration = new Calibration(Estimating.on(err));
    }

    /**
     * Prepares every run of the first stages and lets go of it again: what is wrong with plan, files or machine is found here.
     * Says what they and all passes there may be will cost.
     *
     * @throws org.consensusprobe.common.Problem if something is
     */
    void lookAt(List<Evidence.Prompts> kinds) {
        List<RunPlan> plans = new ArrayList<>();
        List<RunPlan> further = new ArrayList<>();
        for (Evidence.Prompts kind : kinds) {
            plans.addAll(Stages.first(design, kind));
            further.addAll(Stages.further(design, kind));
        }
        if (fromConsensus) {
            plans.add(Stability.plan(plans.get(0)));
        }
        Progress.tell(err, "looking at " + plans.size() + " runs before any starts", Map.of("progress", "estimate"));
        double first = sum(estimates(plans));
        double most = first + sum(estimates(further));
        double around = calibration.aroundSeconds();
        Progress.tell(
                err,
                String.format(
                        "%d runs, about %s from start to end on this machine with nothing else running%s",
                        plans.size(),
                        Amounts.about(first + around),
                        further.isEmpty()
                                ? ""
                                : ", and up to " + Amounts.about(most + around) + " if all " + design.passes()
                                        + " passes are needed"),
                Map.of());
    }

    private List<Double> estimates(List<RunPlan> plans) {
        return plans.stream()
                .map(plan -> known.computeIfAbsent(plan, this::estimate).seconds())
                .toList();
    }

    private Calibration.Estimate estimate(RunPlan plan) {
        try (RecordedRun run = RecordedRun.prepare(plan, machine, models)) {
            return calibration.estimate(
                    run.subject().transformer(),
                    Optional.of(run.subject())
                            .filter(subject -> subject.checkpoint().isPresent()),
                    plan,
                    machine,
                    run.prompts().ids());
        }
    }

    private static double sum(List<Double> seconds) {
        return seconds.stream().mapToDouble(Double::doubleValue).sum();
    }

    /** By how much runs have taken longer than a block's time said. */
    private double correction() {
        return taken > 0 ? taken / estimated : 1;
    }

    @Override
    public Sweep.Listener onStage(List<RunPlan> runs, Evidence.Prompts prompts, int from, int to) {
        List<Double> seconds = estimates(runs);
        Progress.tell(
                err,
                String.format(
                        "%s, passes %d to %d: %d %s, about %s if none is there yet",
                        prompts.describe(),
                        from + 1,
                        to,
                        runs.size(),
                        runs.size() == 1 ? "run" : "runs",
                        Amounts.about(sum(seconds) * correction())),
                Map.of());
        return new Timed(new SweepProgress(err, runs.size()), seconds);
    }

    /** Learns from each run what the next ones will take. */
    private final class Timed implements Sweep.Listener {
        private final Sweep.Listener shown;
        private final List<Double> seconds;
        private long start;

        Timed(Sweep.Listener shown, List<Double> seconds) {
            this.shown = shown;
            this.seconds = seconds;
        }

        @Override
        public RunListener onStart(int index, RunPlan plan) {
            start = System.nanoTime();
            return shown.onStart(index, plan);
        }

        @Override
        public void onEnd(int index, Sweep.Outcome outcome) {
            shown.onEnd(index, outcome);
            if (outcome.end() != Sweep.End.DONE) {
                return;
            }
            boolean first = taken == 0;
            double took = (System.nanoTime() - start) * 1e-9;
            calibration.learn(known.get(outcome.plan()), took);
            taken += took;
            estimated += seconds.get(index);
            if (first && index + 1 < seconds.size()) {
                Progress.tell(
                        err,
                        String.format(
                                "going by that, about %s for the other runs of these passes",
                                Amounts.about(sum(seconds.subList(index + 1, seconds.size())) * correction())),
                        Map.of());
            }
        }
    }

    /** Makes the run that shows whether consensus is stable, and enters its folder. */
    Optional<Stability> stability(
            Sweep sweep, Evidence.Prompts prompts, Map<String, Map<String, List<String>>> folders) {
        if (!fromConsensus) {
            return Optional.empty();
        }
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
