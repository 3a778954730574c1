package org.consensusprobe.torch;

import ai.djl.engine.EngineException;
import ai.djl.pytorch.jni.JniUtils;
import java.nio.file.Path;
import org.consensusprobe.common.AtomicFiles;

/**
 * The tensor operations of a transformer's blocks, each a method of the TorchScript kernels; beside them {@link #tensors},
 * {@link #random draws} and {@link #measures}, with the same results' scope.
 *
 * <p>Results are made in the {@link Scope} that the kernels were {@linkplain #in opened in}. Shapes are written with B
 * prompts, T tokens, D model width, E input and F output width of a product, H heads.
 */
public final class Kernels {
    private static final String[] PLAIN = {"kernels.py", "experts.py", "tensors.py", "measures.py", "linear_plain.py"};

    final KernelModule module;

    Kernels(KernelModule module) {
        this.module = module;
    }

    /** The kernels with products through {@code torch.linear}, for any device, with results in a scope. */
    public static Kernels plain(Scope results) {
        return load(results, PLAIN);
    }

    /**
     * Writes the archive of {@link #plain} into a file, which {@code torch.jit.load} takes too; libtorch is not loaded.
     *
     * @throws org.consensusprobe.common.Problem if the file cannot be written
     */
    public static void writePlain(Path file) {
        byte[] archive = KernelArchive.pack(KernelArchive.text(PLAIN));
        AtomicFiles.write(file, out -> out.write(archive));
    }

    /**
     * The kernels for a device, by a fixed rule: on x86-64 processors those with oneDNN's products, if this libtorch has
     * them, over MKL's, whole on Intel's processors and in blocks on others; the plain ones elsewhere.
     */
    public static Kernels forDevice(Scope results, String device) {
        String architecture = System.getProperty("os.arch");
        if (!device.equals("cpu") || !architecture.equals("amd64") && !architecture.equals("x86_64")) {
            return plain(results);
        }
        try {
            String mkl = Torch.mklHasStrictMode() ? "mkl_strict.py" : "mkl_blocks.py";
            return load(results, "kernels.py", "experts.py", "tensors.py", "measures.py", mkl, "linear_onednn.py");
        } catch (EngineException e) {
            // an archive with an operation that this libtorch lacks does not load
            return plain(results);
        }
    }

    /** The source files these kernels were packed from, for manifests. */
    public String sources() {
        return module.sources();
    }

    /** SHA-256 of their source text, in hexadecimal digits. */
    public String fingerprint() {
        return module.fingerprint();
    }

    static Kernels load(Scope results, String... sources) {
        prepareThread();
        return new Kernels(KernelModule.load(results, sources));
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
        return new Kernels(module.in(scope));
    }

    /** A scope of its own, over the same {@link Buffers} as that of these kernels. */
    public Scope openAnother() {
        return module.scope().another();
    }

    /** Takes a tensor over into the scope of these kernels, from that it was made in. */
    public Tensor keep(Tensor tensor) {
        return module.scope().keep(tensor);
    }

    /** Tensors made, mapped, copied and seen in other ways. */
    public TensorKernels tensors() {
        return new TensorKernels(module);
    }

    /** Random draws. */
    public RandomKernels random() {
        return new RandomKernels(module);
    }

    /** What enters the first block. */
    public EmbeddingKernels embedding() {
        return new EmbeddingKernels(module);
    }

    /** Terms of attention scores that hang on where query and key stand. */
    public ScoreKernels scores() {
        return new ScoreKernels(module);
    }

    /** Mixtures of experts and latent attention. */
    public ExpertKernels experts() {
        return new ExpertKernels(module);
    }

    /** Reductions of hidden states to numbers. */
    public MeasureKernels measures() {
        return new MeasureKernels(module);
    }

    /** LayerNorm over the last axis of x [.., D], with weight and bias [D], each of which may be null. */
    public Tensor layerNorm(Tensor x, Tensor weight, Tensor bias, double eps) {
        return module.tensor("layer_norm", x, module.optional(weight), module.optional(bias), eps);
    }

    /** RMSNorm over the last axis of x [.., D], with weight [D] or null: x / sqrt(mean x^2 + eps) * weight. */
    public Tensor rmsNorm(Tensor x, Tensor weight, double eps) {
        return module.tensor("rms_norm", x, module.optional(weight), eps);
    }

    /** 1 + x. */
    public Tensor onePlus(Tensor x) {
        return module.tensor("one_plus", x);
    }

    /**
     * Rotary positions by halves: of each head's entries, i and n + i are turned together; those from 2n on stay.
     *
     * @param x [B, T, H d]
     * @param table float64 [2, T, n], the cosines and sines of every token's angles; 2n at most d
     * @return [B, T, H d]
     */
    public Tensor rotate(Tensor x, Tensor table, int heads) {
        return module.tensor("rotate", x, table, (long) heads);
    }

    /** x [.., D] and y [.., E] beside each other -> [.., D + E]. */
    public Tensor beside(Tensor x, Tensor y) {
        return module.tensor("beside", x, y);
    }

