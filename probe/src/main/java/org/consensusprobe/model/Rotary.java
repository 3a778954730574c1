package org.consensusprobe.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.common.Problem;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;

/**
 * Rotary positions (Su et al., RoFormer, arXiv 2104.09864): token p turns entries i and n + i of each query and key head by
 * the angle p f_i, with f_i = theta^(-2i/r) over r of the head's entries, n = r/2; entries beyond 2n stay as they are.
 *
 * <p>Configs say it as {@code rope_theta} and {@code rope_scaling} at the top (older) or in {@code rope_parameters} (newer).
 * The types are those of transformers' {@code modeling_rope_utils}: default, linear, dynamic, llama3, yarn, longrope. Explicit
 * factors, as a GGUF file's {@code rope_freqs} has them, are said as longrope with the same {@code short_factor} and
 * {@code long_factor} and {@code attention_factor} 1: f_i is divided by factor i.
 *
 * <p>Tables are computed in float64 with StrictMath, so that no bit depends on a processor or a number of threads.
 */
public final class Rotary {
    private static final List<String> TYPES = List.of("default", "linear", "dynamic", "llama3", "yarn", "longrope");
    private static final int MAX_CONTEXT = 1 << 30;

    private final double[] shortFrequencies;
    private final double[] longFrequencies;
    private final int longFrom;
    private final double attentionFactor;
    private final boolean byPairs;
    private Table table = new Table(new double[0], 0, new double[0], new double[0]);

    private Rotary(
            double[] shortFrequencies,
            double[] longFrequencies,
            int longFrom,
            double attentionFactor,
            boolean byPairs) {
        this.shortFrequencies = shortFrequencies;
        this.longFrequencies = longFrequencies;
        this.longFrom = longFrom;
        this.attentionFactor = attentionFactor;
        this.byPairs = byPairs;
    }

    /** Cosines and sines [T, n] of the first tokens. */
    private record Table(double[] frequencies, int tokens, double[] cos, double[] sin) {}

    /**
     * Reads a config's rotary positions.
     *
     * @param headSize entries of one head
     * @param context the longest prompt: {@code max_position_embeddings}
     * @throws Problem if a field is missing, wrong, or asks for what is not implemented
     */
    public static Rotary of(JsonFields f, int headSize, int context) {
        return of(f, headSize, context, 0);
    }

    /**
     * As {@link #of(JsonFields, int, int)}, for a family whose class knows the context before it was extended.
     *
     * @param original that context; 0 where only the file can know it
     */
    static Rotary of(JsonFields f, int headSize, int context, int original) {
        JsonFields rope = parameters(f);
        double fraction = rope != f && rope.has("partial_rotary_factor")
                ? rope.positiveNumber("partial_rotary_factor")
                : original == 0 && f.isNull("partial_rotary_factor")
                        ? 1
                        : f.positiveNumberOr("partial_rotary_factor", 1);
        double theta =
                rope.has("rope_theta") ? rope.positiveNumber("rope_theta") : f.positiveNumberOr("rope_theta", 1e4);
        return of(f, rope, theta, (int) (headSize * fraction), headSize, context, original);
    }

    /** Unscaled frequencies theta^(-2i/rotated) over so many entries of a head, an even number. */
    static Rotary plain(double theta, int rotated) {
        return fixed(frequencies(rotated / 2, i -> 1 / StrictMath.pow(theta, 2.0 * i / rotated)), 1);
    }

    /** The same angles for neighbours: entries 2i and 2i + 1 of a head are turned together. */
    Rotary ofPairs() {
        return new Rotary(shortFrequencies, longFrequencies, longFrom, attentionFactor, true);
    }

    /** Whether neighbouring entries of a head are turned together, rather than those of its two halves. */
    boolean byPairs() {
        return byPairs;
    }

    /** The object that says type and parameters, the older where a file has both and it is not empty; else the config itself. */
    static JsonFields parameters(JsonFields f) {
        return f.filledObject("rope_scaling")
                .or(() -> f.filledObject("rope_parameters"))
                .orElse(f);
    }

