package org.consensusprobe.cli.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.experiment.loop.MemoryPlan;
import org.consensusprobe.hub.Bytes;
import org.consensusprobe.model.Architectures;
import org.consensusprobe.model.ImageInput;
import org.consensusprobe.model.KnownModel;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Values;
import org.consensusprobe.torch.DType;
import org.consensusprobe.weights.Checkpoint;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.StoredTensor;
import org.consensusprobe.weights.TensorSpec;

/**
 * What {@code models info} tells of a checkpoint.
 *
 * @param config its config.json
 * @param transformer the architecture; empty if this program does not know it
 * @param obstacle why it cannot be run; empty if it can
 * @param tensors the stored tensors; empty where only the config is known
 * @param parameters how many numbers a run would read, or, for unknown architectures, are stored
 */
record CheckpointFacts(
        JsonNode config,
        Optional<Transformer> transformer,
        Optional<String> obstacle,
        Collection<StoredTensor> tensors,
        OptionalLong parameters) {
    private static final int PAPER_PROMPTS = 100;
    private static final int PAPER_TOKENS = 200;

    /** The facts of a folder with config and headers, or of a GGUF file. */
    static CheckpointFacts of(Path path) {
        Checkpoint checkpoint = Checkpoint.open(path);
        Collection<StoredTensor> tensors = checkpoint.tensors().values();
        return of(checkpoint.config(), checkpoint.configFile().getFileName().toString(), tensors);
    }

    /** What a folder's config says, where nothing is known of its tensors. */
    static CheckpointFacts ofConfig(Path folder) {
        String where = Checkpoint.configFile(folder).getFileName().toString();
        return of(Checkpoint.readConfig(folder), where, List.of());
    }

    /** The facts that {@code models/} has of a checkpoint that is elsewhere. */
    static CheckpointFacts of(KnownModel known) {
        return of(known.config(), "models/" + known.alias() + ".json", List.of());
    }

    private static CheckpointFacts of(JsonNode config, String where, Collection<StoredTensor> tensors) {
        try {
            Transformer model = Architectures.of(config, where);
            plan(model);
            long parameters =
                    model.allTensors().stream().mapToLong(TensorSpec::elements).sum();
            return new CheckpointFacts(
                    config, Optional.of(model), Optional.empty(), tensors, OptionalLong.of(parameters));
        } catch (Problem | ArithmeticException e) {
            String reason = e instanceof Problem ? e.getMessage() : where + ": its sizes are beyond any machine.";
            long stored = tensors.stream()
                    .filter(StoredTensor::isWeight)
                    .mapToLong(StoredTensor::elements)
                    .sum();
            OptionalLong parameters = tensors.isEmpty() ? OptionalLong.empty() : OptionalLong.of(stored);
            return new CheckpointFacts(config, Optional.empty(), Optional.of(reason), tensors, parameters);
        }
    }

    /** Lines of a label and a text each. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(line("architecture", architecture()));
        transformer.flatMap(model -> Architectures.note(config)).ifPresent(note -> lines.add(line("part", note)));
        parameters.ifPresent(p -> lines.add(line("parameters", String.format(java.util.Locale.ROOT, "%,d", p))));
        transformer.map(Transformer::sizes).ifPresent(s -> {
            lines.add(line(
                    "layers",
                    s.layers() + " of width " + s.width() + ", " + s.heads() + " heads, feed-forward " + s.inner()));
            lines.add(transformer
                    .flatMap(Transformer::images)
                    .map(i -> line("images", images(i)))
                    .orElseGet(() -> line("context", s.context() + " tokens, vocabulary of " + s.vocabulary())));
        });
        if (!tensors.isEmpty()) {
            lines.add(line("stored", tensors.size() + " tensors: " + storedTypes()));
        }
        transformer.ifPresent(model -> lines.add(line("memory", memory(model))));
        obstacle.ifPresent(reason -> lines.add(line("cannot be run", reason)));
        return lines;
    }

    private static String images(ImageInput i) {
        return "%d x %d pixels of %d channels%s: %d x %d patches%s"
                .formatted(
                        i.height(),
                        i.width(),
                        i.channels(),
                        i.anySize() ? ", or squares of other sizes" : "",
                        i.grid().rows(),
                        i.grid().columns(),
                        i.before() == 0 ? "" : " behind " + i.before() + (i.before() == 1 ? " token" : " tokens"));
    }

    /** The same facts as fields. */
    ObjectNode json(ObjectNode json) {
        json.put("model_type", config.path("model_type").asText(""));
        transformer.flatMap(model -> Architectures.note(config)).ifPresent(note -> json.put("part", note));
        parameters.ifPresent(p -> json.put("parameters", p));
        transformer.map(Transformer::sizes).ifPresent(s -> json.put("layers", s.layers())
                .put("width", s.width())
                .put("heads", s.heads())
                .put("feed_forward", s.inner())
                .put("context", s.context())
                .put("vocabulary", s.vocabulary()));
        ObjectNode stored = json.putObject("stored_bytes");
        bytesByType().forEach(stored::put);
        transformer.ifPresent(model -> {
            MemoryPlan plan = plan(model);
            json.put("memory_streamed_bytes", plan.streamedBytes())
                    .put(
                            "memory_resident_bytes",
                            plan.streamedBytes() + model.layers() * (plan.layerBytes() + plan.expertBytes()));
        });
        json.put("runnable", obstacle.isEmpty());
        return json;
    }

    static String line(String label, String text) {
        return String.format("%-14s%s", label, text);
    }

    private String architecture() {
        String type = config.path("model_type").asText("not named");
        String first = config.path("architectures").path(0).asText("");
        return Shown.text(type) + (first.isEmpty() ? "" : " (" + Shown.text(first) + ")");
    }

    private String storedTypes() {
        List<String> types = new ArrayList<>();
        bytesByType().forEach((type, bytes) -> types.add(type + " " + Bytes.text(bytes)));
        return String.join(", ", types);
    }

    private Map<String, Long> bytesByType() {
        Map<String, Long> bytes = new TreeMap<>();
        tensors.forEach(t -> bytes.merge(t.type().name(), t.bytes(), Long::sum));
        return bytes;
    }

    /** The paper's prompts through the whole model in float32. */
    private static String memory(Transformer model) {
        MemoryPlan plan = plan(model);
        return Bytes.text(plan.streamedBytes()) + " with layers streamed, "
                + Bytes.text(plan.streamedBytes() + model.layers() * (plan.layerBytes() + plan.expertBytes()))
                + " with all of them resident (float32, " + PAPER_PROMPTS
                + (model.images().isPresent() ? " images of " : " prompts of ") + tokens(model)
                + " tokens)";
    }

    private static MemoryPlan plan(Transformer model) {
        RunPlan plan = RunPlan.of(Values.NONE);
        Machine machine = Machine.CPU.withMemory(Long.MAX_VALUE);
        List<int[]> prompts = Collections.nCopies(PAPER_PROMPTS, new int[tokens(model)]);
        return MemoryPlan.of(model, plan, machine, Precision.uniform("cpu", DType.FLOAT32), prompts);
    }

    private static int tokens(Transformer model) {
        return Math.min(PAPER_TOKENS, model.sizes().context());
    }
}
