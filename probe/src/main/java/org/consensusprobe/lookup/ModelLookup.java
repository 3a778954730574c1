package org.consensusprobe.lookup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.hub.ByteProgress;
import org.consensusprobe.hub.Hub;
import org.consensusprobe.hub.HubSettings;
import org.consensusprobe.hub.ModelId;
import org.consensusprobe.hub.Snapshot;
import org.consensusprobe.model.KnownModel;
import org.consensusprobe.model.KnownModels;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.prompts.Tokenizer;
import org.consensusprobe.weights.Adapter;
import org.consensusprobe.weights.Checkpoint;

/**
 * Turns what {@code --model} says into a model: a directory, a GGUF file, an alias of {@code models/}, or a model of the hub, from the
 * cache where it is there and fetched where it is not. Weights that are drawn need a config only, and fetch no more.
 */
public final class ModelLookup {
    private final Hub hub;
    private final ByteProgress progress;

    private ModelLookup(Hub hub, ByteProgress progress) {
        this.hub = hub;
        this.progress = progress;
    }

    /**
     * A lookup with the environment's hub settings.
     *
     * @param progress told about downloads; given whether bars are wanted
     */
    public static ModelLookup online(boolean offline, Function<Boolean, ByteProgress> progress) {
        return online(HubSettings.fromEnvironment(), offline, progress);
    }

    /** A lookup with other hub settings. */
    public static ModelLookup online(HubSettings settings, boolean offline, Function<Boolean, ByteProgress> progress) {
        Hub hub = new Hub(settings.offlineIf(offline));
        boolean bars = hub.settings().progressBars() && Boolean.getBoolean("consensus.terminal");
        return new ModelLookup(hub, progress.apply(bars));
    }

    /** A lookup that makes no request and says nothing. */
    public static ModelLookup quiet() {
        return new ModelLookup(new Hub(HubSettings.fromEnvironment().offlineIf(true)), ByteProgress.SILENT);
    }

    /** The model of a plan. */
    public Found find(RunPlan plan) {
        Optional<String> named = plan.model().adapter();
        if (named.isEmpty()) {
            if (plan.model().adapterScale() != 1) {
                throw Problem.input("--adapter-scale: there is no adapter to scale; name one with --adapter.");
            }
            return find(plan.model().withRevision(), plan.weights().mode());
        }
        if (!plan.weights().mode().needsCheckpoint()) {
            throw Problem.input(
                    "--adapter changes weights of a checkpoint, and --weights %s draws its own: leave one of them out.",
                    plan.weights().mode().optionName());
        }
        Adapter adapter = adapter(named.get());
        String model = plan.model().name().isEmpty()
                ? base(adapter, named.get())
                : plan.model().withRevision();
        Found found = find(model, plan.weights().mode());
        return new Found(
                found.subject().with(adapter), found.tokenizer(), found.folder(), found.hubId(), found.revision());
    }

    /** The plan with the model that its adapter names, where it says none itself. */
    public RunPlan named(RunPlan plan) {
        Optional<String> adapter = plan.model().adapter();
        return plan.model().name().isEmpty() && adapter.isPresent()
                ? plan.with(Fields.MODEL, base(adapter(adapter.get()), adapter.get()))
                : plan;
    }

    private static String base(Adapter adapter, String named) {
        return adapter.base()
                .filter(base -> !base.isBlank())
                .orElseThrow(() -> Problem.input(
                        "%s: the adapter does not name its model (base_model_name_or_path); name it with --model.",
                        Shown.text(named)));
    }

    /** An adapter by directory, or by hub id where there is no such directory. */
    private Adapter adapter(String named) {
        Optional<Path> folder = ModelTarget.path(named).filter(Files::isDirectory);
        if (folder.isPresent()) {
            return Adapter.open(folder.get());
        }
        if (!ModelId.isOne(named) || !named.contains("/")) {
            throw Problem.input(
                    "--adapter %s: no such directory; expected one with adapter_config.json, or a hub id org/name.",
                    Shown.text(named));
        }
        return Adapter.open(hub.adapter(ModelId.parse(named), progress).directory());
    }

    /**
     * The checkpoints of a training, of a model on the hub or in a folder.
     *
     * @param pattern of their names, such as {@code step*}; absent: those of Hugging Face's Trainer
     * @throws Problem if there are none
     */
    public TrainingSteps steps(String model, Optional<String> pattern) {
        return TrainingSteps.find(ModelTarget.parse(model, KnownModels.installed()), pattern, hub);
    }

    /** Removes what this process itself fetched of a step's weights, and nothing else; the bytes that became free. */
    public long drop(TrainingStep step) {
        ModelTarget target = ModelTarget.parse(step.model(), KnownModels.installed());
        return target.id().isEmpty()
                ? 0
                : hub.dropFetched(target.id().get().at(step.commit().orElseThrow()));
    }

