package org.consensusprobe.torch;

import java.util.Map;
import java.util.TreeSet;
import org.consensusprobe.common.Problem;

/** The activations of feed-forward layers, under the names of transformers' {@code ACT2FN}. */
public enum Activation {
    /** x Phi(x), through the error function. */
    GELU_ERF,
    /** The tanh form of GELU: x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))). */
    GELU_TANH,
    /** The tanh form with transformers' rounded constant 0.7978845608. */
    GELU_FAST,
    /** The tanh form with BLOOM's constant 0.79788456. */
    GELU_BLOOM,
    /** x sigmoid(1.702 x). */
    GELU_QUICK,
    /** max(x, 0). */
    RELU,
    /** max(x, 0)^2. */
    RELU_SQUARED,
    /** x sigmoid(x). */
    SILU,
    /** 1 / (1 + exp(-x)). */
    SIGMOID,
    /** tanh(x). */
    TANH;

    private static final Map<String, Activation> TRANSFORMERS_NAMES = Map.ofEntries(
            Map.entry("gelu", GELU_ERF),
            Map.entry("gelu_python", GELU_ERF),
            Map.entry("gelu_new", GELU_TANH),
            Map.entry("gelu_pytorch_tanh", GELU_TANH),
            Map.entry("gelu_python_tanh", GELU_TANH),
            Map.entry("gelu_accurate", GELU_TANH),
            Map.entry("gelu_fast", GELU_FAST),
            Map.entry("quick_gelu", GELU_QUICK),
            Map.entry("relu", RELU),
            Map.entry("relu2", RELU_SQUARED),
            Map.entry("sigmoid", SIGMOID),
            Map.entry("silu", SILU),
            Map.entry("swish", SILU),
            Map.entry("tanh", TANH));

    /**
     * The activation that transformers gives that name.
     *
     * @param where file and key, for the message
     * @throws Problem if the name is not known here
     */
    public static Activation named(String name, String where) {
        Activation found = TRANSFORMERS_NAMES.get(name);
        if (found == null) {
            throw Problem.input(
                    "%s: the activation \"%s\" is not implemented; known: %s.",
                    where, name, String.join(", ", new TreeSet<>(TRANSFORMERS_NAMES.keySet())));
        }
        return found;
    }

    String kernelName() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
