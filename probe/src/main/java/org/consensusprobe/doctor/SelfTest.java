package org.consensusprobe.doctor;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.consensusprobe.model.Forward;
import org.consensusprobe.model.ImageInput;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Ingredients;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.KernelBattery;
import org.consensusprobe.torch.KernelCheck;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Stage;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.DrawCheck;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.WeightSource;
import org.consensusprobe.weights.Weights;

/**
 * A device, in a dtype, beside float64 on the CPU: kernels on drawn values; of models, some layers' weights, every kernel call of
 * their blocks, and the blocks as a whole from the same states.
 *
 * <p>B prompts, T tokens, D model width.
 */
public final class SelfTest {
    /** As many rows as make products go the way that those of a run go. */
    private static final int TOKENS = 1024;

    private static final int LONGEST = 64;

    /** Prompts that go through a whole block in float64. */
    private static final int EXACT_PROMPTS = 2;

    /** A block may be off by so many times what it makes of states that are off by one rounding. */
    private static final double GROWTH = 32;

    /** Sixteen units of float32, in which everything is drawn. */
    private static final double DRAWS_ALLOWED = Math.scalb(1.0, -20);

    private static final long PIECE = 1L << 22;

    private final Precision precision;
    private final Kernels kernels;
    private final KernelCheck check = KernelCheck.begin();

    /**
     * A test that has tried nothing yet.
     *
     * @param kernels those under test
     */
    public SelfTest(Precision precision, Kernels kernels) {
        this.precision = precision;
        this.kernels = kernels;
    }

    /** Tries random draws and all kernels on drawn values. */
    public SelfTest kernels() {
        check.note(new Stage("random draws", DrawCheck.largestDifference(kernels), DRAWS_ALLOWED, DrawCheck.VALUES));
        KernelBattery.run(kernels, check, precision.device(), precision.state(), precision.product());
        return this;
    }

    /**
     * Tries the first, the middle and the last layer of a model, each from what the one before gives.
     *
     * @param tested the weights as a run on the device gets them
     * @param exact the same weights as {@link #exactPrecision} has them
     */
    public SelfTest blocks(Transformer model, WeightSource tested, WeightSource exact) {
        int tokens = Math.min(LONGEST, model.sizes().context());
        int prompts = Math.max(EXACT_PROMPTS, TOKENS / tokens);
        Random random = new Random(7);
        List<int[]> ids = IntStream.range(0, model.images().isPresent() ? 0 : prompts)
                .mapToObj(
                        i -> random.ints(tokens, 0, model.sizes().vocabulary()).toArray())
                .toList();
        int last = model.layers() - 1;
        try (Scope scope = Scope.open()) {
            Tensor x = embed(kernels.in(scope), model, tested, ids); // [B, T, D]
            for (int layer : IntStream.of(0, last / 2, last).distinct().toArray()) {
                block(model, layer, tested, exact, x);
            }
        }
        return this;
    }

    /** What weights are held to: the values that the device computes with, in float64 on the CPU. */
    public static Precision exactPrecision(Precision tested) {
        DType rounding = tested.rounding() == tested.state() ? DType.FLOAT64 : tested.rounding();
        return new Precision("cpu", DType.FLOAT64, rounding, DType.FLOAT64);
    }

    private void block(Transformer model, int layer, WeightSource tested, WeightSource exact, Tensor x) {
        try (Scope scope = Scope.open()) {
            Kernels k = kernels.in(scope);
            Kernels reference = check.exact(scope);
            Weights weights = tested.layer(k, 0, layer);
            Weights wanted = exact.layer(Kernels.plain(scope), 0, layer);
            model.layer(layer, true).forEach(spec -> weight(spec, weights, wanted));

            Tensor few = k.tensors().rows(x, 0, EXACT_PROMPTS); // [b, T, D]
            Tensor start = k.tensors().convert(k.tensors().toDevice(few, "cpu"), DType.FLOAT64); // [b, T, D]
            Tensor noise = reference.tensors().copy(start); // [b, T, D]
            reference.multiply(noise, signs(reference, start.shape()));
            Tensor moved = reference.tensors().mixed(start, 1, noise, unit()); // [b, T, D]
            Tensor expected = reference.tensors().copy(start); // [b, T, D]
            model.block(new Forward(reference, Ingredients.ALL), wanted, layer, expected);
            model.block(new Forward(reference, Ingredients.ALL), wanted, layer, moved);

            model.block(new Forward(check.watch(k), Ingredients.ALL), weights, layer, x);
            if (check.sawChoices()) {
                return;
            }
            double off = check.tokensApart(k.tensors().rows(x, 0, EXACT_PROMPTS), expected);
            double allowed = GROWTH * (check.tokensApart(moved, expected) + unit());
            check.note(new Stage("block " + layer + " as a whole", off, allowed, 1));
        }
    }

