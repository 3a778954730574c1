package org.consensusprobe.lookup;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.model.Architectures;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Shuffle;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.weights.Adapter;
import org.consensusprobe.weights.Checkpoint;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.TensorTable;
import org.consensusprobe.weights.TrainedWeights;
import org.consensusprobe.weights.WeightSource;

/**
 * The model under study: its architecture and, where it has files, its checkpoint.
 *
 * @param name what the user called it
 * @param config the content of its config.json
 * @param transformer the architecture at that size
 * @param checkpoint its files, if there are any
 * @param adapter what is merged into its weights, if anything is
 */
public record Subject(
        String name,
        JsonNode config,
        Transformer transformer,
        Optional<Checkpoint> checkpoint,
        Optional<Adapter> adapter) {

    /** A model from a directory or a GGUF file; where weights are drawn, what it says of its sizes is enough. */
    public static Subject fromDirectory(String name, Path path, WeightMode weights) {
        if (!weights.needsCheckpoint()) {
            return fromConfig(name, Checkpoint.readConfig(path), Checkpoint.configFile(path));
        }
        Checkpoint checkpoint = Checkpoint.open(path);
        Transformer transformer = Architectures.of(checkpoint.config(), checkpoint.configFile());
        return new Subject(name, checkpoint.config(), transformer, Optional.of(checkpoint), Optional.empty());
    }

    /** A model from its config alone, for weights that are drawn. */
    public static Subject fromConfig(String name, JsonNode config, Object where) {
        return new Subject(name, config, Architectures.of(config, where), Optional.empty(), Optional.empty());
    }

    /** What a reader of its results should know: that a part of the model is run, or scores are not made as its config says. */
    public Optional<String> note() {
        return Stream.of(Architectures.note(config), headNote())
                .flatMap(Optional::stream)
                .reduce((part, head) -> part + "; " + head);
    }

    /** A head that the config calls tied and that is not. */
    private Optional<String> headNote() {
        return checkpoint.flatMap(
                files -> TensorTable.resolve(transformer.fileLayout(), files).headsDespiteTie().stream()
                        .findFirst()
                        .map(head ->
                                "the config ties the head to the token table (tie_word_embeddings), but the file has"
                                        + " another " + head
                                        + ": next tokens are scored with that, as transformers does"));
    }

    /** The same model with an adapter to merge into its weights. */
    public Subject with(Adapter merged) {
        return new Subject(name, config, transformer, checkpoint, Optional.of(merged));
    }

    /** The files that its weights are made of, in the order of their names, the adapter's behind the model's. */
    public List<Path> weightFiles() {
        List<Path> files =
                new ArrayList<>(checkpoint.map(Checkpoint::weightFiles).orElse(List.of()));
        adapter.ifPresent(merged -> files.addAll(merged.files()));
        return files;
    }

    /** The weights that a plan asks for. */
    public WeightSource weights(RunPlan plan, Precision precision) {
        return switch (plan.weights().mode()) {
            case TRAINED -> stored(plan, precision, Optional.empty());
            case SHUFFLED -> stored(
                    plan,
                    precision,
                    Optional.of(new TrainedWeights.Permutation(
                            plan.seed(), plan.weights().shuffle() == Shuffle.MATRICES)));
            case RANDOM -> WeightSource.random(transformer, plan.feedForward(), plan.seed(), false, precision);
            case ELSEWHERE -> throw Problem.input(
                    "--weights elsewhere: weights of another program cannot be run; consensus states measures the states"
                            + " that they made.");
            case RANDOM_EACH_PASS -> WeightSource.random(transformer, plan.feedForward(), plan.seed(), true, precision);
        };
    }

    private WeightSource stored(RunPlan plan, Precision precision, Optional<TrainedWeights.Permutation> permutation) {
        return new TrainedWeights(transformer, plan.feedForward(), table(plan, precision), precision, permutation);
    }

    /** The tensors that a plan's weights are made of: those of the files, with the adapter in them. */
    public TensorTable table(RunPlan plan, Precision precision) {
        Checkpoint files = checkpoint.orElseThrow(() -> Problem.input(
                "%s: only the sizes of this model are known here, and --weights %s needs its files.%n"
                        + "Give the directory of a checkpoint or a GGUF file, or use --weights random or random-each-pass.",
                name, plan.weights().mode().optionName()));
        TensorTable table = TensorTable.resolve(transformer.fileLayout(), files);
        if (adapter.isEmpty()) {
            return table;
        }
        Set<String> transposed = Stream.concat(transformer.allTensors().stream(), transformer.head().stream())
                .filter(TensorSpec::transposed)
                .map(TensorSpec::name)
                .collect(Collectors.toSet());
        return adapter.get()
                .merged(
                        table,
                        transformer.fileLayout(),
                        plan.model().adapterScale(),
                        transposed::contains,
                        precision.state());
    }
}
