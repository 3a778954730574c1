package org.consensusprobe.experiment.states;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.results.Npy;
import org.consensusprobe.results.NpyHeader;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.weights.SafetensorsFile;
import org.consensusprobe.weights.StoredTensor;
import org.consensusprobe.weights.StoredType;

/**
 * Where arrays of states lie: their headers are checked against their files' sizes, nothing else is read.
 *
 * @param states [prompts, tokens, dim] by number of depth
 * @param attention [prompts, heads, tokens, tokens] by the number of the depth that the block ends at
 * @param handedOn [prompts, tokens, dim] by pass, from 1: what it hands on
 * @param folder in which a description may lie
 */
record StatesFiles(
        SortedMap<Integer, StoredTensor> states,
        SortedMap<Integer, StoredTensor> attention,
        SortedMap<Integer, StoredTensor> handedOn,
        Path folder) {
    private static final Pattern DEPTH = Pattern.compile("depth-(\\d{1,9})\\.npy");
    private static final Pattern PASS = Pattern.compile("pass-(\\d{1,9})\\.npy");
    private static final Pattern HIDDEN = Pattern.compile("hidden_states\\.(\\d{1,9})");
    private static final Pattern ATTENTIONS = Pattern.compile("attentions\\.(\\d{1,9})");
    private static final String FORMS =
            "depth-0.npy, depth-1.npy, ... [prompts, tokens, dim] in a folder, one .npy [depths, prompts, tokens, dim], or a"
                    + " .safetensors file with hidden_states.0, hidden_states.1, ...";

    /**
     * Finds states.
     *
     * @param attention where matrices lie; absent: in the folder {@code attention} beside the states, if it is there
     * @throws Problem if there are none, or a header cannot be believed
     */
    static StatesFiles find(Path path, Optional<Path> attention) {
        if (!Files.exists(path)) {
            throw Problem.input("%s: there is no such file or folder; expected %s.", path, FORMS);
        }
        StatesFiles found = Files.isDirectory(path) ? ofFolder(path) : ofFile(path);
        return attention
                .map(p -> new StatesFiles(found.states, matrices(p), found.handedOn, found.folder))
                .orElse(found);
    }

    private static StatesFiles ofFolder(Path path) {
        Path hidden = path.resolve(RunDirectory.HIDDEN_AT);
        boolean own = !numbered(path, DEPTH).isEmpty();
        Path folder = !own && Files.isDirectory(hidden) ? hidden : path;
        SortedMap<Integer, StoredTensor> states = numbered(folder, DEPTH);
        if (states.isEmpty()) {
            throw Problem.input("%s: holds no states; expected %s.", path, FORMS);
        }
        Path matrices = path.resolve(RunDirectory.ATTENTION_AT);
        return new StatesFiles(
                states,
                Files.isDirectory(matrices) ? numbered(matrices, DEPTH) : new TreeMap<>(),
                numbered(folder, PASS),
                path);
    }

    private static StatesFiles ofFile(Path file) {
        Path folder = Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(file);
        SortedMap<Integer, StoredTensor> none = new TreeMap<>();
        if (lower(file).endsWith(".npy")) {
            return new StatesFiles(slices(file, 4, "[depths, prompts, tokens, dim]", 0), none, none, folder);
        }
        if (lower(file).endsWith(".safetensors")) {
            Map<String, StoredTensor> tensors = SafetensorsFile.read(file).tensors();
            SortedMap<Integer, StoredTensor> states = named(tensors, HIDDEN, 0, file);
            if (states.isEmpty()) {
                throw Problem.input(
                        "%s: no tensor is called hidden_states.N; it holds %s.",
                        file, tensors.isEmpty() ? "none" : Shown.firstFew(tensors.keySet()));
            }
            // transformers counts matrices by layer, from 0: layer N ends at depth N + 1
            return new StatesFiles(states, named(tensors, ATTENTIONS, 1, file), none, folder);
        }
        throw Problem.input("%s: not a file of states; expected %s.", file, FORMS);
    }

    private static SortedMap<Integer, StoredTensor> matrices(Path path) {
        if (Files.isDirectory(path)) {
            SortedMap<Integer, StoredTensor> found = numbered(path, DEPTH);
            if (found.isEmpty()) {
                throw Problem.input(
                        "--attention %s: the folder holds no depth-1.npy, depth-2.npy, ... [prompts, heads, tokens, tokens].",
                        path);
            }
            return found;
        }
        if (lower(path).endsWith(".safetensors")) {
            return named(SafetensorsFile.read(path).tensors(), ATTENTIONS, 1, path);
        }
        return slices(path, 5, "[blocks, prompts, heads, tokens, tokens]", 1);
    }

    private static SortedMap<Integer, StoredTensor> numbered(Path folder, Pattern pattern) {
        SortedMap<Integer, StoredTensor> found = new TreeMap<>();
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path file : entries.toList()) {
                Matcher name = pattern.matcher(file.getFileName().toString());
                if (name.matches() && found.put(Integer.valueOf(name.group(1)), array(file)) != null) {
                    throw Problem.input("%s: %s is there twice, with and without leading zeros.", folder, name.group());
                }
            }
        } catch (IOException e) {
            throw Problem.input(e, "%s: the folder cannot be read: %s.", folder, e.getMessage());
        }
        return found;
    }

    private static SortedMap<Integer, StoredTensor> named(
            Map<String, StoredTensor> tensors, Pattern pattern, int plus, Path file) {
        SortedMap<Integer, StoredTensor> found = new TreeMap<>();
        tensors.forEach((tensor, stored) -> {
            Matcher name = pattern.matcher(tensor);
            if (name.matches() && found.put(Integer.parseInt(name.group(1)) + plus, stored) != null) {
                throw Problem.input("%s: %s is there twice, with and without leading zeros.", file, tensor);
            }
        });
        return found;
    }

    private static StoredTensor array(Path file) {
        NpyHeader.Parsed layout = Npy.layout(file);
        NpyHeader header = layout.header();
        List<Long> shape = header.shape().stream().map(Integer::longValue).toList();
        return new StoredTensor(
                file.getFileName().toString(),
                switch (header.type()) {
                    case FLOAT16 -> StoredType.F16;
                    case FLOAT32 -> StoredType.F32;
                    case FLOAT64 -> StoredType.F64;
                },
                shape,
                file,
                layout.dataOffset(),
                header.count() * header.type().bytes());
    }

    /** The entries of the first axis as arrays of their own. */
    private static SortedMap<Integer, StoredTensor> slices(Path file, int axes, String meaning, int first) {
        StoredTensor whole = array(file);
        if (whole.shape().size() != axes || whole.shape().contains(0L)) {
            throw Problem.input("%s: expected one array %s, found shape %s.", file, meaning, whole.shape());
        }
        SortedMap<Integer, StoredTensor> slices = new TreeMap<>();
        for (int i = 0; i < whole.shape().get(0); i++) {
            slices.put(first + i, slice(whole, i));
        }
        return slices;
    }

    /** One entry of the first axis. */
    static StoredTensor slice(StoredTensor whole, long index) {
        return slice(
                whole,
                index,
                index + 1,
                new ArrayList<>(whole.shape().subList(1, whole.shape().size())));
    }

    /** Some entries of the first axis, in a shape of as many elements. */
    static StoredTensor slice(StoredTensor whole, long from, long to, List<Long> shape) {
        long bytes = whole.bytes() / whole.shape().get(0);
        return new StoredTensor(
                whole.name(), whole.type(), shape, whole.file(), whole.offset() + from * bytes, (to - from) * bytes);
    }

    /** All files, each once, in the order of their depths. */
    List<Path> files() {
        return Stream.of(states, handedOn, attention)
                .flatMap(map -> map.values().stream())
                .map(StoredTensor::file)
                .distinct()
                .toList();
    }

    private static String lower(Path file) {
        return file.toString().toLowerCase(Locale.ROOT);
    }
}