    /**
     * As {@link #of(JsonFields, int, int)}, for a family that names base and fraction in its own way.
     *
     * @param rope the fields that hold the type and its parameters; the config itself where it has no such object
     * @param theta the base of the frequencies
     * @param rotated how many entries of a head are turned
     */
    public static Rotary of(JsonFields f, JsonFields rope, double theta, int rotated, int headSize, int context) {
        return of(f, rope, theta, rotated, headSize, context, 0);
    }

    private static Rotary of(
            JsonFields f, JsonFields rope, double theta, int rotated, int headSize, int context, int known) {
        for (String nested : List.of("full_attention", "sliding_attention")) {
            rope.implementedOnly(nested, (Object) null);
        }
        String type = rope == f ? "default" : type(rope);
        int n = (rotated + 1) / 2;
        if (rotated == headSize && headSize % 2 == 1) {
            throw Problem.input(
                    "%s: heads of %d entries have no halves for rotary positions to turn; expected an even number.",
                    f.place("head_dim"), headSize);
        }
        if (n < 1 || 2 * n > headSize) {
            throw rope.refused("partial_rotary_factor", "one that turns 2 to " + headSize + " entries of a head");
        }
        IntToDoubleFunction plain = i -> 1 / StrictMath.pow(theta, 2.0 * i / rotated);
        return switch (type) {
                // dynamic scaling begins beyond the context, where no prompt is
            case "default" -> fixed(frequencies(n, plain), 1);
            case "dynamic" -> {
                rope.positiveNumber("factor");
                yield fixed(frequencies(n, plain), 1);
            }
            case "linear" -> {
                double factor = rope.positiveNumber("factor");
                yield fixed(frequencies(n, i -> plain.applyAsDouble(i) / factor), 1);
            }
            case "llama3" -> fixed(llama3(rope, frequencies(n, plain), original(f, rope, known, context)), 1);
            case "yarn" -> yarn(rope, theta, rotated, n, original(f, rope, known, context), context);
            default -> longrope(rope, theta, rotated, n, original(f, rope, known, context), context);
        };
    }

    /**
     * The table that {@link Kernels#rotate} takes.
     *
     * @return float64 [2, T, n] on the CPU
     */
    Tensor table(Kernels kernels, int tokens) {
        Table first = cover(tokens);
        int n = first.frequencies.length;
        double[] both = Arrays.copyOf(first.cos, 2 * tokens * n);
        System.arraycopy(first.sin, 0, both, tokens * n, tokens * n);
        return kernels.tensors().values(both, 2, tokens, n);
    }

    private synchronized Table cover(int tokens) {
        double[] frequencies = tokens > longFrom ? longFrequencies : shortFrequencies;
        if (table.frequencies != frequencies || table.tokens < tokens) {
            int n = frequencies.length;
            double[] cos = new double[Math.multiplyExact(tokens, n)];
            double[] sin = new double[tokens * n];
            for (int i = 0; i < cos.length; i++) {
                double angle = i / n * frequencies[i % n];
                cos[i] = StrictMath.cos(angle) * attentionFactor;
                sin[i] = StrictMath.sin(angle) * attentionFactor;
            }
            table = new Table(frequencies, tokens, cos, sin);
        }
        return table;
    }

    private static Rotary fixed(double[] frequencies, double attentionFactor) {
        return new Rotary(frequencies, frequencies, Integer.MAX_VALUE, attentionFactor, false);
    }

    private static double[] frequencies(int n, IntToDoubleFunction f) {
        return IntStream.range(0, n).mapToDouble(f).toArray();
    }

    private static String type(JsonFields rope) {
        String key = rope.has("rope_type") ? "rope_type" : "type"; // older files say type
        String type = rope.textOr(key, "default");
        if (type.equals("su") || type.equals("yarn") && rope.has("short_factor")) {
            return "longrope"; // its names in the first Phi-3 files
        }
        if (!TYPES.contains(type)) {
            throw rope.refused(key, "one of " + String.join(", ", TYPES) + " (others are not implemented)");
        }
        return type;
    }

    /** The context before it was extended: of the class that knows it, at the top, or beside the type. */
    private static int original(JsonFields f, JsonFields rope, int known, int context) {
        String key = "original_max_position_embeddings";
        return known > 0
                ? known
                : f.has(key) ? f.positiveInt(key, MAX_CONTEXT) : rope.positiveIntOr(key, context, Integer.MAX_VALUE);
    }

