package org.consensusprobe.plan;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What enters the first block of the first pass; in a model whose loop is given the embedding in every pass, what enters the loop.
 *
 * @param kind where the states come from
 * @param file of {@link Kind#FILE}
 * @param perturbation of {@link Kind#CONSENSUS}: its size relative to the token's norm
 * @param own seed of {@link Kind#UNIFORM}, where it is not the run's
 * @param text as it was asked for
 */
public record Initial(Kind kind, Optional<Path> file, double perturbation, OptionalLong own, String text) {
    /** Where states come from. */
    public enum Kind {
        /** The embedding of the prompts, h0. */
        EMBEDDING,
        /** An array [prompts, tokens, dim]. */
        FILE,
        /** Directions drawn uniformly on the sphere, each at the norm of the token's embedding. */
        UNIFORM,
        /** Every token the prompt's first, moved by a fixed relative distance in a direction of its own. */
        CONSENSUS,
        /** Zeros, in a loop that is given the embedding in every pass. */
        ZERO,
        /** Drawn as the model itself draws what enters such a loop. */
        DRAWN
    }

    /** The embedding of the prompts. */
    public static final Initial EMBEDDING =
            new Initial(Kind.EMBEDDING, Optional.empty(), 0, OptionalLong.empty(), "embedding");

    /** Zeros. */
    public static final Initial ZERO = new Initial(Kind.ZERO, Optional.empty(), 0, OptionalLong.empty(), "zero");

    /** In place of prompts: as many and as long as a file of initial states says. */
    public static final String PROMPTS = "initial";

    /** The forms of {@link #parse}, for messages. */
    public static final String FORMS =
            "embedding, uniform, uniform@SEED, consensus+SIZE (such as consensus+1e-6), a FILE.npy, zero or drawn";

    static final Codec<Initial> CODEC = Codec.text(FORMS, Initial::parse, Initial::text);

    private static final Pattern UNIFORM = Pattern.compile("uniform@(\\d{1,18})");
    private static final Pattern CONSENSUS =
            Pattern.compile("consensus\\+(\\d+(?:\\.\\d*)?(?:e[-+]?\\d{1,3})?)", Pattern.CASE_INSENSITIVE);

    /**
     * Reads a form; a file is not looked at yet.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static Initial parse(String text) {
        Matcher consensus = CONSENSUS.matcher(text);
        if (consensus.matches()) {
            double size = Double.parseDouble(consensus.group(1));
            if (size > 1) {
                throw new IllegalArgumentException("a perturbation is 0 to 1 of the token's norm");
            }
            return new Initial(
                    Kind.CONSENSUS, Optional.empty(), size, OptionalLong.empty(), text.toLowerCase(Locale.ROOT));
        }
        if (text.endsWith(".npy")) {
            return new Initial(Kind.FILE, Optional.of(Path.of(text)), 0, OptionalLong.empty(), text);
        }
        Matcher seeded = UNIFORM.matcher(text);
        if (seeded.matches()) {
            return uniform(Long.parseLong(seeded.group(1)));
        }
        return switch (text) {
            case "embedding" -> EMBEDDING;
            case "zero" -> ZERO;
            case "drawn" -> new Initial(Kind.DRAWN, Optional.empty(), 0, OptionalLong.empty(), text);
            case "uniform" -> new Initial(Kind.UNIFORM, Optional.empty(), 0, OptionalLong.empty(), text);
            default -> throw new IllegalArgumentException();
        };
    }

    /** Uniform directions from a seed of their own, whatever the run's is: several starts of the very same weights. */
    public static Initial uniform(long seed) {
        return new Initial(Kind.UNIFORM, Optional.empty(), 0, OptionalLong.of(seed), "uniform@" + seed);
    }

    /** Whether the run's seed decides over the states. */
    public boolean isDrawn() {
        return kind == Kind.UNIFORM && own.isEmpty()
                || kind == Kind.DRAWN
                || kind == Kind.CONSENSUS && perturbation > 0;
    }

    /** Whether states are made in the place of the embedding; of {@code consensus+0} too, for which nothing is drawn. */
    public boolean replacesEmbedding() {
        return kind == Kind.UNIFORM || kind == Kind.CONSENSUS || kind == Kind.DRAWN;
    }

    /** The name for manifests: as it was asked for, without the folders that a file lies in. */
    public String recordedName() {
        return file.map(f -> String.valueOf(f.getFileName())).orElse(text);
    }

    /** The same without the folders that a file lies in, for manifests. */
    Initial recorded() {
        return new Initial(kind, file.map(Path::getFileName), perturbation, own, recordedName());
    }

    /** In words, for titles. */
    String words(long seed) {
        String drawn = isDrawn() || own.isPresent() ? " (seed " + own.orElse(seed) + ")" : "";
        return switch (kind) {
            case EMBEDDING -> "from the embedding";
            case FILE -> "from " + recordedName();
            case UNIFORM -> "from uniform directions" + drawn;
            case ZERO -> "from zeros";
            case DRAWN -> "from the model's own draw" + drawn;
            case CONSENSUS -> "from " + text.replace("+", " + ") + drawn;
        };
    }
}
