package org.consensusprobe.plan;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.consensusprobe.torch.AttentionShape;

/**
 * Which tokens a token sees, where a run does not take the model's own rule.
 *
 * @param kind of the mask
 * @param size of the window, for {@link Kind#WINDOW} only
 */
public record Mask(Kind kind, int size) {
    /** The kinds of masks. */
    public enum Kind {
        /** The model's own: causal in decoders, full in encoders, with the windows of local layers. */
        OWN,
        /** Token i sees tokens j up to i; windows of local layers stay. */
        CAUSAL,
        /** Every token sees every token; no windows. */
        FULL,
        /** Token i sees tokens j with 0 &lt;= i - j &lt; size, in every layer. */
        WINDOW
    }

    /** The model's own mask. */
    public static final Mask OWN = new Mask(Kind.OWN, 0);

    /** The forms of {@link #parse}, for messages. */
    public static final String FORMS = "causal, full or window:K";

    static final Codec<Mask> CODEC = Codec.text(
            "own, " + FORMS, text -> parse(text).orElseThrow(IllegalArgumentException::new), Mask::optionName);

    private static final Pattern WINDOWED = Pattern.compile("window:([1-9]\\d{0,8})");

    public Mask {
        if ((kind == Kind.WINDOW) != (size > 0)) {
            throw new IllegalArgumentException(kind + " mask of size " + size);
        }
    }

    /** The mask of that name: {@code own}, {@code causal}, {@code full} or {@code window:K}; empty if it is none. */
    public static Optional<Mask> parse(String name) {
        Matcher windowed = WINDOWED.matcher(name);
        if (windowed.matches()) {
            return Optional.of(new Mask(Kind.WINDOW, Integer.parseInt(windowed.group(1))));
        }
        return switch (name) {
            case "own" -> Optional.of(OWN);
            case "causal" -> Optional.of(new Mask(Kind.CAUSAL, 0));
            case "full" -> Optional.of(new Mask(Kind.FULL, 0));
            default -> Optional.empty();
        };
    }

    /** The name that {@link #parse} takes. */
    public String optionName() {
        return kind == Kind.WINDOW ? "window:" + size : kind.name().toLowerCase(java.util.Locale.ROOT);
    }

    /** In words, for titles. */
    String words() {
        return kind == Kind.WINDOW ? "window of " + size : optionName() + " mask";
    }

    /** Attention under this mask. */
    public AttentionShape over(AttentionShape own) {
        return switch (kind) {
            case OWN -> own;
            case CAUSAL -> own.withMask(true, own.window());
            case FULL -> own.withMask(false, 0);
            case WINDOW -> own.withMask(true, size);
        };
    }
}
