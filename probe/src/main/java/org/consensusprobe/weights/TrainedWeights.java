package org.consensusprobe.weights;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Sha256;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;

/**
 * A checkpoint's weights, mapped from its files; on request with the entries of every tensor permuted.
 *
 * <p>Shuffled weights are the control for scale: they keep each tensor's values and forget their places. The permutation
 * of a tensor is {@code torch.randperm(n, generator=torch.Generator().manual_seed(s))}, where s is made of the first
 * eight bytes (big-endian, top bit cleared) of the SHA-256 of {@code "SEED:NAME"} with the canonical name, such as
 * {@code 42:h.0.attn.c_attn.weight}.
 */
public final class TrainedWeights implements WeightSource {
    private final Parts parts;
    private final boolean feedForward;
    private final TensorTable table;
    private final Precision precision;
    private final Optional<Permutation> permutation;
    private final MappedTensors files = new MappedTensors();
    private final Set<String> checked = ConcurrentHashMap.newKeySet();
    private final Map<String, String> headNames = new HashMap<>();

    /**
     * How entries are permuted.
     *
     * @param onlyMatrices whether norms and biases, which have one axis, stay as they are
     */
    public record Permutation(long seed, boolean onlyMatrices) {
        boolean moves(TensorSpec spec) {
            return !onlyMatrices || spec.shape().size() > 1;
        }
    }

    /**
     * Opens the weights of a checkpoint.
     *
     * @param table the checkpoint's tensors, already held against the architecture's layout
     * @param permutation of the entries of each tensor; absent for the weights as they are
     */
    public TrainedWeights(
            Parts parts,
            boolean feedForward,
            TensorTable table,
            Precision precision,
            Optional<Permutation> permutation) {
        this.parts = parts;
        this.feedForward = feedForward;
        this.table = table;
        this.precision = precision;
        this.permutation = permutation;
    }

    @Override
    public Weights embeddings(Kernels kernels) {
        return WeightSource.gather(
                parts.embeddings(),
                spec -> isTable(spec) ? unchecked(kernels, spec) : load(kernels, spec, spec.name()));
    }

    @Override
    public Weights layer(Kernels kernels, int pass, int layer) {
        return load(kernels, parts.layer(layer, feedForward));
    }

    @Override
    public Weights finalNorm(Kernels kernels, int pass) {
        return load(kernels, parts.finalNorm());
    }

    @Override
    public Weights head(Kernels kernels, int pass) {
        return WeightSource.gather(parts.head(), spec -> {
            String name = headNames.computeIfAbsent(
                    spec.name(), tied -> table.headDespiteTie(tied).orElse(tied));
            return load(kernels, spec, requireHead(name, spec));
        });
    }

    /** A head is held against the layout where it is wanted: a run that scores nothing goes without. */
    private String requireHead(String name, TensorSpec spec) {
        if (!table.has(name)) {
            throw Problem.input(
                    "The checkpoint has no %s, so it scores no next token; expected it beside the other tensors, as "
                            + "models saved with their language-model head have it.",
                    name);
        }
        StoredTensor stored = table.get(name);
        if (!stored.shape().equals(spec.shape()) || !stored.isWeight()) {
            throw Problem.input(
                    "%s: the head %s is %s %s; expected %s of F64, F32, F16 or BF16.",
                    stored.file(), stored.name(), stored.type(), stored.shape(), spec.shape());
        }
        return name;
    }

    @Override
    public boolean isMapped(TensorSpec spec) {
        StoredTensor stored = table.get(spec.name());
        return !isMoved(spec) && MappedTensors.isView(stored) && !precision.copies(stored.dtype(), spec);
    }

    @Override
    public boolean changesEachPass() {
        return false;
    }

    private Weights load(Kernels kernels, List<TensorSpec> specs) {
        return WeightSource.gather(specs, spec -> load(kernels, spec, spec.name()));
    }

    /** A table's rows are used one by one: what those are that no prompt uses is nobody's business, unless they are mixed. */
    private boolean isTable(TensorSpec spec) {
        return spec.kind() == TensorSpec.Kind.STATE && spec.shape().size() == 2 && permutation.isEmpty();
    }

    private Tensor unchecked(Kernels kernels, TensorSpec spec) {
        StoredTensor stored = table.get(spec.name());
        return precision.prepare(kernels, spec, stored.dtype(), k -> files.get(k, stored));
    }

    private Tensor load(Kernels kernels, TensorSpec spec, String name) {
        StoredTensor stored = table.get(name);
        return precision.prepare(kernels, spec, stored.dtype(), k -> values(k, spec, name));
    }

    /** The tensor as it was stored, or shuffled, in its dtype. */
    private Tensor values(Kernels kernels, TensorSpec spec, String name) {
        StoredTensor stored = table.get(name);
        Tensor tensor = files.get(kernels, stored);
        if (checked.add(name) && !kernels.tensors().isFinite(tensor)) {
            throw Problem.input(
                    "%s: the tensor %s holds NaN or infinite values; a run on it would say nothing. Download the file "
                            + "again, or repair the checkpoint.",
                    stored.file(), stored.name());
        }
        return isMoved(spec)
                ? kernels.random()
                        .shuffle(
                                tensor,
                                permutationSeed(permutation.orElseThrow().seed(), name))
                : tensor;
    }

    private boolean isMoved(TensorSpec spec) {
        return permutation.filter(p -> p.moves(spec)).isPresent();
    }

    static long permutationSeed(long seed, String name) {
        byte[] digest = Sha256.digest().digest((seed + ":" + name).getBytes(StandardCharsets.UTF_8));
        return ByteBuffer.wrap(digest).getLong() & Long.MAX_VALUE;
    }

    @Override
    public void close() {
        files.close();
    }
}
