package org.consensusprobe.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import org.consensusprobe.common.JsonFields;

/** The ways in which rotary frequencies are changed for longer contexts, as in transformers' {@code modeling_rope_utils}. */
final class RotaryScaling {
    private RotaryScaling() {}

    /** Llama 3.1: long waves are slowed by a factor, short ones kept, those between interpolated. */
    static double[] llama3(JsonFields rope, double[] plain, int original) {
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
    static Rotary yarn(JsonFields rope, double theta, int rotated, int n, int original, int context) {
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
        double[] frequencies = Rotary.frequencies(n, i -> {
            double wave = StrictMath.pow(theta, 2.0 * i / rotated);
            double extrapolated = 1 - Math.min(1, Math.max(0, (i - low) / width));
            return 1 / (factor * wave) * (1 - extrapolated) + 1 / wave * extrapolated;
        });
        return Rotary.fixed(frequencies, attention);
    }

    /**
     * What a scaled type multiplies scores by in latent attention: {@code mscale_all_dim}'s magnitude, squared.
     *
     * @param rope the fields that hold the type; the config itself where there is none
     */
    static double ofScores(JsonFields f, JsonFields rope) {
        double scale = rope == f || Rotary.type(rope).equals("default") ? 0 : orDefault(rope, "mscale_all_dim", 0);
        if (scale == 0) {
            return 1;
        }
        double magnitude = magnitude(rope.positiveNumber("factor"), scale);
        return magnitude * magnitude;
    }

    private static double magnitude(double factor, double scale) {
        return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
    }

    private static double orDefault(JsonFields rope, String key, double fallback) {
        return rope.optionalNumber(key).filter(v -> v != 0).orElse(fallback);
    }

    /** LongRoPE (Ding et al., arXiv 2402.13753): a divisor of every frequency, another one beyond the original context. */
    static Rotary longrope(JsonFields rope, double theta, int rotated, int n, int original, int context) {
        double factor = rope.optionalNumber("factor").orElse((double) context / original);
        double attention = rope.optionalNumber("attention_factor")
                .orElse(factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original)));
        double[] shortFactors = factors(rope, "short_factor", n);
        double[] longFactors = factors(rope, "long_factor", n);
        return new Rotary(
                Rotary.frequencies(n, i -> 1 / (shortFactors[i] * StrictMath.pow(theta, 2.0 * i / rotated))),
                Rotary.frequencies(n, i -> 1 / (longFactors[i] * StrictMath.pow(theta, 2.0 * i / rotated))),
                original,
                attention);
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