    /** Llama 3.1: long waves are slowed by a factor, short ones kept, those between interpolated. */
    private static double[] llama3(JsonFields rope, double[] plain, int original) {
        double factor = rope.positiveNumber("factor");
        double low = rope.positiveNumber("low_freq_factor");
        double high = rope.positiveNumber("high_freq_factor");
        if (high <= low) {
            throw rope.refused("high_freq_factor", "above low_freq_factor, " + low);
        }
        return Arrays.stream(plain)
                .map(frequency -> {
                    double wave = 2 * Math.PI / frequency;
                    double smooth = (original / wave - low) / (high - low);
                    return wave < original / high
                            ? frequency
                            : wave > original / low
                                    ? frequency / factor
                                    : (1 - smooth) * frequency / factor + smooth * frequency;
                })
                .toArray();
    }

    /** YaRN (Peng et al., arXiv 2309.00071): interpolation by wavelength, and a factor on cosines and sines. */
    private static Rotary yarn(JsonFields rope, double theta, int rotated, int n, int original, int context) {
        double factor = rope.isNull("factor") ? (double) context / original : rope.positiveNumber("factor");
        double fast = orDefault(rope, "beta_fast", 32);
        double slow = orDefault(rope, "beta_slow", 1);
        double from = rotated * Math.log(original / (fast * 2 * Math.PI)) / (2 * Math.log(theta));
        double to = rotated * Math.log(original / (slow * 2 * Math.PI)) / (2 * Math.log(theta));
        boolean truncate = !rope.isNull("truncate") && rope.boolOr("truncate", true);
        double low = Math.max(truncate ? Math.floor(from) : from, 0);
        double high = Math.min(truncate ? Math.ceil(to) : to, rotated - 1);
        double width = low == high ? 0.001 : high - low;
        double mscale = orDefault(rope, "mscale", 0);
        double mscaleAllDim = orDefault(rope, "mscale_all_dim", 0);
        double attention = rope.optionalNumber("attention_factor")
                .orElse(
                        mscale != 0 && mscaleAllDim != 0
                                ? magnitude(factor, mscale) / magnitude(factor, mscaleAllDim)
                                : magnitude(factor, 1));
        double[] frequencies = frequencies(n, i -> {
            double wave = StrictMath.pow(theta, 2.0 * i / rotated);
            double extrapolated = 1 - Math.min(1, Math.max(0, (i - low) / width));
            return 1 / (factor * wave) * (1 - extrapolated) + 1 / wave * extrapolated;
        });
        return fixed(frequencies, attention);
    }

    private static double magnitude(double factor, double scale) {
        return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
    }

    private static double orDefault(JsonFields rope, String key, double fallback) {
        return rope.optionalNumber(key).filter(v -> v != 0).orElse(fallback);
    }

    /** LongRoPE (Ding et al., arXiv 2402.13753): a divisor of every frequency, another one beyond the original context. */
    private static Rotary longrope(JsonFields rope, double theta, int rotated, int n, int original, int context) {
        double factor = rope.optionalNumber("factor").orElse((double) context / original);
        double attention = rope.optionalNumber("attention_factor")
                .orElse(factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original)));
        double[] shortFactors = factors(rope, "short_factor", n);
        double[] longFactors = factors(rope, "long_factor", n);
        return new Rotary(
                frequencies(n, i -> 1 / (shortFactors[i] * StrictMath.pow(theta, 2.0 * i / rotated))),
                frequencies(n, i -> 1 / (longFactors[i] * StrictMath.pow(theta, 2.0 * i / rotated))),
                original,
                attention,
                false);
    }

    private static double[] factors(JsonFields rope, String key, int n) {
        double[] factors = rope.list(key).stream()
                .filter(JsonNode::isNumber)
                .mapToDouble(JsonNode::doubleValue)
                .filter(v -> v > 0)
                .toArray();
        if (factors.length != n || rope.list(key).size() != n) {
            throw rope.refused(key, "a list of " + n + " positive numbers");
        }
        return factors;
    }
}
