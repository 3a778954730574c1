package org.consensusprobe.weights;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.consensusprobe.common.CheckpointFiles;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.torch.DType;

/**
 * An adapter as PEFT saves it: low-rank changes of a model's matrices, and tensors that take the place of the model's.
 *
 * <p>It is merged a tensor at a time, whenever a layer is asked for; the result is what {@code merge_and_unload} gives.
 */
public final class Adapter {
    private static final List<String> WEIGHTS = List.of("adapter_model.safetensors", "adapter_model.bin");
    private static final String BEFORE_NAMES = "base_model.model.";

    /** Module, and which tensor of its change; tools that keep the adapter's name put it in between. */
    private static final Pattern LOW_RANK = Pattern.compile(
            "(.+)\\.lora_(A|B|embedding_A|embedding_B|magnitude_vector)(?:\\.default)?(?:\\.(weight|bias))?");

    private static final Pattern WRAPPED =
            Pattern.compile("\\.modules_to_save(\\.default)?|\\.base_layer|\\.original_module");

    private final AdapterConfig config;
    private final Path file;
    private final Map<String, Change> changes = new TreeMap<>();
    private final Map<String, StoredTensor> replaced = new TreeMap<>();

    /** The tensors of a module's low-rank change. */
    private static final class Change {
        private final Map<String, StoredTensor> parts = new TreeMap<>();

        boolean ofTable() {
            return parts.containsKey("embedding_A") || parts.containsKey("embedding_B");
        }

        Optional<StoredTensor> part(String name) {
            return Optional.ofNullable(parts.get(name));
        }
    }

    private Adapter(AdapterConfig config, Path file) {
        this.config = config;
        this.file = file;
    }

    /**
     * Opens the directory of an adapter; its config and the header of its tensors are read and checked.
     *
     * @throws Problem if files are missing or damaged, or it is of a kind that is not merged here
     */
    public static Adapter open(Path directory) {
        AdapterConfig config = AdapterConfig.read(directory);
        Path file = WEIGHTS.stream()
                .map(directory::resolve)
                .filter(CheckpointFiles::isThere)
                .findFirst()
                .orElseThrow(
                        () -> Problem.input("%s: no %s in this directory.", directory, String.join(" or ", WEIGHTS)));
        Adapter adapter = new Adapter(config, file);
        WeightFormat.of(file).read(file).forEach(adapter::enter);
        adapter.changes.forEach(adapter::requireWhole);
        if (adapter.changes.isEmpty() && adapter.replaced.isEmpty()) {
            throw Problem.input("%s: the adapter holds no tensors.", file);
        }
        return adapter;
    }

    /** The name or directory of the model that it was trained on, if it tells. */
    public Optional<String> base() {
        return config.base();
    }

    /** The files that decide what it does. */
    public List<Path> files() {
        return List.of(config.file(), file);
    }

    private void enter(String name, StoredTensor tensor) {
        if (!name.startsWith(BEFORE_NAMES)) {
            throw Problem.input(
                    "%s: tensor %s: expected names that begin with %s.", file, Shown.text(name), BEFORE_NAMES);
        }
        if (!tensor.isWeight()) {
            throw Problem.input(
                    "%s: tensor %s is of type %s; expected F64, F32, F16 or BF16.",
                    file, Shown.text(name), tensor.type());
        }
        String there = name.substring(BEFORE_NAMES.length());
        Matcher low = LOW_RANK.matcher(there);
        if (low.matches()) {
            String part = "bias".equals(low.group(3)) ? low.group(2) + ".bias" : low.group(2);
            changes.computeIfAbsent(low.group(1), module -> new Change()).parts.put(part, tensor);
        } else if (there.contains(".lora_") || there.contains("token_adapter")) {
            throw Problem.input(
                    "%s: tensor %s belongs to a kind of adapter that is not merged here.", file, Shown.text(name));
        } else if (!there.contains(".original_module.")) {
            replaced.put(WRAPPED.matcher(there).replaceAll(""), tensor);
        }
    }

    private void requireWhole(String module, Change change) {
        String a = change.ofTable() ? "embedding_A" : "A";
        String b = change.ofTable() ? "embedding_B" : "B";
        List<Long> down = shape(module, change, a);
        List<Long> up = shape(module, change, b);
        long rank = config.rank(module);
        if (down.size() != 2 || up.size() != 2 || down.get(0) != rank || up.get(1) != rank) {
            throw Problem.input(
                    "%s: %s: lora_%s is %s and lora_%s %s; expected the rank %d of %s as first and as last size.",
                    file, Shown.text(module), a, down, b, up, rank, AdapterConfig.NAME);
        }
        if (change.part("magnitude_vector").isPresent() != config.magnitudes()) {
            throw Problem.input(
                    "%s: %s has %s magnitude, but use_dora of %s is %s.",
                    file,
                    Shown.text(module),
                    config.magnitudes() ? "no" : "a",
                    AdapterConfig.NAME,
                    config.magnitudes());
        }
    }

