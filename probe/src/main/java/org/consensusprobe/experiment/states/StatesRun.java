package org.consensusprobe.experiment.states;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.experiment.loop.GivenPasses;
import org.consensusprobe.experiment.loop.Numerics;
import org.consensusprobe.experiment.loop.RunListener;
import org.consensusprobe.experiment.record.GivenRun;
import org.consensusprobe.measure.Measure;
import org.consensusprobe.measure.Measures;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Similarity;
import org.consensusprobe.plan.Values;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Torch;

/** States of another program, opened and ready to be measured. */
public final class StatesRun implements AutoCloseable {
    private static final String UNKNOWN = "unknown";

    private final Scope scope = Scope.open();
    private final Torch torch;
    private final GivenStates states;
    private final RunPlan plan;
    private final GivenRun run;

    private StatesRun(Path path, Optional<Path> attention, Optional<Path> names, Values said, Machine machine) {
        this.torch = Torch.start(machine.threads());
        try (Scope opening = Scope.open()) {
            this.states = GivenStates.open(path, attention, names, Kernels.plain(opening));
        }
        try {
            DType dtype = said.has(Fields.DTYPE) ? said.get(Fields.DTYPE) : states.dtype();
            if (dtype != DType.FLOAT64 && dtype != DType.FLOAT32) {
                throw Problem.input(
                        "--dtype %s: states are measured in float32 or float64, whatever they are kept in.",
                        dtype.torchName());
            }
            Numerics numerics = Numerics.choose(dtype, machine.device(), torch);
            this.plan = plan(path, said, dtype);
            this.run = new GivenRun(
                    states,
                    facts(),
                    plan,
                    machine,
                    numerics,
                    Kernels.forDevice(scope, numerics.precision().device()));
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /**
     * Opens states; nothing is written yet.
     *
     * @param path a folder of {@code depth-N.npy}, a {@code .npy} of all depths or a {@code .safetensors} file
     * @param attention where attention matrices lie; absent: beside the states, if anywhere
     * @param names a file as {@code states.json}; absent: that beside the states, if there is one
     * @param said measures, similarity, dtype and what is kept
     * @throws Problem if the states cannot be believed, or do not give a measure that is asked for
     */
    public static StatesRun open(
            Path path, Optional<Path> attention, Optional<Path> names, Values said, Machine machine) {
        return new StatesRun(path, attention, names, said, machine);
    }

    private RunPlan plan(Path path, Values said, DType dtype) {
        Path last = path.toAbsolutePath().normalize().getFileName();
        String name = last == null ? "states" : last.toString().replaceFirst("\\.(npy|safetensors)$", "");
        StatesNames names = states.names();
        RunPlan asked = RunPlan.of(said.with(Fields.MODEL, names.model().orElse(name))
                .with(Fields.PROMPTS, names.prompts().orElse(name))
                .with(Fields.WEIGHTS, WeightMode.ELSEWHERE)
                .with(RouteFields.PASSES, Math.max(1, names.passes().size()))
                .with(Fields.DTYPE, dtype));
        return asked.with(Fields.MEASURES, measures(asked.measures(), said.has(Fields.MEASURES)));
    }

    /** Those that are asked for; all that the states allow where none or all are. */
    private List<String> measures(List<String> asked, boolean said) {
        boolean attention = states.heads() > 0;
        List<String> possible = Measures.all(Similarity.COSINE).stream()
                .filter(measure -> GivenPasses.canTake(measure, attention))
                .map(Measure::name)
                .toList();
        if (!said || asked.containsAll(MeasureNames.ALL)) {
            return possible;
        }
        List<String> refused =
                asked.stream().filter(name -> !possible.contains(name)).toList();
        if (!refused.isEmpty()) {
            throw Problem.input(
                    "--measures: %s cannot be taken from states%s.%n%s",
                    Shown.firstFew(refused),
                    attention ? " and attention matrices" : " alone",
                    attention
                            ? "It needs the model, which is not here."
                            : "It needs the model, or attention matrices beside the states (--attention).");
        }
        return asked;
    }

    private GivenRun.Facts facts() {
        StatesNames names = states.names();
        return new GivenRun.Facts(
                names.modelType().orElse(UNKNOWN),
                names.attention().orElse(UNKNOWN),
                names.taken(),
                names.promptsHash(),
                states.depthNames(),
                names.passes(),
                states.files().files());
    }

    /** The way through the depths. */
    public Route route() {
        return run.route();
    }

    /** What is measured. */
    public RunPlan plan() {
        return plan;
    }

    /** Measures that a run of the model itself could have and these states do not allow. */
    public List<String> notPossible() {
        return MeasureNames.ALL.stream()
                .filter(name -> Measures.named(List.of(name), Similarity.COSINE).stream()
                        .noneMatch(m -> GivenPasses.canTake(m, states.heads() > 0)))
                .toList();
    }

    /**
     * Measures and records.
     *
     * @throws Problem if what is read cannot be states, the disk refuses, or the work is cancelled
     */
    public void into(RunDirectory directory, RunListener listener, BooleanSupplier cancelled) {
        run.into(directory, torch, listener, cancelled);
    }

    @Override
    public void close() {
        scope.close();
        states.close();
    }
}
