package org.consensusprobe.experiment.settle;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.settle.Motion.Thresholds;

/**
 * Where verdicts part, as the user has set them.
 *
 * @param motion of what states do
 * @param collapsed errors below it, or within ten times the floor, have collapsed
 * @param same ends nearer to each other than this share of their norm are one
 */
public record Limits(Thresholds motion, double collapsed, double same) {
    /** Names of the thresholds that can be set. */
    public static final List<String> NAMES =
            List.of("settled", "grown", "closed", "open", "straight", "falling", "collapsed", "same");

    /**
     * The usual ones, with some set otherwise.
     *
     * @param float64 whether states are float64
     * @param set by name
     * @throws Problem if a name is unknown, or a number is not above 0
     */
    public static Limits of(boolean float64, Map<String, Double> set) {
        Thresholds usual = Thresholds.usual(float64);
        Map<String, Double> all = new TreeMap<>(Map.of(
                "settled", usual.settled(),
                "grown", usual.grown(),
                "closed", usual.closed(),
                "open", usual.open(),
                "straight", usual.straight(),
                "falling", usual.falling(),
                "collapsed", 1e-4,
                "same", 1e-3));
        set.forEach((name, value) -> {
            if (!NAMES.contains(name)) {
                throw Problem.input("--threshold %s: expected one of %s.", name, String.join(", ", NAMES));
            }
            if (value == null || !(value > 0) || !Double.isFinite(value)) {
                throw Problem.input("--threshold %s=%s: expected a number above 0.", name, value);
            }
            all.put(name, value);
        });
        return new Limits(
                new Thresholds(
                        all.get("settled"),
                        all.get("grown"),
                        all.get("closed"),
                        all.get("open"),
                        all.get("straight"),
                        all.get("falling"),
                        usual.rounding()),
                all.get("collapsed"),
                all.get("same"));
    }

    /** What the words of a table mean, in lines. */
    public List<String> words() {
        Thresholds t = motion;
        return List.of(
                "prompts: how many do so, and the least share of all such prompts that fits (95 %, one-sided); directions: the",
                "same question of unit tokens; mixed: no kind has more than half of the prompts.",
                "step, ratio, angle: medians over prompts, of the last |d| / |x|, and of |d_k| / |d_(k-1)| and cos(d_k, d_(k-1))",
                "in the last quarter of passes; error: median at the end; across prompts: near 1, the limit forgets the prompt.",
                String.format(
                        Locale.ROOT,
                        "settles: step < %.0e, ratio < 1; cycles: returns within %.0e and %.2g of smaller lags; drifts: angle > %.2g;",
                        t.settled(),
                        t.closed(),
                        t.open(),
                        t.straight()),
                String.format(
                        Locale.ROOT,
                        "diverges: grows %.3gx over the last half; wanders: else, and where what drifts or diverges has steps that",
                        t.grown()),
                String.format(
                        Locale.ROOT,
                        "fall below %.2g of the quarter before; collapses: error < %.0e or within ten floors.",
                        t.falling(),
                        collapsed));
    }
}
