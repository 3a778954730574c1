package org.consensusprobe.bench;

import org.consensusprobe.model.Architectures;
import org.consensusprobe.model.KnownModel;
import org.consensusprobe.model.KnownModels;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.RandomKernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.torch.Torch;

/**
 * What every benchmark starts from: the engine, the kernels that a run on the CPU uses, and tensors of random values.
 *
 * <p>The system property {@code threads} sets the threads of one operation; without it libtorch takes one per core.
 */
final class Tensors implements AutoCloseable {
    /** The paper's prompts are 200 tokens long; ten of them fill one chunk. */
    static final int PROMPTS = 10;

    static final int TOKENS = 200;

    private final Scope scope = Scope.open();
    private final Kernels kernels;
    private final RandomKernels.Generator generator;

    /** To be made on the thread that will use it. */
    Tensors() {
        this(Integer.getInteger("threads", 0));
    }

    Tensors(int threads) {
        Torch.start(threads);
        kernels = Kernels.forDevice(scope, "cpu");
        generator = kernels.random().generator(42);
    }

    /** The kernels, with results in a scope that lives as long as this object. */
    Kernels kernels() {
        return kernels;
    }

    /** N(0, std) values in the given dtype. */
    Tensor normal(DType dtype, double std, long... shape) {
        return kernels.tensors().convert(kernels.random().normal(generator, shape, std), dtype);
    }

    /** The dtype of hidden states where matrices have the given dtype: half precision is for matrices alone. */
    static DType stateOf(DType matrices) {
        return matrices == DType.FLOAT64 ? DType.FLOAT64 : DType.FLOAT32;
    }

    /** A known model, without weights. */
    static Transformer model(String alias) {
        KnownModel known = KnownModels.installed().require(alias);
        return Architectures.of(known.config(), alias);
    }

    @Override
    public void close() {
        generator.close();
        scope.close();
    }
}