    private void weight(TensorSpec spec, Weights tested, Weights exact) {
        Tensor found = tested.get(spec.role());
        Tensor wanted = exact.get(spec.role());
        DType dtype = spec.kind() == TensorSpec.Kind.MATRIX ? precision.rounding() : precision.state();
        KernelCheck one = KernelCheck.begin();
        if (!Arrays.equals(found.shape(), wanted.shape())) {
            check.note(new Stage("weights: " + spec.role(), Double.POSITIVE_INFINITY, 0, 1));
            return;
        }
        long rows = found.shape().length < 2 ? found.elements() : found.size(0);
        long step = Math.max(1, PIECE / Math.max(1, found.elements() / rows));
        for (long first = 0; first < rows; first += step) {
            try (Scope scope = Scope.open()) {
                Kernels k = kernels.in(scope);
                long to = Math.min(rows, first + step);
                one.noteRounded(
                        "weights: " + spec.role(),
                        found.shape().length == 0 ? found : k.tensors().rowsView(found, first, to),
                        wanted.shape().length == 0 ? wanted : k.tensors().rowsView(wanted, first, to),
                        dtype);
            }
        }
        one.stages().forEach(s -> check.note(s.isOff() ? s : new Stage("weights", s.error(), s.allowed(), s.calls())));
    }

    private Tensor signs(Kernels k, long[] shape) {
        long elements = Arrays.stream(shape).reduce(1, Math::multiplyExact);
        Random random = new Random(3);
        double[] values = random.doubles(elements).map(v -> v < 0.5 ? -1 : 1).toArray();
        return k.tensors().values(values, shape);
    }

    private double unit() {
        DType lowest = precision.product();
        return Math.scalb(
                1.0,
                switch (lowest) {
                    case FLOAT64 -> -53;
                    case FLOAT32 -> -24;
                    case BFLOAT16 -> -8;
                    default -> -11;
                });
    }

    /**
     * Tries the first block of a run on what it is about to compute.
     *
     * @param layer which is its first
     * @param prompts of the run; the first few are taken, and cut
     */
    public static Verdict firstBlock(
            Precision precision,
            Kernels kernels,
            Transformer model,
            WeightSource source,
            Ingredients ingredients,
            int layer,
            List<int[]> prompts) {
        SelfTest test = new SelfTest(precision, kernels);
        int tokens = Math.min(LONGEST, prompts.get(0).length);
        List<int[]> cut = prompts.stream()
                .filter(ids -> ids.length >= tokens)
                .limit(Math.max(1, TOKENS / tokens))
                .map(ids -> Arrays.copyOf(ids, tokens))
                .toList();
        try (Scope scope = Scope.open()) {
            Kernels k = kernels.in(scope);
            Tensor x = test.embed(k, model, source, cut); // [B, T, D]
            Weights weights = source.layer(k, 0, layer);
            model.block(new Forward(test.check.watch(k), ingredients), weights, layer, x);
        }
        return Verdict.of(test.stages(), Verdict.FIRST_BLOCK);
    }

    private Tensor embed(Kernels k, Transformer model, WeightSource source, List<int[]> prompts) {
        Tensor given = model.images().map(image -> noise(k, image)).orElseGet(() -> ids(k, prompts));
        return model.embed(
                k,
                source.embeddings(k),
                precision.onCpu() ? given : k.tensors().toDevice(given, precision.device()),
                precision.state()); // [B, T, D]
    }

    private static Tensor ids(Kernels k, List<int[]> prompts) {
        long[] flat =
                prompts.stream().flatMapToInt(Arrays::stream).asLongStream().toArray();
        return k.tensors().ids(flat, prompts.size()); // [B, T]
    }

    /** Images of noise, as many as the exact side takes. */
    private static Tensor noise(Kernels k, ImageInput image) {
        long[] shape = {EXACT_PROMPTS, image.channels(), image.height(), image.width()};
        long values = Arrays.stream(shape).reduce(1, Math::multiplyExact);
        return k.tensors().values(new Random(4).doubles(values, -1, 1).toArray(), shape); // [B, C, H, W]
    }

    /** What was tried, in its order. */
    public List<Stage> stages() {
        return check.stages();
    }

    /** The verdict on all that was tried. */
    public Verdict verdict() {
        return Verdict.of(stages(), Verdict.DOCTOR);
    }
}
