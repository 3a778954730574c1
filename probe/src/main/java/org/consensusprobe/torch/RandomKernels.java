package org.consensusprobe.torch;

import ai.djl.pytorch.jni.IValue;

/** Random draws, all on the CPU and in float32, bit by bit PyTorch's. */
public final class RandomKernels {
    private final KernelModule module;

    RandomKernels(KernelModule module) {
        this.module = module;
    }

    /** libtorch's CPU generator, seeded as {@code torch.Generator().manual_seed(seed)}. */
    public Generator generator(long seed) {
        return new Generator(module.run("generator", seed));
    }

    /** float32 values N(0, std), the very bits of {@code torch.empty(shape).normal_(0, std, generator=g)}. */
    public Tensor normal(Generator generator, long[] shape, double std) {
        try (Tensor memory = new TensorKernels(module).uninitialised(shape, DType.FLOAT32)) {
            return module.tensor("normal", memory, generator, std);
        }
    }

    /**
     * float32 values of a normal distribution that is cut off, made of {@code torch.empty(shape).normal_(0, 1, generator=g)}.
     */
    public Tensor truncatedNormal(Generator generator, long[] shape, Draw draw) {
        return module.tensor("truncated", normal(generator, shape, 1), draw.cut(), draw.first(), draw.rest());
    }

    /** Passes over raw 32-bit numbers of the generator. */
    public void skip(Generator generator, long numbers) {
        module.run("skip", generator, numbers).close();
    }

    /** The entries of x permuted by {@code torch.randperm} with a generator of that seed, in x's shape. */
    public Tensor shuffle(Tensor x, long seed) {
        TensorKernels tensors = new TensorKernels(module);
        try (Tensor memory = tensors.uninitialised(new long[] {x.elements()}, tensors.dtype(x))) {
            return module.tensor("shuffle", memory, x, seed);
        }
    }

    /** A generator's state, held natively. */
    public static final class Generator implements AutoCloseable {
        private final IValue value;

        private Generator(IValue value) {
            this.value = value;
        }

        IValue value() {
            return value;
        }

        @Override
        public void close() {
            value.close();
        }
    }
}
