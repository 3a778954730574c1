package org.consensusprobe.model;

import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Collections;
import java.util.List;
import org.consensusprobe.common.JsonFields;

/**
 * The text parts of Qwen2-VL, Qwen2.5-VL and Qwen3-VL, {@code model_type} "qwen2_vl_text", "qwen2_5_vl_text" and "qwen3_vl_text":
 * Qwen2 and Qwen3 with defaults of their own. Their rotary positions have a part of each head for time, height and width; at
 * tokens of text all three are the token's place, which leaves plain rotary positions, whether the parts are sections of the head
 * or take turns ({@code mrope_interleaved}).
 */
final class QwenVl {
    private QwenVl() {}

    static Llama second(JsonFields f) {
        return second(f, "qwen2_vl_text");
    }

    static Llama secondAndHalf(JsonFields f) {
        return second(f, "qwen2_5_vl_text");
    }

    private static Llama second(JsonFields f, String type) {
        DecoderConfig.Defaults defaults = DecoderConfig.Defaults.of(152_064, 8192, 29_568, 80, 64, 32_768)
                .withKeyValueHeads(8, true)
                .withNullHeadSize()
                .withEps(1e-5)
                .withTheta(1e6);
        DecoderConfig config = DecoderConfig.of(f, type, defaults).requireWholeHeads(f);
        f.implementedOnly("head_dim", config.width() / config.heads(), null);
        JsonFields rope = Rotary.parameters(f);
        if (rope != f
                && rope.textOr(rope.has("rope_type") ? "rope_type" : "type", "default")
                        .equals("mrope")) {
            rope = rope.saying("rope_type", TextNode.valueOf("default"));
        }
        requireSections(rope, config.headSize() / 2);
        Mlp mlp = Mlp.gated(config, false, RotaryDecoder.activation(f, "hidden_act", "silu"));
        return new Llama(
                config, config.wholeRotary(f, rope), mlp, Qwen2.switchableWindows(f, config.layers(), 80), true, false);
    }

    /** The sections of the angles of a head must be all of it: 16, 24 and 24 where the file says none. */
    private static void requireSections(JsonFields rope, int angles) {
        List<Integer> sections =
                rope.has("mrope_section") ? rope.integers("mrope_section", 0, angles) : List.of(16, 24, 24);
        if (sections.stream().mapToInt(Integer::intValue).sum() != angles) {
            throw rope.refused("mrope_section", "sections of " + angles + " angles in all, half a head");
        }
    }

    static Qwen3 third(JsonFields f) {
        DecoderConfig config = DecoderConfig.of(
                f,
                "qwen3_vl_text",
                DecoderConfig.Defaults.of(151_936, 4096, 22_016, 32, 32, 128_000)
                        .withKeyValueHeads(32, true)
                        .withHeadSize(128)
                        .withTheta(5e5));
        Mlp mlp = Mlp.gated(config, false, RotaryDecoder.activation(f, "hidden_act", "silu"));
        boolean bias = f.boolOr("attention_bias", false);
        return new Qwen3(
                config,
                config.wholeRotary(f),
                Collections.nCopies(config.layers(), mlp),
                config.noWindows(),
                bias,
                bias);
    }
}
