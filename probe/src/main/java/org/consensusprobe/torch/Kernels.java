package org.consensusprobe.torch;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * The tensor operations of the program, each a method of the TorchScript kernels.
 *
 * <p>Results are made in the {@link Scope} that the kernels were {@linkplain #in opened in}. Shapes are written with B
 * prompts, T tokens, D model width, E input and F output width of a product, H heads.
 */
public final class Kernels {
    private final PtSymbolBlock module;
    private final PtNDManager manager;
    private final IValue none;
    private final String sources;

    private Kernels(PtSymbolBlock module, PtNDManager manager, IValue none, String sources) {
        this.module = module;
        this.manager = manager;
        this.none = none;
        this.sources = sources;
    }

    /** The kernels with products through {@code torch.linear}, for any device. The scope owns the loaded module. */
    public static Kernels plain(Scope owner) {
        return load(owner, "kernels.py", "measures.py", "linear_plain.py");
    }

    /**
     * The kernels for a device, by a fixed rule: on x86-64 processors those with oneDNN's products, if this libtorch has
     * them, over MKL's, whole on Intel's processors and in blocks on others; the plain ones elsewhere. The scope owns the
     * loaded module.
     */
    public static Kernels forDevice(Scope owner, String device) {
        String architecture = System.getProperty("os.arch");
        if (!device.equals("cpu") || !architecture.equals("amd64") && !architecture.equals("x86_64")) {
            return plain(owner);
        }
        try {
            String mkl = Torch.mklHasStrictMode() ? "mkl_strict.py" : "mkl_blocks.py";
            return load(owner, "kernels.py", "measures.py", mkl, "linear_onednn.py");
        } catch (EngineException e) {
            // an archive with an operation that this libtorch lacks does not load
            return plain(owner);
        }
    }

    /** The source files these kernels were packed from, for manifests. */
    public String sources() {
        return sources;
    }

    static Kernels load(Scope owner, String... sources) {
        prepareThread();
        try {
            PtSymbolBlock module = JniUtils.loadModule(
                    owner.manager(), new ByteArrayInputStream(KernelArchive.pack(sources)), false, false);
            // DJL cannot make a None of its own; this one lives as long as the process
            return new Kernels(
                    module, owner.manager(), IValueUtils.runMethod(module, "none"), String.join(" + ", sources));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Settings that libtorch keeps per thread; to be called once on every thread that uses kernels. */
    public static void prepareThread() {
        // the profiling executor would trace the first calls of every kernel and may fuse them afresh later
        JniUtils.setGraphExecutorOptimize(false);
        JniUtils.setGradMode(false);
    }

    /** Threads of one operation. */
    public int threads() {
        return JniUtils.getNumThreads();
    }

    /** The same kernels, with results in another scope. */
    public Kernels in(Scope scope) {
        return new Kernels(module, scope.manager(), none, sources);
    }

    // ---- blocks

    /** LayerNorm over the last axis of x [.., D], with weight and bias [D], each of which may be null. */
    public Tensor layerNorm(Tensor x, Tensor weight, Tensor bias, double eps) {
        return tensor("layer_norm", x, optional(weight), optional(bias), eps);
    }

    /** RMSNorm over the last axis of x [.., D], with weight [D]: x / sqrt(mean x^2 + eps) * weight. */
    public Tensor rmsNorm(Tensor x, Tensor weight, double eps) {
        return tensor("rms_norm", x, weight, eps);
    }

    /** 1 + x. */
    public Tensor onePlus(Tensor x) {
        return tensor("one_plus", x);
    }

    /**
     * Rotary positions by halves: of each head's entries, i and n + i are turned together; those from 2n on stay.
     *
     * @param x [B, T, H d]
     * @param table float64 [2, T, n], the cosines and sines of every token's angles; 2n at most d
     * @return [B, T, H d]
     */
    public Tensor rotate(Tensor x, Tensor table, int heads) {
        return tensor("rotate", x, table, (long) heads);
    }

    /** x *= y of the same shape, in place; returns x. */
    public Tensor multiply(Tensor x, Tensor y) {
        run("multiply", x, y).close();
        return x;
    }

    /** cap tanh(x / cap), in place; returns x. */
    public Tensor softCap(Tensor x, double cap) {
        run("soft_cap", x, cap, (long) JniUtils.getNumThreads()).close();
        return x;
    }

    /** x [.., E] w' + b for w [F, E] and b [F] or null -> [.., F], in x's dtype. */
    public Tensor linear(Tensor x, Tensor w, Tensor b) {
        return tensor("linear", x, w, optional(b));
    }

    /** As {@link #linear}, followed by the activation. */
    public Tensor linear(Tensor x, Tensor w, Tensor b, Activation activation) {
        return tensor("linear_activation", x, w, optional(b), activation.kernelName(), (long) JniUtils.getNumThreads());
    }

    /** residual [.., F] += x [.., E] w' + b, in place; returns the residual. */
    public Tensor addLinear(Tensor residual, Tensor x, Tensor w, Tensor b) {
        run("add_linear", residual, x, w, optional(b)).close();
        return residual;
    }

    /**
     * Attention of every token over the tokens it sees.
     *
     * @param q [B, T, H d]
     * @param k [B, T, G d]
     * @param v [B, T, G d]
     * @return [B, T, H d]
     */
    public Tensor attention(Tensor q, Tensor k, Tensor v, AttentionShape shape) {
        return tensor(
                "attention",
                q,
                k,
                v,
                (long) shape.heads(),
                (long) shape.keyValueHeads(),
                shape.scale(),
                shape.causal(),
                (long) shape.window(),
                shape.softCap(),
                shape.beta(),
                (long) JniUtils.getNumThreads());
    }

    /** The row-stochastic matrices that {@link #attention} averages values with: q, k as there -> [B, H, T, T]. */
    public Tensor attentionMatrices(Tensor q, Tensor k, AttentionShape shape) {
        return tensor(
                "attention_matrices",
                q,
                k,
                (long) shape.heads(),
                (long) shape.keyValueHeads(),
                shape.scale(),
                shape.causal(),
                (long) shape.window(),
                shape.softCap(),
                shape.beta(),
                (long) JniUtils.getNumThreads());
    }

    /** Sets the outputs of all heads but the kept ones to zero, in place: x [B, T, H d]. */
    public void keepHeads(Tensor x, int heads, long[] kept) {
        run("keep_heads", x, (long) heads, kept).close();
    }

    /** A view of the columns first (included) to last (excluded) of the last axis. */
    public Tensor columns(Tensor x, long first, long last) {
        return tensor("columns", x, first, last);
    }

    /** x [.., D] times weight [D], plus bias [D], each of which may be null: a norm that does not normalise. */
    public Tensor affine(Tensor x, Tensor weight, Tensor bias) {
        return tensor("affine", x, optional(weight), optional(bias));
    }

    /** x times a factor, in place; returns x. */
    public Tensor scale(Tensor x, double factor) {
        run("scale", x, factor).close();
        return x;
    }

    /** residual += x, in place; returns the residual. */
    public Tensor add(Tensor residual, Tensor x) {
        run("add", residual, x).close();
        return residual;
    }

    /** target = x, in place; returns the target. */
    public Tensor overwrite(Tensor target, Tensor x) {
        run("overwrite", target, x).close();
        return target;
    }

    /** Rows of the token table [V, D] for ids int64 [B, T], plus the first T rows of positions -> [B, T, D]. */
    public Tensor embed(Tensor table, Tensor positions, Tensor ids, DType dtype) {
        return tensor("embed", table, positions, ids, (long) dtype.torchCode());
    }

    /** Rows of the token table [V, D] for ids int64 [B, T], times a factor -> [B, T, D]. */
    public Tensor embedTokens(Tensor table, Tensor ids, double factor, DType dtype) {
        return tensor("embed_tokens", table, ids, factor, (long) dtype.torchCode());
    }

    // ---- measures

    /**
     * The consensus error of every prompt, eq. 25 of "The asymptotic behavior of attention in transformers":
     * 1 - (1/T) sum_j cos(x_1, x_j), computed as the mean of |u_1 - u_j|^2 / 2 on normalised tokens.
     *
     * @param x [B, T, D]
     * @return float64 [B], NaN where a token is not finite or is the zero vector
     */
    public double[] error(Tensor x) {
        try (Tensor e = tensor("error", x)) {
            return e.toDoubles();
        }
    }

    /** As {@link #error}, with |cos| in place of cos. */
    public double[] errorAbsolute(Tensor x) {
        try (Tensor e = tensor("error_absolute", x)) {
            return e.toDoubles();
        }
    }

    /**
     * X - 1 xbar' of every prompt in the norm sqrt(|.|_1 |.|_inf), over that of X.
     *
     * @param x [B, T, D]
     * @return float64 [B]
     */
    public double[] relativeResidual(Tensor x) {
        try (Tensor residual = tensor("relative_residual", x)) {
            return residual.toDoubles();
        }
    }

    /** A view of x [B, T, D] that starts at a token, counted from 0 -> [B, T - first, D]. */
    public Tensor fromToken(Tensor x, int first) {
        return tensor("from_token", x, (long) first);
    }

    /** Zeros, float64 [longest, D], beside x [B, T, D] on its device. */
    public Tensor unitTotal(Tensor x, int longest) {
        return tensor("unit_total", x, (long) longest);
    }

    /** total float64 [longest T, D] += the sum over prompts of the unit tokens of x [B, T, D], in place. */
    public void addUnits(Tensor total, Tensor x) {
        run("add_units", total, x).close();
    }

    /**
     * Squared distances of unit tokens from a mean of their position.
     *
     * @param x [B, T, D]
     * @param mean float64 [longest T, D]
     * @return float64 [B * T]
     */
    public double[] unitDistances(Tensor x, Tensor mean) {
        try (Tensor d = tensor("unit_distances", x, mean)) {
            return d.toDoubles();
        }
    }

    /** The rows of x [N, D], each divided by its count. */
    public Tensor divideRows(Tensor x, long[] counts) {
        return tensor("divide_rows", x, counts);
    }

    /**
     * Calls a kernel of {@code measures.py} by name.
     *
     * @param arguments tensors, longs, doubles or arrays of longs
     * @return the elements of its float64 result
     */
    public double[] reduce(String kernel, Object... arguments) {
        try (Tensor result = tensor(kernel, arguments)) {
            return result.toDoubles();
        }
    }

    /** As {@link #reduce}, with the result left on the device. */
    public Tensor derive(String kernel, Object... arguments) {
        return tensor(kernel, arguments);
    }

    /**
     * Directions drawn uniformly on the sphere, each at the norm of its token.
     *
     * @param x [1, T, D]
     * @param normal [T, D], entries N(0, 1)
     * @return [T, D]
     */
    public Tensor directions(Tensor x, Tensor normal) {
        return tensor("directions", x, normal);
    }

    /**
     * The first token again and again, each time moved in a direction of its own.
     *
     * @param x [1, T, D]
     * @param normal [T, D], entries N(0, 1)
     * @param size of the move, relative to the token's norm
     * @return [T, D]
     */
    public Tensor nearConsensus(Tensor x, Tensor normal, double size) {
        return tensor("near_consensus", x, normal, size);
    }

    // ---- weights and data

    /** Maps the first elements of a file privately, with 64-bit sizes; views keep the map alive. */
    public Tensor mapFile(java.nio.file.Path file, long elements, DType dtype) {
        return tensor("map_file", file.toString(), elements, (long) dtype.torchCode());
    }

    /** A contiguous view of a mapped file that starts at an element. */
    public Tensor cut(Tensor mapped, long[] shape, long offset) {
        return tensor("cut", mapped, shape, offset);
    }

    /** Bytes of a file mapped as uint8, copied and seen as another dtype, wherever they start. */
    public Tensor cutCopy(Tensor mapped, long[] shape, long offset, long bytes, DType dtype) {
        return tensor("cut_copy", mapped, shape, offset, bytes, (long) dtype.torchCode());
    }

    /** The transposed view of a matrix. */
    public Tensor transpose(Tensor x) {
        return tensor("transpose", x);
    }

    /** The transpose of a matrix, in storage of its own. */
    public Tensor transposedCopy(Tensor x) {
        return tensor("transposed_copy", x);
    }

    /** x - 1, in storage of its own. */
    public Tensor lessOne(Tensor x) {
        return tensor("less_one", x);
    }

    /** Rows of each head of x [H 2n, ..] from pairs (0, n, 1, n + 1, ...) to halves (0, 1, ..., n, n + 1, ...). */
    public Tensor halvesOfPairs(Tensor x, int heads) {
        return tensor("halves_of_pairs", x, (long) heads);
    }

    /** A tensor on the CPU whose elements are whatever they are, to be written through {@link Tensor#memory}. */
    public Tensor uninitialised(long[] shape, DType dtype) {
        return tensor("uninitialised", shape, (long) dtype.torchCode());
    }

    /** The same elements in another shape. */
    public Tensor reshape(Tensor x, long[] shape) {
        return tensor("reshape", x, shape);
    }

    /** x in another dtype; x itself where it has that dtype already. */
    public Tensor convert(Tensor x, DType dtype) {
        return tensor("convert", x, (long) dtype.torchCode());
    }

    /** x on a device, under PyTorch's device names. */
    public Tensor toDevice(Tensor x, String device) {
        return tensor("to_device", x, device);
    }

    /** A copy in storage of its own. */
    public Tensor copy(Tensor x) {
        return tensor("copy", x);
    }

    /** Copies the entries first (included) to last (excluded) of axis 0. */
    public Tensor rows(Tensor x, long first, long last) {
        return tensor("rows", x, first, last);
    }

    /**
     * Positions that count from a padding id on: ids int64 [B, T] -> int64 [B, T]. A token that is the padding id has that
     * id's position and is not counted.
     */
    public Tensor positionsAfter(Tensor ids, int padding) {
        return tensor("positions_after", ids, (long) padding);
    }

    /** As {@link #rows}, as a view. */
    public Tensor rowsView(Tensor x, long first, long last) {
        return tensor("rows_view", x, first, last);
    }

    /** x[row] = values, in place; values have the shape of a row and are converted to x's dtype and device. */
    public void setRow(Tensor x, int row, Tensor values) {
        run("set_row", x, (long) row, values).close();
    }

    /** Values of the Java heap, row-major, as a float64 tensor of that shape on the CPU. */
    public Tensor values(double[] values, long... shape) {
        return new Tensor((PtNDArray) manager.create(values, new Shape(shape)));
    }

    /** For x [B, T, D]: one prompt [1, T, D] whose tokens all equal the first token of prompt 0. */
    public Tensor repeatFirstToken(Tensor x) {
        return tensor("repeat_first_token", x);
    }

    /** Whether no element is NaN or infinite. */
    public boolean isFinite(Tensor x) {
        try (IValue result = run("is_finite", x)) {
            return result.toBoolean();
        }
    }

    /** Token ids, prompt after prompt, as int64 [prompts, T]. */
    public Tensor ids(long[] flat, int prompts) {
        return tensor("ids", flat, (long) prompts);
    }

    /** float32 memory on the CPU, to be {@linkplain Tensor#writer written} before it is read. */
    public Tensor unwritten(long elements) {
        return tensor("unwritten", elements);
    }

    /** A tensor of one value. */
    public Tensor filled(long[] shape, double value, DType dtype) {
        return tensor("filled", shape, value, (long) dtype.torchCode());
    }

    // ---- random draws

    /** libtorch's CPU generator, seeded as {@code torch.Generator().manual_seed(seed)}. */
    public Generator generator(long seed) {
        return new Generator(run("generator", seed));
    }

    /** float32 values N(0, std), the very bits of {@code torch.empty(shape).normal_(0, std, generator=g)}. */
    public Tensor normal(Generator generator, long[] shape, double std) {
        return tensor("normal", generator, shape, std);
    }

    /** Passes over raw 32-bit numbers of the generator. */
    public void skip(Generator generator, long numbers) {
        run("skip", generator, numbers).close();
    }

    /** The entries of x permuted by {@code torch.randperm} with a generator of that seed, in x's shape. */
    public Tensor shuffle(Tensor x, long seed) {
        return tensor("shuffle", x, seed);
    }

    /** A generator's state, held natively. */
    public static final class Generator implements AutoCloseable {
        private final IValue value;

        private Generator(IValue value) {
            this.value = value;
        }

        @Override
        public void close() {
            value.close();
        }
    }

    private Object optional(Tensor tensor) {
        return tensor == null ? none : tensor;
    }

    private Tensor tensor(String method, Object... arguments) {
        try (IValue result = run(method, arguments)) {
            return new Tensor(result.toTensor(manager));
        }
    }

    private IValue run(String method, Object... arguments) {
        IValue[] values = new IValue[arguments.length];
        try {
            for (int i = 0; i < arguments.length; i++) {
                values[i] = toIValue(arguments[i]);
            }
            return IValueUtils.runMethod(module, method, values);
        } finally {
            for (int i = 0; i < values.length; i++) {
                if (values[i] != null && !isShared(arguments[i])) {
                    values[i].close();
                }
            }
        }
    }

    private static boolean isShared(Object argument) {
        return argument instanceof Generator || argument instanceof IValue;
    }

    private static IValue toIValue(Object argument) {
        if (argument instanceof Tensor t) {
            return IValue.from(t.array());
        } else if (argument instanceof Long n) {
            return IValue.from(n);
        } else if (argument instanceof Double d) {
            return IValue.from(d);
        } else if (argument instanceof Boolean b) {
            return IValue.from(b);
        } else if (argument instanceof String s) {
            return IValue.from(s);
        } else if (argument instanceof long[] list) {
            return IValue.listFrom(list);
        } else if (argument instanceof Generator g) {
            return g.value;
        } else if (argument instanceof IValue value) {
            return value;
        }
        throw new IllegalArgumentException("no kernel takes a " + argument);
    }
}