    private List<Long> shape(String module, Change change, String part) {
        return change.part(part)
                .orElseThrow(() -> Problem.input("%s: %s has no lora_%s.", file, Shown.text(module), part))
                .shape();
    }

    /**
     * The model's tensors with this adapter merged into them.
     *
     * @param layout of the model
     * @param share how much of the change: 0 none, to the bit, 1 all of it
     * @param transposed whether the tensor of a canonical name is a matrix kept as [in, out]
     * @param state the dtype of the run's states: merging is done in it, in float64 where a matrix is stored so
     * @throws Problem if it changes what the model does not have, or has otherwise
     */
    public TensorTable merged(
            TensorTable table, TensorTable.Layout layout, double share, Predicate<String> transposed, DType state) {
        Map<String, StoredTensor> whole = new LinkedHashMap<>();
        replaced.forEach((full, tensor) -> canonical(table, layout, full).ifPresent(name -> {
            requireShape(full, tensor, table.get(name).shape());
            whole.put(name, tensor);
        }));
        Map<String, StoredTensor> merged = new LinkedHashMap<>();
        whole.forEach((name, tensor) -> merged.put(name, between(table.get(name), tensor, share, state)));
        changes.forEach(
                (module, change) -> canonical(table, layout, module + ".weight").ifPresent(name -> {
                    StoredTensor base = table.get(name);
                    boolean turned = change.ofTable() || transposed.test(name);
                    if (whole.containsKey(name)) { // tables are saved beside their change
                        StoredTensor changed = lowRank(whole.get(name), module, change, turned, 1, state);
                        merged.put(name, between(base, changed, share, state));
                    } else {
                        merged.put(name, lowRank(base, module, change, turned, share, state));
                    }
                    change.part("B.bias").ifPresent(bias -> {
                        String there = name.replaceFirst("weight$", "bias");
                        requireShape(
                                module,
                                bias,
                                table.has(there) ? table.get(there).shape() : List.of(-1L));
                        merged.put(there, blend(table.get(there), 1, bias, share * config.scaling(module), state));
                    });
                }));
        return share == 0 ? table : table.with(merged);
    }

    private StoredTensor lowRank(
            StoredTensor base, String module, Change change, boolean transposed, double share, DType state) {
        StoredTensor a = change.part(change.ofTable() ? "embedding_A" : "A").orElseThrow();
        StoredTensor b = change.part(change.ofTable() ? "embedding_B" : "B").orElseThrow();
        long out = b.shape().get(0);
        long in = a.shape().get(1);
        List<Long> shape = transposed ? List.of(in, out) : List.of(out, in);
        if (!base.shape().equals(shape)) {
            throw Problem.input(
                    "%s: %s: its change is of the shape %s, the model's tensor of %s. Is it an adapter of this model?",
                    file, Shown.text(module), shape, base.shape());
        }
        Optional<StoredTensor> magnitude = change.part("magnitude_vector");
        magnitude.ifPresent(m -> requireShape(module, m, List.of(out)));
        LowRank recipe =
                new LowRank(base, a, b, magnitude, config.scaling(module), transposed, share, mergedIn(base, state));
        return StoredTensor.made(base.name(), base.shape(), recipe);
    }

    private static StoredTensor between(StoredTensor base, StoredTensor other, double share, DType state) {
        return share == 1 ? other : blend(base, 1 - share, other, share, state);
    }

    private static StoredTensor blend(StoredTensor base, double x, StoredTensor other, double y, DType state) {
        return StoredTensor.made(base.name(), base.shape(), new Blend(base, x, other, y, mergedIn(base, state)));
    }

    private static DType mergedIn(StoredTensor base, DType state) {
        return base.dtype() == DType.FLOAT64 ? DType.FLOAT64 : state;
    }

    private void requireShape(String name, StoredTensor found, List<Long> expected) {
        if (!found.shape().equals(expected)) {
            throw Problem.input(
                    "%s: %s is of the shape %s, the model's tensor of %s. Is it an adapter of this model, with its vocabulary"
                            + " as it was?",
                    file, Shown.text(name), found.shape(), expected);
        }
    }

    /** The model's name of a tensor; empty if it is one that no run reads, such as a task's head. */
    private Optional<String> canonical(TensorTable table, TensorTable.Layout layout, String name) {
        Optional<String> known = table.canonical(layout, name);
        if (known.isEmpty() && !TensorTable.isIgnorable(layout, table.prefix(), name)) {
            throw Problem.input(
                    "%s: changes %s, which the model does not have, or has only as another's twin. Is it an adapter of this model?",
                    file, Shown.text(name));
        }
        return known;
    }
}
