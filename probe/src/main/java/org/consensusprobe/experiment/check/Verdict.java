package org.consensusprobe.experiment.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.consensusprobe.plan.MeasureNames;

/**
 * What a check finds.
 *
 * <p>A model is collapsed at a depth where the error and the error without token 1 are both under the threshold.
 *
 * @param threshold of collapse
 * @param trained the checkpoint's run
 * @param shuffled the run of its entries permuted: the control for weight scale
 * @param random the run of its initialisation
 * @param paces how fast their errors fall
 * @param stability of consensus under the checkpoint; empty if it could not be measured
 */
public record Verdict(
        String model,
        double threshold,
        Profile trained,
        Profile shuffled,
        Profile random,
        Pace.Paces paces,
        Optional<Stability> stability) {
    private static final List<Depth> DEPTHS = List.of(Depth.NATIVE, Depth.END);

    List<Depth> depths() {
        return trained.route().passes() == 1 ? List.of(Depth.NATIVE) : DEPTHS;
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
                        trained.route().nativeDepth())));
        words.add(rates());
        words.add(stability.map(Stability::words).orElse("The stability of consensus could not be measured."));
        for (Depth depth : depths()) {
            words.add(controls(depth));
        }
        return words;
    }

    private String summary() {
        boolean atNative = collapsedAtNativeDepth();
        boolean atEnd = trained.collapsed(Depth.END, threshold);
        if (trained.route().passes() == 1) {
            return model + (atNative ? " has collapsed at native depth." : " has not collapsed at native depth.");
        }
        String passes = " after " + trained.route().passes() + " recycled passes";
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
        Optional<Pace> own = paces.own().get(trained.weights());
        return own.map(pace -> fall(pace) + "; " + against(shuffled) + "; " + against(random) + ".")
                .orElseGet(() -> "No rate of decay: " + paces.remark() + ".");
    }

    private static String fall(Pace pace) {
        if (!pace.isTold()) {
            return "From pass to pass its error neither falls nor rises, as far as these prompts tell "
                    + interval(pace);
        }
        return String.format(
                Locale.ROOT,
                "Its error %s by %.2g decades a pass %s",
                pace.decades() > 0 ? "falls" : "rises",
                Math.abs(pace.decades()),
                interval(pace));
    }

    private String against(Profile twin) {
        return paces.lead()
                .get(twin.weights())
                .map(lead -> {
                    String comparison = !lead.isTold()
                            ? "no faster or slower than"
                            : lead.decades() > 0 ? "falling faster than" : "falling slower than";
                    return comparison + " its " + twin.weights() + " twin " + interval(lead);
                })
                .orElse("its " + twin.weights() + " twin has no rate to compare with");
    }

    private static String interval(Pace pace) {
        return Double.isNaN(pace.low())
                ? String.format(Locale.ROOT, "(%+.2g)", pace.decades())
                : String.format(
                        Locale.ROOT, "(%+.2g, 95 %% interval %+.2g to %+.2g)", pace.decades(), pace.low(), pace.high());
    }

    private String controls(Depth depth) {
        List<String> said = new ArrayList<>();
        boolean collapsed = trained.collapsed(depth, threshold);
        double error = trained.at(MeasureNames.ERROR, depth);
        double without = trained.at(MeasureNames.ERROR_WITHOUT_TOKEN_1, depth);
        double across = trained.at(MeasureNames.ACROSS_PROMPT_SIMILARITY, depth);
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
