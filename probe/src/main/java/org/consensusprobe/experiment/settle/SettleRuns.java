package org.consensusprobe.experiment.settle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.loop.Experiment;
import org.consensusprobe.experiment.loop.Inputs;
import org.consensusprobe.experiment.loop.LoopMap;
import org.consensusprobe.experiment.sweep.Sweep.Outcome;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.lookup.PromptsOfRun;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.Initial;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.Recycling;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.results.RunReader;
import org.consensusprobe.results.StatesArray;
import org.consensusprobe.torch.DType;

/**
 * The runs that answer for one kind of weights: the run itself, one of its first prompt alone whose states are kept after every
 * pass, and one for each further start.
 *
 * @param main all prompts, as the user has them start
 * @param path the first prompt alone; absent where its start is a file of all prompts' states, or a drawn state of the loop's own
 * @param starts all prompts from states that are drawn
 */
public record SettleRuns(RunPlan main, Optional<RunPlan> path, List<RunPlan> starts) {
    /** More points than that are not told apart. */
    private static final int MOST_POINTS = 200;

    /**
     * The runs of some weights.
     *
     * @param plan a run that is judged
     * @param starts how many further starts
     * @param injected whether the loop has a state of its own, and is given what came before it
     */
    public static SettleRuns of(RunPlan plan, WeightMode weights, int starts, boolean injected) {
        if (plan.ingredients().freezeRouting()) {
            throw Problem.input(
                    "settle looks at the map that every pass is, and frozen routing makes the first pass another one."
                            + "%nLeave --freeze-routing out; consensus run takes it.");
        }
        int last = last(plan);
        RunPlan main = plan.with(Fields.WEIGHTS, weights)
                .with(Fields.MEASURES, Settlement.MEASURES)
                .with(Fields.SAVE_HIDDEN_AT, Fields.SAVE_HIDDEN_AT.parse("pass:" + last));
        int first = plan.passes().loop().map(loop -> loop.first()).orElse(0);
        String points =
                first + Arrays.stream(points(last)).mapToObj(p -> ",pass:" + p).collect(Collectors.joining());
        Initial.Kind start = plan.initial().kind();
        Optional<RunPlan> path = start == Initial.Kind.FILE || injected && start != Initial.Kind.ZERO
                ? Optional.empty()
                : Optional.of(main.with(Fields.LIMIT_PROMPTS, Optional.of(1))
                        .with(Fields.MEASURES, List.of())
                        .with(Fields.SAVE_HIDDEN_AT, Fields.SAVE_HIDDEN_AT.parse(points)));
        return new SettleRuns(
                main,
                path,
                IntStream.rangeClosed(1, starts)
                        .mapToObj(seed -> main.with(Fields.INITIAL, Initial.uniform(seed)))
                        .toList());
    }

    /** All of them. */
    public List<RunPlan> all() {
        List<RunPlan> all = new ArrayList<>(List.of(main));
        path.ifPresent(all::add);
        all.addAll(starts);
        return all;
    }

    /** The last pass that hands on what enters a pass: the last of a loop with norms between passes hands on what is not normed. */
    private static int last(RunPlan plan) {
        int passes = plan.passes().count();
        return plan.passes().loop().isPresent() && plan.passes().recycling() == Recycling.FINAL_NORM
                ? passes - 1
                : passes;
    }

    private static int[] points(int passes) {
        int every = (passes + MOST_POINTS - 1) / MOST_POINTS;
        return IntStream.iterate(passes, pass -> pass > 0, pass -> pass - every)
                .sorted()
                .toArray();
    }

    /**
     * Reads what the runs say; those that failed are left out.
     *
     * @return nothing if the main run failed
     */
    public Optional<Twin> read(Map<RunPlan, Outcome> outcomes, Limits limits) {
        Function<RunPlan, Optional<RunReader>> reader = plan ->
                Optional.of(outcomes.get(plan)).filter(Outcome::finished).map(Outcome::read);
        Optional<RunReader> run = reader.apply(main);
        if (run.isEmpty()) {
            return Optional.empty();
        }
        Settlement settlement =
                Settlement.of(main.weights().mode().optionName(), run.get(), limits.collapsed(), limits.motion());
        List<RunReader> others =
                starts.stream().map(reader).flatMap(Optional::stream).toList();
        double[][][] ends = new double[others.size() + 1][][];
        ends[0] = ends(run.get());
        int settled = settled(settlement);
        for (int a = 0; a < others.size(); a++) {
            ends[a + 1] = ends(others.get(a));
            settled += settled(Settlement.of("", others.get(a), limits.collapsed(), limits.motion()));
        }
        int[] passes = IntStream.concat(IntStream.of(0), IntStream.of(points(last(main))))
                .toArray();
        return Optional.of(new Twin(
                settlement,
                run.get(),
                path.flatMap(reader).map(walked -> plane(walked, passes, ends)),
                passes,
                others.isEmpty() ? Optional.empty() : Optional.of(Starts.of(ends, limits.same(), settled)),
                List.of()));
    }

    private static int settled(Settlement settlement) {
        return (int) settlement.motions().stream()
                .filter(m -> m.kind() == Motion.Kind.SETTLES)
                .count();
    }

    private double[][] ends(RunReader run) {
        return states(run, "pass-" + last(main));
    }

    private static double[][] states(RunReader run, String name) {
        StatesArray array = StatesArray.open(run.path().resolve("hidden/" + name + ".npy"));
        double[][] states = new double[array.lengths().size()][];
        array.read((prompt, values) -> states[prompt] = values);
        return states;
    }

    private Plane plane(RunReader walked, int[] passes, double[][][] ends) {
        List<double[]> points = new ArrayList<>();
        double[] entered = states(walked, "depth-" + walked.route().first())[0];
        points.add(main.initial().kind() == Initial.Kind.ZERO ? new double[entered.length] : entered);
        IntStream.of(passes).skip(1).forEach(pass -> points.add(states(walked, "pass-" + pass)[0]));
        IntStream.range(1, ends.length).forEach(a -> points.add(ends[a][0]));
        return Plane.of(points);
    }

    /**
     * The Jacobian's eigenvalues at the last states of the first prompts that have settled.
     *
     * @param most prompts at most
     */
    public Twin withSpectra(Twin twin, int most, Machine machine, ModelLookup models) {
        List<Motion> motions = twin.settlement().motions();
        int[] settled = IntStream.range(0, motions.size())
                .filter(p -> motions.get(p).kind() == Motion.Kind.SETTLES)
                .limit(most)
                .toArray();
        if (settled.length == 0) {
            return twin;
        }
        ModelLookup.Found found = models.find(main);
        RunPlan exact = main.with(Fields.DTYPE, DType.FLOAT64)
                .with(Fields.MEASURES, List.of())
                .with(Fields.SAVE_HIDDEN_AT, Fields.SAVE_HIDDEN_AT.parse(""))
                .with(RouteFields.STEP, 1.0)
                .with(RouteFields.ANCHOR, 0.0);
        Inputs inputs = Inputs.of(PromptsOfRun.read(found, exact));
        double[][] ends = ends(twin.run());
        List<Spectrum> spectra = new ArrayList<>();
        try (Experiment experiment = Experiment.prepare(found.subject(), exact, machine, inputs);
                LoopMap map = experiment.map()) {
            for (int prompt : settled) {
                spectra.add(
                        Spectrum.at(prompt, ends[prompt], inputs.ids().get(prompt).length, x -> map.apply(prompt, x)));
            }
        }
        return twin.with(spectra);
    }
}