    /**
     * A model that was found.
     *
     * @param subject the model
     * @param tokenizer finds its own tokenizer, if it has one; may fetch it
     * @param folder that its config.json lies in, if it lies in one
     * @param hubId its id on the hub, if it has one
     * @param revision the commit of its files, if they come from the hub
     */
    public record Found(
            Subject subject,
            Supplier<Optional<Path>> tokenizer,
            Optional<Path> folder,
            Optional<String> hubId,
            Optional<String> revision) {}

    /**
     * Finds a model for weights of that kind.
     *
     * @throws Problem if there is none, it cannot be fetched, or it lacks the files that the weights need
     */
    public Found find(String model, WeightMode weights) {
        Found found = named(model, weights);
        found.subject().note().ifPresent(note -> {
            progress.note(found.subject().name() + ": " + note + ".");
        });
        return found;
    }

    private Found named(String model, WeightMode weights) {
        if (model.isBlank()) {
            throw Problem.input(
                    "--model is empty: expected an alias such as gpt2-xl, a hub id, a directory or a .gguf file.");
        }
        ModelTarget target = ModelTarget.parse(model, KnownModels.installed());
        if (target.path().isPresent()) {
            return local(target, weights);
        }
        if (weights.needsCheckpoint()) {
            return fetched(target, target.id().orElseThrow(), weights);
        }
        return target.known().isPresent()
                ? configOfAlias(target.known().get())
                : configOfHub(target.id().orElseThrow());
    }

    private static Found local(ModelTarget target, WeightMode weights) {
        Path path = target.path().orElseThrow();
        // figures and folders are named after the directory or file, not after where it lies
        Path last = path.toAbsolutePath().normalize().getFileName();
        String name = target.known()
                .map(KnownModel::alias)
                .orElse(last == null ? target.text() : withoutEnding(last.toString()));
        Subject subject = Subject.fromDirectory(name, path, weights);
        return new Found(
                subject,
                () -> Tokenizer.locate(Optional.empty(), Optional.of(path), vocabulary(subject)),
                Optional.of(path).filter(Files::isDirectory),
                target.known().flatMap(KnownModel::hubId),
                Optional.empty());
    }

    private Found fetched(ModelTarget target, ModelId id, WeightMode weights) {
        Snapshot snapshot = hub.snapshot(id, progress);
        String name = target.known().map(KnownModel::alias).orElse(id.repository());
        Subject subject = Subject.fromDirectory(name, snapshot.directory(), weights);
        return new Found(
                subject,
                () -> tokenizer(snapshot.id(), target.known().isPresent(), vocabulary(subject)),
                Optional.of(snapshot.directory()),
                Optional.of(snapshot.id().repository()),
                Optional.of(snapshot.commit()));
    }

    private static Found configOfAlias(KnownModel known) {
        Subject subject = Subject.fromConfig(known.alias(), known.config(), "models/" + known.alias() + ".json");
        return new Found(subject, known::tokenizer, known.directory(), known.hubId(), Optional.empty());
    }

    private Found configOfHub(ModelId id) {
        Path folder = configFolder(id);
        Subject subject =
                Subject.fromConfig(id.repository(), Checkpoint.readConfig(folder), Checkpoint.configFile(folder));
        return new Found(
                subject,
                () -> tokenizer(id, false, vocabulary(subject)),
                Optional.of(folder),
                Optional.of(id.repository()),
                Optional.empty());
    }

    /** A folder with the model's config.json: its snapshot in the cache, or an outline fetched into a temporary folder. */
    Path configFolder(ModelId id) {
        Optional<Path> cached =
                hub.anySnapshot(id).map(Snapshot::directory).filter(d -> Files.isRegularFile(d.resolve("config.json")));
        if (cached.isPresent()) {
            return cached.get();
        }
        try {
            Path folder = Files.createTempDirectory("consensus-outline-");
            hub.outline(id, folder);
            return folder;
        } catch (IOException e) {
            throw Problem.failed(
                    e,
                    "A temporary folder cannot be made: %s. Set TMPDIR to a folder that can be written to.",
                    e.getMessage());
        }
    }

    private static String withoutEnding(String name) {
        return name.replaceFirst("(?<=.)\\.(?i)gguf$", "");
    }

    /** The tokenizer of a model of the hub; fetched where the cache lacks it. */
    Optional<Path> tokenizer(ModelId id, boolean known, int vocabulary) {
        Optional<Path> folder = hub.tokenizer(id, progress).map(Path::getParent).or(() -> hub.anySnapshot(id)
                .map(Snapshot::directory));
        // offline nobody can tell whether a model has a tokenizer that was never fetched
        boolean unknown = hub.settings().offline() && !known;
        return Tokenizer.locate(Optional.empty(), folder, unknown ? 0 : vocabulary);
    }

    private static int vocabulary(Subject subject) {
        return subject.transformer().sizes().vocabulary();
    }
}
