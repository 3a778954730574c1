package org.consensusprobe.prompts;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.consensusprobe.common.Problem;

/**
 * Prompts of uniformly drawn token ids, as the paper draws its own: prompt after prompt, token after token,
 * {@code randint(0, vocabulary - 1)} of Python's {@code random} seeded once.
 *
 * @param count number of prompts, at least 1
 * @param length tokens of each prompt, at least 1
 * @param seed any integer
 */
public record RandomPrompts(int count, int length, BigInteger seed) {
    /** The paper's seed. */
    public static final BigInteger DEFAULT_SEED = BigInteger.valueOf(42);

    /** The paper's prompts: 100 of 200 tokens. */
    public static final RandomPrompts PAPER = new RandomPrompts(100, 200, DEFAULT_SEED);

    /** The most tokens a set may have: 64 MiB of ids. */
    static final long MAX_TOKENS = 1L << 24;

    static final String SYNTAX = "random:COUNTxLENGTH[@SEED]";
    private static final Pattern FORM =
            Pattern.compile("random:(?<count>\\d{1,18})x(?<length>\\d{1,18})(@(?<seed>-?\\d{1,1000}))?");

    public RandomPrompts {
        requireSize(count, length);
    }

    /**
     * Reads {@code random:COUNTxLENGTH[@SEED]}.
     *
     * @throws Problem if the text is anything else
     */
    static RandomPrompts parse(String form) {
        Matcher m = FORM.matcher(form);
        if (!m.matches()) {
            throw Problem.input(
                    "Prompts '%s': expected %s with whole numbers, for example random:100x64 or random:8x32@7.",
                    form, SYNTAX);
        }
        long count = Long.parseLong(m.group("count"));
        long length = Long.parseLong(m.group("length"));
        requireSize(count, length);
        String seed = m.group("seed");
        return new RandomPrompts((int) count, (int) length, seed == null ? DEFAULT_SEED : new BigInteger(seed));
    }

    /** The first {@code k} of these prompts, which are the same ids as in the whole set. */
    RandomPrompts first(int k) {
        return new RandomPrompts(Math.min(count, k), length, seed);
    }

    /** Draws the prompts: {@code count} arrays of {@code length} ids in 0 to {@code vocabulary - 1}. */
    public List<int[]> draw(int vocabulary) {
        return draw(vocabulary, new BitSet());
    }

    /** As {@link #draw(int)}, an id that is left out drawn anew. */
    List<int[]> draw(int vocabulary, BitSet leftOut) {
        if (leftOut.cardinality() >= vocabulary) {
            throw Problem.input("Random prompts: all %d ids of the vocabulary are left out.", vocabulary);
        }
        CPythonRandom random = new CPythonRandom(seed);
        List<int[]> prompts = new ArrayList<>(count);
        for (int p = 0; p < count; p++) {
            int[] ids = new int[length];
            for (int t = 0; t < length; t++) {
                do {
                    ids[t] = random.randint(0, vocabulary - 1);
                } while (leftOut.get(ids[t]));
            }
            prompts.add(ids);
        }
        return prompts;
    }

    private static void requireSize(long count, long length) {
        if (count < 1 || length < 1) {
            throw Problem.input("Random prompts: count and length must be at least 1, found %dx%d.", count, length);
        }
        if (count > MAX_TOKENS || length > MAX_TOKENS || count * length > MAX_TOKENS) {
            throw Problem.input(
                    "Random prompts: %d prompts of %d tokens are too many; at most %d tokens in all.",
                    count, length, MAX_TOKENS);
        }
    }
}
