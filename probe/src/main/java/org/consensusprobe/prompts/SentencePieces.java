package org.consensusprobe.prompts;

import java.util.List;

/**
 * A SentencePiece model, whichever file it comes from: its pieces, and what is done to a text before it is cut into them.
 *
 * @param algorithm how a text is cut
 * @param pieces by id
 * @param unknown id of the piece for what no other piece covers
 * @param byteFallback whether such text becomes its UTF-8 bytes instead
 * @param spacing what is done to the text first
 * @param begin the piece for the beginning of a text, null where there is none
 * @param end the piece for its end, null where there is none
 */
record SentencePieces(
        Algorithm algorithm,
        List<Piece> pieces,
        int unknown,
        boolean byteFallback,
        Spacing spacing,
        String begin,
        String end) {
    /** What stands for a space in a piece: U+2581. */
    static final String SPACE = "\u2581";

    /** How a text is cut: the likeliest pieces, or pairs merged by score. */
    enum Algorithm {
        UNIGRAM,
        BPE
    }

    /** What a piece is for; GGUF files have the same kinds with the same numbers. */
    enum Kind {
        NORMAL,
        UNKNOWN,
        /** Stands around texts, never in them. */
        CONTROL,
        /** Is a piece of its own wherever a text holds it. */
        USER_DEFINED,
        UNUSED,
        /** One byte, written {@code <0x0A>}. */
        BYTE;

        /** The kind of that number in files, from 1. */
        static Kind numbered(long number) {
            return values()[(int) number - 1];
        }

        static boolean exists(long number) {
            return number >= 1 && number <= values().length;
        }
    }

    /**
     * A piece.
     *
     * @param score log-probability (unigram), or the higher the sooner it is merged (BPE)
     */
    record Piece(String text, float score, Kind kind) {}

    /**
     * What is done to a text before it is cut.
     *
     * @param charsMap table of characters to replace, in SentencePiece's form; empty where there is none
     * @param prefix whether a space is put before the text
     * @param collapse whether spaces at both ends are removed and those in a row become one
     */
    record Spacing(byte[] charsMap, boolean prefix, boolean collapse) {}

    /** The text of a piece that stands for a byte, 0 to 255. */
    static String bytePiece(int value) {
        return String.format("<0x%02X>", value);
    }
}
