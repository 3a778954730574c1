package org.consensusprobe.torch;

import java.util.Locale;

/** What kernels are called where they are told apart: products by their sizes, attention by its mask. */
final class KernelNames {
    private KernelNames() {}

    /** The name of one call. */
    static String of(String method, Object[] arguments) {
        return switch (method) {
            case "linear" -> product(arguments[1]);
            case "add_linear" -> product(arguments[2]) + " onto the residual";
            case "linear_activation" -> product(arguments[1]) + " with " + activation(arguments[3]);
            case "activation" -> "activation " + activation(arguments[1]);
            case "attention" -> "attention of " + heads(arguments, 3, 6) + bias(arguments[12])
                    + (arguments[13] instanceof Tensor ? ", with sinks" : "");
            case "attention_matrices" -> "attention matrices of " + heads(arguments, 4, 7);
            case "layer_norm" -> "LayerNorm";
            case "rms_norm" -> "RMSNorm";
            case "rotate" -> "rotary positions, halves";
            case "rotate_pairs" -> "rotary positions, pairs";
            case "error" -> "measure: error (eq. 25)";
            default -> method.replace('_', ' ');
        };
    }

    private static String product(Object weight) {
        Tensor w = (Tensor) weight;
        return "product " + w.size(1) + " to " + w.size(0);
    }

    private static String activation(Object name) {
        return name.toString().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static String heads(Object[] arguments, int heads, int causal) {
        long all = (Long) arguments[heads];
        long groups = (Long) arguments[heads + 1];
        long window = (Long) arguments[causal + 1];
        boolean sink = (Boolean) arguments[causal + 2];
        double cap = (Double) arguments[causal + 3];
        double beta = (Double) arguments[causal + 4];
        return all + " heads" + (groups == all ? "" : " over " + groups)
                + ((Boolean) arguments[causal] ? ", causal" : ", full")
                + (window > 0 ? ", window " + window : "")
                + (sink ? "" : ", token 1 unseen")
                + (cap > 0 ? ", capped" : "")
                + (beta == 1 ? "" : ", beta " + beta);
    }

    private static String bias(Object bias) {
        return bias instanceof Tensor ? ", biased" : "";
    }
}
