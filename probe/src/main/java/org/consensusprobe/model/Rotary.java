package org.consensusprobe.model;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;
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
    private final Style style;
    private Table table = new Table(new double[0], 0, new double[0], new double[0]);

    Rotary(double[] shortFrequencies, double[] longFrequencies, int longFrom, double attentionFactor) {
        this(shortFrequencies, longFrequencies, longFrom, attentionFactor, Style.PLAIN);
    }

    private Rotary(double[] shortFrequencies, double[] longFrequencies, int longFrom, double factor, Style style) {
        this.shortFrequencies = shortFrequencies;
        this.longFrequencies = longFrequencies;
        this.longFrom = longFrom;
        this.attentionFactor = factor;
        this.style = style;
    }

    /**
     * How the angles are used.
     *
     * @param pairs whether entries 2i and 2i + 1 turn together instead of i and n + i
     * @param sign 1, or -1 to turn the other way
     * @param growth each token p is multiplied by 1 + growth log(1 + floor(p / step)) besides
     */
    private record Style(boolean pairs, int sign, double growth, int step) {
        static final Style PLAIN = new Style(false, 1, 0, 1);
    }

    /** The same angles on neighbouring entries: 2i and 2i + 1 turn together. */
    Rotary ofPairs() {
        return styled(new Style(true, style.sign, style.growth, style.step));
    }

    /** The same angles the other way round. */
    Rotary backwards() {
        return styled(new Style(style.pairs, -style.sign, style.growth, style.step));
    }

    /** The same angles, token p being multiplied by 1 + growth log(1 + floor(p / step)) besides; heads that turn as a whole. */
    Rotary growing(double growth, int step) {
        return styled(new Style(style.pairs, style.sign, growth, step));
    }

    private Rotary styled(Style other) {
        return new Rotary(shortFrequencies, longFrequencies, longFrom, attentionFactor, other);
    }

    /** How many entries of a head turn, 2n. */
    int turned() {
        return 2 * shortFrequencies.length;
    }

    /** Whether entries 2i and 2i + 1 of a head turn together; else i and n + i. */
    boolean byPairs() {
        return style.pairs;
    }

    /**
     * What a family's class means where a config is silent.
     *
     * @param theta the base of the frequencies
     * @param fraction of a head that turns
     * @param nullIsWhole whether a fraction of {@code null} is the whole head; else it is refused
     * @param original the context before it was extended; 0 where only the file can know it
     */
    record Defaults(double theta, double fraction, boolean nullIsWhole, int original) {
        static final Defaults WHOLE = new Defaults(1e4, 1, true, 0);

        Defaults withTheta(double base) {
            return new Defaults(base, fraction, nullIsWhole, original);
        }
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
        return of(f, headSize, context, Defaults.WHOLE);
    }

    /** As {@link #of(JsonFields, int, int)}, for a family whose class has defaults of its own. */
    static Rotary of(JsonFields f, int headSize, int context, Defaults defaults) {
        JsonFields rope = parameters(f);
        boolean said = rope != f && rope.has("partial_rotary_factor");
        boolean whole = !said && defaults.nullIsWhole && f.isNull("partial_rotary_factor");
        double fraction = whole ? 1 : fraction(f, defaults.fraction);
        double theta = rope.has("rope_theta")
                ? rope.positiveNumber("rope_theta")
                : f.positiveNumberOr("rope_theta", defaults.theta);
        return of(f, rope, theta, (int) (headSize * fraction), headSize, context, defaults.original);
    }

    /** Unscaled frequencies theta^(-2i/rotated) over so many entries of a head, an even number. */
    static Rotary plain(double theta, int rotated) {
        return fixed(frequencies(rotated / 2, i -> 1 / StrictMath.pow(theta, 2.0 * i / rotated)), 1);
    }

    /** The object that says type and parameters, the older where a file has both and it is not empty; else the config itself. */
    static JsonFields parameters(JsonFields f) {
        return f.filledObject("rope_scaling")
                .or(() -> f.filledObject("rope_parameters"))
                .orElse(f);
    }

    /** As {@link #parameters}, for a family whose class has parameters of its own, in JSON, where the config says nothing. */
    static JsonFields parametersOr(JsonFields f, String builtIn) {
        return f.filledObject("rope_scaling")
                .or(() -> f.object("rope_parameters"))
                .orElseGet(() -> JsonFields.of(
                        StrictJson.parse(builtIn.getBytes(StandardCharsets.UTF_8), f.place("rope_parameters"), "JSON"),
                        f.place("rope_parameters")));
    }

    /** Whether a type is one that was made for a longer context than the original. */
    static boolean isScaled(JsonFields rope) {
        return List.of("llama3", "yarn", "longrope").contains(type(rope));
    }

    /** The fraction of a head that turns, or the fallback where the file says none. */
    static double fraction(JsonFields f, double fallback) {
        return Optional.of(parameters(f))
                .filter(rope -> rope != f && rope.has("partial_rotary_factor"))
                .map(rope -> rope.positiveNumber("partial_rotary_factor"))
                .orElseGet(() -> f.positiveNumberOr("partial_rotary_factor", fallback));
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
            case "llama3" -> fixed(
                    RotaryScaling.llama3(rope, frequencies(n, plain), original(f, rope, known, context)), 1);
            case "yarn" -> RotaryScaling.yarn(rope, theta, rotated, n, original(f, rope, known, context), context);
            default -> RotaryScaling.longrope(rope, theta, rotated, n, original(f, rope, known, context), context);
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
                double factor = attentionFactor * (1 + style.growth * StrictMath.log1p(i / n / style.step));
                cos[i] = StrictMath.cos(angle) * factor;
                sin[i] = style.sign * StrictMath.sin(angle) * factor;
            }
            table = new Table(frequencies, tokens, cos, sin);
        }
        return table;
    }

    static Rotary fixed(double[] frequencies, double attentionFactor) {
        return new Rotary(frequencies, frequencies, Integer.MAX_VALUE, attentionFactor);
    }

    static double[] frequencies(int n, IntToDoubleFunction f) {
        return IntStream.range(0, n).mapToDouble(f).toArray();
    }

    /** The type of scaling. */
    static String type(JsonFields rope) {
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
}
