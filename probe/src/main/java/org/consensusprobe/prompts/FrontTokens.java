package org.consensusprobe.prompts;

import java.util.Arrays;
import org.consensusprobe.common.Problem;

/** The special tokens that a tokenizer puts in front of a text: a model's beginning of a sequence, or its class token. */
final class FrontTokens {
    private static final String PROBE = "a";

    private FrontTokens() {}

    /**
     * Their ids.
     *
     * @throws Problem if there are none, or they cannot be told from a text's own
     */
    static int[] of(Tokenizer tokenizer, PromptContext context) {
        int[] plain = encoded(tokenizer, false);
        int[] whole = encoded(tokenizer, true);
        int length = 0;
        while (length + plain.length <= whole.length
                && !Arrays.equals(plain, Arrays.copyOfRange(whole, length, length + plain.length))) {
            length++;
        }
        boolean found = length + plain.length <= whole.length && (plain.length > 0 || whole.length == 0);
        if (found && length == 0) {
            throw Problem.input(
                    "--bos: the tokenizer of %s puts no special token in front of a text (%s); leave the option out.",
                    context.modelName(), tokenizer.file().getFileName());
        }
        int[] front = Arrays.copyOf(whole, length);
        if (!found || Arrays.stream(front).anyMatch(id -> id < 0 || id >= context.vocabulary())) {
            throw Problem.input(
                    "--bos: what %s puts in front of a text are no ids of %s; name the model's own tokenizer with --tokenizer.",
                    tokenizer.file(), context.modelName());
        }
        return front;
    }

    private static int[] encoded(Tokenizer tokenizer, boolean special) {
        try {
            return tokenizer.encode(PROBE, special);
        } catch (IllegalArgumentException e) {
            throw Problem.input(e, "--bos: %s: %s.", tokenizer.file(), e.getMessage());
        }
    }

    /** Ids behind others. */
    static int[] join(int[] front, int[] ids) {
        int[] all = Arrays.copyOf(front, front.length + ids.length);
        System.arraycopy(ids, 0, all, front.length, ids.length);
        return all;
    }

    /**
     * What a text is encoded as, with the special tokens in front or without.
     *
     * @param ids as the tokenizer gives them
     * @param theirs whether it was asked for its special tokens
     */
    static int[] of(int[] ids, boolean theirs, int[] front, boolean on) {
        boolean there = theirs && Arrays.equals(front, Arrays.copyOf(ids, Math.min(front.length, ids.length)));
        if (there == on) {
            return ids;
        }
        return on ? join(front, ids) : Arrays.copyOfRange(ids, front.length, ids.length);
    }
}
