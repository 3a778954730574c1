package org.consensusprobe.experiment.sweep;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Sha256;
import org.consensusprobe.experiment.loop.Calibration;
import org.consensusprobe.experiment.record.PromptShare;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.lookup.PromptsOfRun;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.prompts.PromptSet;
import org.consensusprobe.weights.Checkpoint;

/**
 * Says what runs will cost on this machine; only a model's config is needed, whatever its weights. Models, prompts and runs that
 * differ in their seed alone are looked at once.
 */
public final class Estimator {
    private static final long ANY_ROOM = 1L << 50;

    private final Machine machine;
    private final ModelLookup models;
    private final ModelLookup cached;
    private final Optional<Machine> elsewhere;
    private final Calibration calibration;
    private final Map<String, ModelLookup.Found> found = new HashMap<>();
    private final Map<List<Object>, Prompts> prompts = new HashMap<>();
    private final Map<List<Object>, Calibration.Estimate> estimates = new HashMap<>();
    private final Map<List<Object>, Optional<Subject>> stored = new HashMap<>();
    private final Map<List<Object>, FilesOfRun> files = new HashMap<>();

    /**
     * An estimator.
     *
     * @param models finds configs; may fetch them
     * @param says what takes time, before it does
     */
    public Estimator(Machine machine, ModelLookup models, Consumer<String> says) {
        this(machine, models, says, Optional.empty());
    }

    private Estimator(Machine machine, ModelLookup models, Consumer<String> says, Optional<Machine> elsewhere) {
        this.calibration = new Calibration(says);
        this.machine = machine;
        this.models = models;
        this.cached = ModelLookup.quiet();
        this.elsewhere = elsewhere;
    }

    /** An estimator of runs on other machines: what has no room or no device here is estimated as if it had room on the CPU. */
    public static Estimator ofOtherMachines(Machine machine, ModelLookup models, Consumer<String> says) {
        Machine roomy = new Machine(
                        "cpu", machine.threads(), machine.memory(), machine.offline(), machine.forceDevice())
                .withMemory(ANY_ROOM);
        return new Estimator(machine, models, says, Optional.of(roomy));
    }

    /** The prompts of a run, and the sum over them and over the model's config. */
    private record Prompts(List<int[]> ids, String contents) {}

    /**
     * The files of weights that a run maps.
     *
     * @param name of their checkpoint; empty where weights are drawn
     * @param bytes of all; 0 where they are not known yet
     * @param state names, sizes and times
     */
    public record FilesOfRun(String name, long bytes, String state) {}

    /**
     * What a run costs.
     *
     * @throws org.consensusprobe.common.Problem if it cannot be made
     */
    public Calibration.Estimate estimate(RunPlan plan) {
        return estimate(plan, PromptShare.WHOLE);
    }

    /**
     * What a share of a run costs.
     *
     * @throws org.consensusprobe.common.Problem if it cannot be made
     */
    public Calibration.Estimate estimate(RunPlan plan, PromptShare share) {
        List<int[]> all = prompts(plan);
        return estimates.computeIfAbsent(List.of(plan.butForTheSeed(), share), key -> {
            List<int[]> own = share.isWhole()
                    ? all
                    : Arrays.stream(share.members(all, plan)).mapToObj(all::get).toList();
            return estimate(plan, own);
        });
    }

    /** Learns what a run took, for estimates of its kind from now on. */
    public void learn(RunPlan plan, double seconds) {
        Calibration.Estimate estimate = estimates.get(List.of(plan.butForTheSeed(), PromptShare.WHOLE));
        if (estimate != null) {
            calibration.learn(estimate, seconds);
        }
    }

    private Calibration.Estimate estimate(RunPlan plan, List<int[]> own) {
        Transformer transformer = model(plan).subject().transformer();
        try {
            return calibration.estimate(transformer, stored(plan), plan, machine, own);
        } catch (Problem e) {
            // what this machine has not, another one may have
            return calibration.estimate(transformer, stored(plan), plan, elsewhere.orElseThrow(() -> e), own);
        }
    }

    /** What the process takes besides its runs, see {@link Calibration#aroundSeconds()}. */
    public double aroundSeconds() {
        return calibration.aroundSeconds();
    }

    /** The model with the files of its weights, if the run needs them and they are here. */
    private Optional<Subject> stored(RunPlan plan) {
        WeightMode mode = plan.weights().mode();
        if (!mode.needsCheckpoint()) {
            return Optional.empty();
        }
        return stored.computeIfAbsent(List.of(plan.model(), mode), key -> {
            try {
                return Optional.of(cached.find(plan).subject());
            } catch (Problem e) {
                return Optional.empty();
            }
        });
    }

    /** The plan with what the model itself has in it, as a run of it goes. */
    public RunPlan fitted(RunPlan plan) {
        return model(plan).subject().transformer().fit(plan);
    }

    /** The way of a run through the layers of its model. */
    public Route route(RunPlan plan) {
        return fitted(plan).route(model(plan).subject().transformer().layers());
    }

    /** The token ids of a run's prompts. */
    public List<int[]> prompts(RunPlan plan) {
        return promptsOf(plan).ids();
    }

    /** What decides over a run's bytes beside its plan and the files of its weights, as one text: prompts, config, initial states. */
    public String contents(RunPlan plan) {
        return promptsOf(plan).contents()
                + plan.initial().file().map(Estimator::state).orElse("");
    }

    /** The files of weights that a run needs, as far as they are here. */
    public FilesOfRun files(RunPlan plan) {
        String name = plan.model().withRevision();
        WeightMode mode = plan.weights().mode();
        if (!mode.needsCheckpoint()) {
            return new FilesOfRun("", 0, "");
        }
        return files.computeIfAbsent(List.of(name, mode), key -> {
            try {
                List<Path> own = cached.find(name, mode)
                        .subject()
                        .checkpoint()
                        .map(Checkpoint::weightFiles)
                        .orElse(List.of());
                StringBuilder state = new StringBuilder();
                long bytes = 0;
                for (Path file : own) {
                    state.append(state(file)).append('\n');
                    bytes += file.toFile().length();
                }
                return new FilesOfRun(name, bytes, state.toString());
            } catch (Problem e) {
                return new FilesOfRun(name, 0, "not here");
            }
        });
    }

    private static String state(Path file) {
        try {
            Path real = file.toRealPath();
            return real.getFileName() + " " + Files.size(real) + " " + Files.getLastModifiedTime(real);
        } catch (IOException e) {
            return file + " is not here";
        }
    }

    private ModelLookup.Found model(RunPlan plan) {
        return found.computeIfAbsent(plan.model().withRevision(), name -> models.find(name, WeightMode.RANDOM));
    }

    private Prompts promptsOf(RunPlan plan) {
        List<Object> key = new ArrayList<>(List.of(plan.model(), plan.prompts()));
        plan.initial().file().ifPresent(key::add);
        Prompts known = prompts.get(key);
        if (known == null) {
            ModelLookup.Found model = model(plan);
            PromptSet set = PromptsOfRun.read(model, plan);
            known = new Prompts(
                    set.ids(),
                    set.sha256() + Sha256.of(String.valueOf(model.subject().config())));
            prompts.put(key, known);
        }
        return known;
    }
}
