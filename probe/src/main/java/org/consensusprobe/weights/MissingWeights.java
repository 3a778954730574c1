package org.consensusprobe.weights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.consensusprobe.common.CheckpointFiles;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;

/** Says why a directory has no weights that can be read, from what else lies in it. */
final class MissingWeights {
    private static final Pattern SHARD = Pattern.compile(".*-\\d{5}-of-\\d{5}\\.(safetensors|bin)");
    private static final Pattern UNFINISHED = Pattern.compile(".*\\.(incomplete|part|partial|crdownload|tmp)");
    private static final Pattern TORCH = Pattern.compile(".*\\.(bin|pt|pth|ckpt|pkl)");
    private static final Pattern OTHER_FRAMEWORK = Pattern.compile(".*\\.(h5|msgpack|onnx|ot|tflite|index|meta)");

    /** Files that transformers' Trainer leaves beside weights: pickles, but no weights. */
    private static final Pattern NO_WEIGHTS =
            Pattern.compile("(training_args\\.bin|optimizer\\..*|scheduler\\..*|rng_state.*|scaler\\..*)");

    private MissingWeights() {}

    /** The problem to throw. */
    static Problem explain(Path directory) {
        List<String> names = names(directory);
        if (names.contains("adapter_model.safetensors") || names.contains("adapter_model.bin")) {
            return Problem.input(
                    "%s: holds an adapter (adapter_model), no whole model; give it with --adapter, beside --model or alone.",
                    directory);
        }
        List<String> shards = matching(names, SHARD.asMatchPredicate());
        if (!shards.isEmpty()) {
            return Problem.input(
                    "%s: shards without %s (%s). Download the index beside them.",
                    directory, WeightFormat.of(Path.of(shards.get(0))).index(), Shown.firstFew(shards));
        }
        List<String> safetensors = matching(names, name -> name.endsWith(".safetensors"));
        if (!safetensors.isEmpty()) {
            return Problem.input(
                    "%s: no model.safetensors and no model.safetensors.index.json; found %s."
                            + " If that is the model, rename it to model.safetensors.",
                    directory, Shown.firstFew(safetensors));
        }
        List<String> torch = matching(names, TORCH.asMatchPredicate());
        if (!torch.isEmpty()) {
            return Problem.input(
                    "%s: of PyTorch's files only pytorch_model.bin is read, or its index with shards; found %s.%n"
                            + "If one is a state dict under transformers' names, give it that name; otherwise convert it to"
                            + " that form in Python.",
                    directory, Shown.firstFew(torch));
        }
        List<String> other = matching(names, OTHER_FRAMEWORK.asMatchPredicate());
        if (!other.isEmpty()) {
            return Problem.input(
                    "%s: weights only for TensorFlow, Flax or another framework (%s), which are not read.%n"
                            + "Load them in Python (from_pretrained with from_tf=True or from_flax=True) and"
                            + " save_pretrained(dir, safe_serialization=True).",
                    directory, Shown.firstFew(other));
        }
        List<String> gguf = matching(names, name -> name.endsWith(".gguf"));
        if (!gguf.isEmpty()) {
            return Problem.input(
                    "%s: no model.safetensors; found %s. Give the .gguf file itself as the model.",
                    directory, Shown.firstFew(gguf));
        }
        List<String> unfinished = matching(names, UNFINISHED.asMatchPredicate());
        if (!unfinished.isEmpty()) {
            return Problem.input(
                    "%s: no model.safetensors, but an unfinished download (%s). Finish it.",
                    directory, Shown.firstFew(unfinished));
        }
        return Problem.input(
                "%s: no weights in this directory; expected model.safetensors, pytorch_model.bin, or the index of"
                        + " shards of either with its shards.%n--weights random needs config.json alone.",
                directory);
    }

    /** Whether no file of a directory looks like weights in any form, whole, in parts or unfinished. */
    static boolean leaveNoTrace(Path directory) {
        Predicate<String> weights = name -> name.endsWith(".safetensors")
                || name.endsWith(".gguf")
                || name.endsWith(".index.json")
                || TORCH.matcher(name).matches()
                || OTHER_FRAMEWORK.matcher(name).matches()
                || UNFINISHED.matcher(name).matches();
        return matching(names(directory), weights).isEmpty();
    }

    private static List<String> matching(List<String> names, Predicate<String> wanted) {
        return names.stream().filter(wanted).toList();
    }

    private static List<String> names(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return new ArrayList<>(files.map(f -> f.getFileName().toString())
                    .filter(NO_WEIGHTS.asMatchPredicate().negate())
                    .sorted()
                    .toList());
        } catch (IOException e) {
            throw Problem.input(e, "%s: the directory cannot be listed: %s.", directory, CheckpointFiles.reason(e));
        }
    }
}
