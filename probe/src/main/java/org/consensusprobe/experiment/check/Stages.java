package org.consensusprobe.experiment.check;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.consensusprobe.experiment.sweep.Sweep;
import org.consensusprobe.experiment.sweep.Sweep.Outcome;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.Initial;
import org.consensusprobe.plan.Recycling;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Values;
import org.consensusprobe.results.RunReader;

/**
 * Makes the runs of a check on one kind of prompts, a stage of passes at a time, until what is said of recycling no longer
 * hangs on more passes.
 *
 * <p>Drawn controls make the first stage only; checkpoint and what has no draw go on. A stage starts from the states that the
 * one before it handed on, so that no pass is made twice; where a pass is more or less than
 * the whole model (a loop, a step, an anchor), it starts anew.
 */
public final class Stages {
    /** Passes of the first stage: what a rate needs. Each further one doubles them. */
    public static final int FIRST = 4;

    private final Sweep sweep;
    private final Listener listener;
    private final BooleanSupplier cancelled;
    private final Design design;

    /**
     * What is asked of a check.
     *
     * @param base all that its runs have in common
     * @param controls which
     * @param draws of each drawn control
     * @param passes the most
     * @param atLeast passes that are made in any case
     */
    public record Design(Values base, List<Control> controls, int draws, int passes, int atLeast, double threshold) {
        private List<RunPlan> runs(Control control, RunPlan checkpoint) {
            return control.of(checkpoint, base, draws);
        }
    }

    /** Told before a stage is made, and about its runs. */
    public interface Listener {
        Sweep.Listener onStage(List<RunPlan> runs, Evidence.Prompts prompts, int from, int to);
    }

    public Stages(Sweep sweep, Design design, Listener listener, BooleanSupplier cancelled) {
        this.sweep = sweep;
        this.design = design;
        this.listener = listener;
        this.cancelled = cancelled;
    }

    /** A model's runs so far. */
    private static final class Line {
        private final RunPlan first;
        private List<Outcome> stages = new ArrayList<>();
        private int passes;

        Line(RunPlan first) {
            this.first = first;
        }

        RunPlan next(int to, boolean more) {
            RunPlan plan = first.with(Fields.SAVE_HIDDEN, more && canGoOn());
            if (passes == 0 || !canGoOn()) {
                return plan.with(RouteFields.PASSES, to);
            }
            Path states = stages.get(stages.size() - 1).directory().resolve("hidden.npy");
            return plan.with(Fields.INITIAL, Initial.parse(states.toString())).with(RouteFields.PASSES, to - passes);
        }

        /** Whether the last states are what a further pass would be given. */
        private boolean canGoOn() {
            return first.passes().loop().isEmpty()
                    && first.passes().recycling() == Recycling.FINAL_NORM
                    && first.passes().step() == 1
                    && first.passes().anchor() == 0
                    && first.initial().kind() == Initial.Kind.EMBEDDING;
        }

        void add(Outcome outcome, int to) {
            stages = canGoOn() ? stages : new ArrayList<>();
            stages.add(outcome);
            passes = to;
        }

        Track track() {
            List<RunReader> runs = stages.stream().map(Outcome::read).toList();
            return Track.of(
                    runs,
                    runs.get(0)
                            .manifest()
                            .plan()
                            .with(RouteFields.PASSES, passes)
                            .route(runs.get(0).route().layers()));
        }
    }

    /** The runs that a check makes first, to be looked at before any starts. */
    public static List<RunPlan> first(Design design, Evidence.Prompts prompts) {
        RunPlan checkpoint = checkpoint(design, prompts);
        List<RunPlan> plans = new ArrayList<>(List.of(checkpoint));
        design.controls().forEach(control -> plans.addAll(design.runs(control, checkpoint)));
        return plans.stream()
                .map(p -> new Line(p).next(firstStage(design), true))
                .toList();
    }

    /** The passes behind the first stage if all are made, as runs that start anew: what they cost is what those cost. */
    public static List<RunPlan> further(Design design, Evidence.Prompts prompts) {
        int passes = design.passes() - firstStage(design);
        if (passes == 0) {
            return List.of();
        }
        RunPlan checkpoint = checkpoint(design, prompts);
        List<RunPlan> plans = new ArrayList<>(List.of(checkpoint));
        design.controls().stream()
                .filter(control -> !control.isDrawn())
                .forEach(control -> plans.addAll(design.runs(control, checkpoint)));
        return plans.stream().map(p -> p.with(RouteFields.PASSES, passes)).toList();
    }

    private static RunPlan checkpoint(Design design, Evidence.Prompts prompts) {
        Values values = design.base().with(Fields.PROMPTS, prompts.form());
        return RunPlan.of(values.with(Fields.SHUFFLE, Fields.SHUFFLE.neutral(values)));
    }

    private static int firstStage(Design design) {
        return Math.min(FIRST, design.passes());
    }

    /**
     * Makes them.
     *
     * @throws org.consensusprobe.common.Problem if a run fails: a verdict needs all
     */
    public Result run(Evidence.Prompts prompts) {
        RunPlan plan = checkpoint(design, prompts);
        Line checkpoint = new Line(plan);
        Map<Control, List<Line>> controls = new EnumMap<>(Control.class);
        design.controls()
                .forEach(control -> controls.put(
                        control,
                        design.runs(control, plan).stream().map(Line::new).toList()));
        int to = firstStage(design);
        while (true) {
            List<Line> going = new ArrayList<>(List.of(checkpoint));
            boolean first = checkpoint.passes == 0;
            controls.forEach((control, lines) -> {
                if (first || !control.isDrawn()) {
                    going.addAll(lines);
                }
            });
            stage(going, prompts, to);
            Evidence evidence = evidence(prompts, checkpoint, controls);
            if (to >= design.passes()
                    || to >= design.atLeast() && !Recycled.of(evidence).isOpen()) {
                return new Result(evidence, folders(checkpoint, controls));
            }
            to = Math.min(2 * to, design.passes());
        }
    }

    /** @param folders of the runs, by what they are */
    public record Result(Evidence evidence, Map<String, List<String>> folders) {}

    private void stage(List<Line> lines, Evidence.Prompts prompts, int to) {
        List<RunPlan> plans =
                lines.stream().map(l -> l.next(to, to < design.passes())).toList();
        Sweep.Listener told = listener.onStage(plans, prompts, lines.get(0).passes, to);
        List<Outcome> outcomes = sweep.run(plans, told, cancelled);
        for (int i = 0; i < lines.size(); i++) {
            outcomes.get(i).problem().ifPresent(problem -> {
                throw problem;
            });
            lines.get(i).add(outcomes.get(i), to);
        }
    }

    private Evidence evidence(Evidence.Prompts prompts, Line checkpoint, Map<Control, List<Line>> controls) {
        Map<Control, List<Track>> tracks = new EnumMap<>(Control.class);
        controls.forEach((control, lines) ->
                tracks.put(control, lines.stream().map(Line::track).toList()));
        return new Evidence(prompts, design.threshold(), checkpoint.track(), tracks);
    }

    private static Map<String, List<String>> folders(Line checkpoint, Map<Control, List<Line>> controls) {
        Map<String, List<String>> folders = new LinkedHashMap<>();
        folders.put("checkpoint", folders(List.of(checkpoint)));
        controls.forEach((control, lines) -> folders.put(control.id(), folders(lines)));
        return folders;
    }

    private static List<String> folders(List<Line> lines) {
        return lines.stream()
                .flatMap(line -> line.stages.stream())
                .map(outcome -> outcome.directory().toString())
                .toList();
    }
}
