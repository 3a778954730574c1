package org.consensusprobe.weights;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.consensusprobe.common.Sha256;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Draw;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.RandomKernels;
import org.consensusprobe.torch.Tensor;

/**
 * Weights drawn tensor by tensor, each from a seed of its own, so that no draw depends on another.
 *
 * <p>A tensor of two axes or more is N(0, initializer_range) in float32, the bits of
 * {@code torch.empty(shape).normal_(0, std, generator=torch.Generator().manual_seed(s))} on the CPU, where s is made of the
 * first four bytes (big-endian, top bit cleared) of the SHA-256 of {@code "SEED/PASS/NAME"} with the canonical name, which
 * carries no base-model prefix: {@code 42/0/layers.0.self_attn.q_proj.weight}. PASS is 0 for weights that stay the same and
 * for embeddings. Norms are neutral and biases 0. Where a family's initialisation is cut off ({@link Parts#draw}), standard normal
 * draws z become sqrt(2) erfinv(erf(z / sqrt(2)) erf(cut / sqrt(2))), times the deviation.
 */
public final class NamedRandomWeights implements WeightSource {
    private final Parts parts;
    private final boolean feedForward;
    private final long seed;
    private final boolean eachPass;
    private final Precision precision;

    /**
     * Weights drawn from a seed.
     *
     * @param feedForward whether the run's blocks have their feed-forward half
     * @param eachPass whether every pass has a draw of its own
     */
    public NamedRandomWeights(Parts parts, boolean feedForward, long seed, boolean eachPass, Precision precision) {
        this.parts = parts;
        this.feedForward = feedForward;
        this.seed = seed;
        this.eachPass = eachPass;
        this.precision = precision;
    }

    @Override
    public Weights embeddings(Kernels kernels) {
        return draw(kernels, 0, parts.embeddings());
    }

    @Override
    public Weights layer(Kernels kernels, int pass, int layer) {
        return draw(kernels, pass, parts.layer(layer, feedForward));
    }

    @Override
    public Weights finalNorm(Kernels kernels, int pass) {
        return draw(kernels, pass, parts.finalNorm());
    }

    @Override
    public Weights head(Kernels kernels, int pass) {
        return draw(kernels, pass, parts.head());
    }

    @Override
    public boolean changesEachPass() {
        return eachPass;
    }

    private Weights draw(Kernels kernels, int pass, List<TensorSpec> specs) {
        return WeightSource.gather(specs, spec -> {
            DType made = spec.isDrawn() ? DType.FLOAT32 : precision.state();
            return precision.prepare(kernels, spec, made, k -> values(k, pass, spec));
        });
    }

    private Tensor values(Kernels kernels, int pass, TensorSpec spec) {
        if (!spec.isDrawn()) {
            return kernels.tensors().filled(spec.shapeArray(), spec.initial(), precision.state());
        }
        try (RandomKernels.Generator generator =
                kernels.random().generator(drawSeed(seed, eachPass ? pass : 0, spec.name()))) {
            Draw draw = parts.draw(spec);
            if (Double.isInfinite(draw.cut())) {
                return kernels.random().normal(generator, spec.shapeArray(), draw.first());
            }
            return kernels.random().truncatedNormal(generator, spec.shapeArray(), draw);
        }
    }

    static long drawSeed(long seed, int pass, String name) {
        byte[] digest = Sha256.digest().digest((seed + "/" + pass + "/" + name).getBytes(StandardCharsets.UTF_8));
        return ByteBuffer.wrap(digest).getInt() & Integer.MAX_VALUE;
    }

    @Override
    public void close() {}
}
