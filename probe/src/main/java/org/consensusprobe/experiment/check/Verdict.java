package org.consensusprobe.experiment.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import org.consensusprobe.measure.Measures;

/**
 * What a check finds.
 *
 * <p>A model is collapsed at a depth where the error and the error without token 1 are both under the threshold.
 *
 * @param threshold of collapse
 * @param trained the checkpoint's run
 * @param shuffled the run of its entries permuted: the control for weight scale
 * @param random the run of its initialisation
 */
public record Verdict(String model, double threshold, Profile trained, Profile shuffled, Profile random) {
    private static final List<Depth> DEPTHS = List.of(Depth.NATIVE, Depth.END);
    /** Rates closer than this many decades per pass are called the same. */
    private static final double SAME_RATE = 0.02;

    List<Depth> depths() {
        return trained.passes() == 1 ? List.of(Depth.NATIVE) : DEPTHS;
    }

    /** The checkpoint and its twins. */
    List<Profile> profiles() {
        return List.of(trained, shuffled, random);
    }

    /** Whether the checkpoint has collapsed at native depth. */
    public boolean collapsedAtNativeDepth() {
        return trained.collapsed(Depth.NATIVE, threshold);
    }

    /** The verdict in words, a sentence or two a line. */
    public List<String> words() {
        List<String> words = new ArrayList<>();
        words.add(summary());
        trained.collapsedFrom(threshold)
                .ifPresent(depth -> words.add(String.format(
                        Locale.ROOT,
                        "It is collapsed from depth %d on (native depth is %d).",
                        depth,
                        trained.layers())));
        words.add(rates());
        for (Depth depth : depths()) {
            words.add(controls(depth));
        }
        return words;
    }

    private String summary() {
        boolean atNative = collapsedAtNativeDepth();
        boolean atEnd = trained.collapsed(Depth.END, threshold);
        if (trained.passes() == 1) {
            return model + (atNative ? " has collapsed at native depth." : " has not collapsed at native depth.");
        }
        String passes = " after " + trained.passes() + " recycled passes";
        if (atNative == atEnd) {
            return model + (atNative ? " has collapsed, at native depth and" : " has not collapsed, at native depth or")
                    + passes + ".";
        }
        return model
                + (atNative
                        ? " has collapsed at native depth, but not" + passes + "."
                        : " has not collapsed at native depth, but has" + passes + ".");
    }

    private String rates() {
        OptionalDouble own = trained.decadesPerPass();
        if (own.isEmpty()) {
            return trained.passes() == 1
                    ? "One pass shows no rate; give --passes 2 or more."
                    : "No rate: the error is at its floor after the first pass.";
        }
        return String.format(
                Locale.ROOT,
                "%s; %s; %s.",
                fall(own.getAsDouble()),
                against(own.getAsDouble(), shuffled),
                against(own.getAsDouble(), random));
    }

    private static String fall(double decades) {
        if (Math.abs(decades) < SAME_RATE) {
            return "From pass to pass its error stays as it is";
        }
        return String.format(
                Locale.ROOT, "Its error %s by %.2f decades a pass", decades > 0 ? "falls" : "rises", Math.abs(decades));
    }

    private static String against(double own, Profile twin) {
        OptionalDouble rate = twin.decadesPerPass();
        if (rate.isEmpty()) {
            return "its " + twin.weights() + " twin is at its floor after the first pass";
        }
        double faster = own - rate.getAsDouble();
        String comparison = Math.abs(faster) < SAME_RATE ? "as fast as" : faster > 0 ? "faster than" : "slower than";
        return String.format(Locale.ROOT, "%s its %s twin (%.2f)", comparison, twin.weights(), rate.getAsDouble());
    }

    private String controls(Depth depth) {
        List<String> said = new ArrayList<>();
        boolean collapsed = trained.collapsed(depth, threshold);
        double error = trained.at(Measures.ERROR, depth);
        double without = trained.at(Measures.ERROR_WITHOUT_TOKEN_1, depth);
        double across = trained.at(Measures.ACROSS_PROMPT_SIMILARITY, depth);
        if (!collapsed && without < threshold) {
            said.add("all tokens but the first agree: the first is an outlier, which hides their consensus");
        }
        if (collapsed && across > 1 - threshold) {
            said.add("tokens of different prompts agree too, so this is a drift common to all input");
        } else if (collapsed) {
            said.add("different prompts stay apart, so their tokens agree with each other, not with everything");
        }
        if (collapsed && shuffled.collapsed(depth, threshold)) {
            said.add("its shuffled twin has collapsed too: the scale of the weights is enough for it");
        } else if (shuffled.collapsed(depth, threshold)) {
            said.add("its shuffled twin has collapsed: what was learned keeps the tokens apart");
        } else if (collapsed) {
            said.add("its shuffled twin has not collapsed: what was learned brings the tokens together");
        }
        if (random.collapsed(depth, threshold)) {
            said.add("its random twin has collapsed");
        }
        return String.format(
                Locale.ROOT,
                "At %s depth: error %.3g, without token 1 %.3g, similarity across prompts %.3g%s.",
                depth == Depth.NATIVE ? "native" : "the last",
                error,
                without,
                across,
                said.isEmpty() ? "" : "; " + String.join("; ", said));
    }
}
