package org.consensusprobe.torch;

import java.util.List;

/** Kernels called on drawn values: every step that a block is written in, in sizes that meet each way through it. */
public final class KernelBattery {
    private static final double EPS = 1e-5;
    private static final int TOKENS = 32;
    private static final int HEADS = 4;
    private static final int WIDTH = 64;
    /** Rows, inputs and outputs from which a processor's products may go another way. */
    private static final int MANY = 1024;

    private static final int WIDE = 768;

    private final Kernels drawing;
    private final RandomKernels.Generator generator;
    private final String device;
    private final DType state;
    private final DType product;

    private KernelBattery(Kernels k, RandomKernels.Generator generator, String device, DType state, DType product) {
        this.drawing = k;
        this.generator = generator;
        this.device = device;
        this.state = state;
        this.product = product;
    }

    /**
     * Calls them.
     *
     * @param state the dtype of states, norms, biases
     * @param product the dtype in which matrices multiply
     */
    public static void run(Kernels kernels, KernelCheck check, String device, DType state, DType product) {
        try (Scope scope = Scope.open()) {
            Kernels plain = kernels.in(scope);
            Kernels watched = check.watch(plain);
            try (RandomKernels.Generator generator = plain.random().generator(11)) {
                KernelBattery battery = new KernelBattery(plain, generator, device, state, product);
                battery.products(watched);
                battery.steps(watched);
                battery.attention(watched);
                battery.measures(watched);
            }
        }
    }

    private Tensor states(long... shape) {
        return place(drawing.random().normal(generator, shape, 1), state);
    }

    /** [F, E], as nn.Linear keeps it, or a view of what Conv1D does. */
    private Tensor matrix(int outputs, int inputs, boolean transposed) {
        long[] shape = transposed ? new long[] {inputs, outputs} : new long[] {outputs, inputs};
        Tensor w = place(drawing.random().normal(generator, shape, 1 / Math.sqrt(inputs)), product);
        return transposed ? drawing.tensors().transpose(w) : w;
    }

    private Tensor place(Tensor drawn, DType dtype) {
        Tensor converted = drawing.tensors().convert(drawn, dtype);
        return device.equals("cpu") ? converted : drawing.tensors().toDevice(converted, device);
    }

    private void products(Kernels k) {
        for (int rows : new int[] {3, MANY}) {
            Tensor x = states(1, rows, WIDE); // [1, N, E]
            Tensor b = states(2 * WIDE); // [F]
            Tensor w = matrix(2 * WIDE, WIDE, false); // [F, E]
            k.linear(x, w, null);
            for (Activation activation : Activation.values()) {
                k.linear(x, w, b, activation);
            }
            Tensor conv1d = matrix(2 * WIDE, WIDE, true); // [F, E]
            k.linear(x, conv1d, b);
            k.addLinear(states(1, rows, 2 * WIDE), x, conv1d, b);
        }
    }

    private void steps(Kernels k) {
        Tensor x = states(2, TOKENS, WIDTH); // [B, T, D]
        Tensor gain = states(WIDTH); // [D]
        Tensor bias = states(WIDTH); // [D]
        for (Activation activation : Activation.values()) {
            // far enough out that all forms differ
            Tensor wide = drawing.scale(states(2, TOKENS, WIDTH), 2); // [B, T, D]
            k.module
                    .run("activation", wide, activation.kernelName(), (long) k.threads())
                    .close();
        }
        k.scale(states(2, TOKENS, WIDTH), 2);
        k.softCap(states(2, TOKENS, WIDTH), 2);
        k.layerNorm(x, gain, bias, EPS);
        k.layerNorm(x, null, null, EPS);
        k.rmsNorm(x, gain, EPS);
        k.rmsNorm(x, null, EPS);
        k.affine(x, gain, bias);
        k.onePlus(gain);
        k.multiply(states(2, TOKENS, WIDTH), x);
        k.add(states(2, TOKENS, WIDTH), x);
        k.overwrite(states(2, TOKENS, WIDTH), x);
        k.clamp(states(2, TOKENS, WIDTH), -1, 1);
        k.keepHeads(states(2, TOKENS, WIDTH), HEADS, new long[] {1, 3});
        Tensor table = angles(WIDTH / HEADS / 2 - 2); // [2, T, n]
        k.rotate(x, table, HEADS);
        k.rotatePairs(x, table, HEADS);
    }

    private Tensor angles(int n) {
        double[] values = new double[2 * TOKENS * n];
        for (int t = 0; t < TOKENS; t++) {
            for (int i = 0; i < n; i++) {
                double angle = t * Math.pow(1e4, -(double) i / n);
                values[t * n + i] = Math.cos(angle);
                values[(TOKENS + t) * n + i] = Math.sin(angle);
            }
        }
        return drawing.tensors().values(values, 2, TOKENS, n); // [2, T, n]
    }

    private void attention(Kernels k) {
        Tensor q = states(2, TOKENS, WIDTH); // [B, T, H d]
        Tensor key = states(2, TOKENS, WIDTH); // [B, T, H d]
        Tensor v = states(2, TOKENS, WIDTH); // [B, T, H d]
        int groups = HEADS / 2;
        Tensor fewKeys = states(2, TOKENS, WIDTH / 2); // [B, T, G d]
        Tensor fewValues = states(2, TOKENS, WIDTH / 2); // [B, T, G d]
        double scale = 1 / Math.sqrt((double) WIDTH / HEADS);
        AttentionShape causal = AttentionShape.causal(HEADS, scale, 0);
        for (AttentionShape shape : List.of(
                causal,
                AttentionShape.full(HEADS, scale),
                AttentionShape.causal(HEADS, 1, 0),
                AttentionShape.causal(HEADS, scale, TOKENS / 4),
                AttentionShape.full(HEADS, scale).withMask(false, TOKENS / 4),
                new AttentionShape(HEADS, HEADS, scale, true, 0, 2, 1),
                causal.withBeta(0.5),
                causal.withSink(false))) {
            k.attention(q, key, v, shape, null, null);
        }
        AttentionShape grouped = new AttentionShape(HEADS, groups, scale, true, 0, 0, 1);
        k.attention(q, fewKeys, fewValues, grouped, null, null);
        k.attention(q, key, v, causal, states(1, HEADS, TOKENS, TOKENS), null);
        k.attention(q, key, v, causal, null, states(HEADS));
        k.attentionMatrices(q, key, 0, TOKENS, causal);
    }

    private void measures(Kernels k) {
        Tensor x = states(2, TOKENS, WIDTH); // [B, T, D]
        k.measures().error(x);
        k.measures().errorAbsolute(x);
        k.measures().relativeResidual(x);
        for (String measure : List.of("to_first_token", "order", "spread_and_norm", "error_projected")) {
            k.measures().derive(measure, x);
        }
    }
}