    /** As {@link #rotate}, by neighbours: entries 2i and 2i + 1 are turned together. */
    public Tensor rotatePairs(Tensor x, Tensor table, int heads) {
        return module.tensor("rotate_pairs", x, table, (long) heads);
    }

    /** x kept within [low, high], in place; returns x. */
    public Tensor clamp(Tensor x, double low, double high) {
        module.run("clamp", x, low, high).close();
        return x;
    }

    /** xIELU of x, an activation with learned factors: alphaP and alphaN [1], beta and eps []. */
    public Tensor xielu(Tensor x, Tensor alphaP, Tensor alphaN, Tensor beta, Tensor eps) {
        return module.tensor("xielu", x, alphaP, alphaN, beta, eps, (long) threads());
    }

    /** x *= y of the same shape, in place; returns x. */
    public Tensor multiply(Tensor x, Tensor y) {
        module.run("multiply", x, y).close();
        return x;
    }

    /** cap tanh(x / cap), in place; returns x. */
    public Tensor softCap(Tensor x, double cap) {
        module.run("soft_cap", x, cap, (long) threads()).close();
        return x;
    }

    /** x [.., E] w' + b for w [F, E] and b [F] or null -> [.., F], in x's dtype. */
    public Tensor linear(Tensor x, Tensor w, Tensor b) {
        return module.tensor("linear", x, w, module.optional(b));
    }

    /** As {@link #linear}, followed by the activation. */
    public Tensor linear(Tensor x, Tensor w, Tensor b, Activation activation) {
        return module.tensor("linear_activation", x, w, module.optional(b), activation.kernelName(), (long) threads());
    }

    /** residual [.., F] += x [.., E] w' + b, in place; returns the residual. */
    public Tensor addLinear(Tensor residual, Tensor x, Tensor w, Tensor b) {
        module.run("add_linear", residual, x, w, module.optional(b)).close();
        return residual;
    }

    /**
     * Attention of every token over the tokens it sees.
     *
     * @param q [B, T, H d]
     * @param k [B, T, G d]
     * @param v [B, T, G e], whose heads may have another size
     * @param bias [1 or B, 1 or H, 1 or T, T], added to the scaled products q k' before a cap and beta; null for none
     * @param sinks [H], a logit of each head that enters the softmax beside its scores, times beta as they are, and stands for
     *     no token; null for none
     * @return [B, T, H e]
     */
    public Tensor attention(Tensor q, Tensor k, Tensor v, AttentionShape shape, Tensor bias, Tensor sinks) {
        return module.tensor(
                "attention",
                q,
                k,
                v,
                (long) shape.heads(),
                (long) shape.keyValueHeads(),
                shape.scale(),
                shape.causal(),
                (long) shape.window(),
                shape.sink(),
                shape.softCap(),
                shape.beta(),
                (long) threads(),
                module.optional(bias),
                module.optional(sinks));
    }

    /** As {@link #attentionMatrices(Tensor, Tensor, long, long, AttentionShape, Tensor, Tensor)}, without bias and sinks. */
    public Tensor attentionMatrices(Tensor q, Tensor k, long first, long last, AttentionShape shape) {
        return attentionMatrices(q, k, first, last, shape, null, null);
    }

    /**
     * Rows first (included) to last (excluded) of the matrices that {@link #attention(Tensor, Tensor, Tensor, AttentionShape,
     * Tensor, Tensor)} averages values with, whose sums are 1 without sinks and less with them: q, k, bias and sinks (or null) as
     * there -> [B, H, last - first, T].
     */
    public Tensor attentionMatrices(
            Tensor q, Tensor k, long first, long last, AttentionShape shape, Tensor bias, Tensor sinks) {
        return module.tensor(
                "attention_matrices",
                q,
                k,
                first,
                last,
                (long) shape.heads(),
                (long) shape.keyValueHeads(),
                shape.scale(),
                shape.causal(),
                (long) shape.window(),
                shape.sink(),
                shape.softCap(),
                shape.beta(),
                (long) threads(),
                module.optional(bias),
                module.optional(sinks));
    }

    /** Sets the outputs of all heads but the kept ones to zero, in place: x [B, T, H d]. */
    public void keepHeads(Tensor x, int heads, long[] kept) {
        module.run("keep_heads", x, (long) heads, kept).close();
    }

    /** A view of the columns first (included) to last (excluded) of the last axis. */
    public Tensor columns(Tensor x, long first, long last) {
        return module.tensor("columns", x, first, last);
    }

    /** x [.., D] times weight [D], plus bias [D], each of which may be null: a norm that does not normalise. */
    public Tensor affine(Tensor x, Tensor weight, Tensor bias) {
        return module.tensor("affine", x, module.optional(weight), module.optional(bias));
    }

    /** x times a factor, in place; returns x. */
    public Tensor scale(Tensor x, double factor) {
        module.run("scale", x, factor).close();
        return x;
    }

    /** residual += x, in place; returns the residual. */
    public Tensor add(Tensor residual, Tensor x) {
        module.run("add", residual, x).close();
        return residual;
    }

    /** target = x, in place; returns the target. */
    public Tensor overwrite(Tensor target, Tensor x) {
        module.run("overwrite", target, x).close();
        return target;
    }
}
