package org.consensusprobe.prompts;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.consensusprobe.common.Sha256;

/**
 * The prompts of a run as token ids; they may differ in length.
 *
 * @param source the form they were asked for by, for example {@code paper} or {@code random:8x32@7} or a file
 * @param ids one array of token ids a prompt, each of at least one token; the arrays are shared, not to be written to
 * @param texts the original texts in the same order, or an empty list where the prompts came as ids; a prompt that came
 *     as ids among texts has none
 * @param specialTokens whether the tokenizer was asked to add its special tokens
 * @param tokenizer the file of the tokenizer that texts were encoded with, see {@link Tokenizer#files}; none where no prompt
 *     came as text, and nothing was said of what stands in front
 * @param leftOut how many ids random prompts were asked to leave out, because their embedding is the zero vector
 * @param blankLines how many blank lines of their file were skipped
 * @param images what stands in place of ids for a vision model; the ids, one a token, are 0 then
 */
public record PromptSet(
        String source,
        List<int[]> ids,
        List<Optional<String>> texts,
        boolean specialTokens,
        Optional<Path> tokenizer,
        OptionalInt leftOut,
        int blankLines,
        Optional<Images> images) {
    public PromptSet {
        ids = List.copyOf(ids);
        texts = List.copyOf(texts);
        if (ids.isEmpty() || ids.stream().anyMatch(p -> p.length == 0)) {
            throw new IllegalArgumentException("a prompt set has at least one prompt, a prompt at least one token");
        }
        if (!texts.isEmpty() && texts.size() != ids.size()) {
            throw new IllegalArgumentException(texts.size() + " texts for " + ids.size() + " prompts");
        }
    }

    /** Prompts of text. */
    public PromptSet(
            String source,
            List<int[]> ids,
            List<Optional<String>> texts,
            boolean specialTokens,
            Optional<Path> tokenizer,
            OptionalInt leftOut,
            int blankLines) {
        this(source, ids, texts, specialTokens, tokenizer, leftOut, blankLines, Optional.empty());
    }

    /** Images, each of which makes so many tokens. */
    public static PromptSet ofImages(String source, Images images, int tokens) {
        return new PromptSet(
                source,
                Collections.nCopies(images.count(), new int[tokens]),
                List.of(),
                false,
                Optional.empty(),
                OptionalInt.empty(),
                0,
                Optional.of(images));
    }

    /** Prompts that came as ids. */
    public static PromptSet ofIds(String source, List<int[]> ids) {
        return new PromptSet(source, ids, List.of(), false, Optional.empty(), OptionalInt.empty(), 0);
    }

    /** The same prompts, drawn without so many ids. */
    PromptSet without(int ids) {
        return new PromptSet(source, this.ids, texts, specialTokens, tokenizer, OptionalInt.of(ids), blankLines);
    }

    /** Some of these prompts, by their indices, in that order. */
    public PromptSet only(int[] members) {
        return new PromptSet(
                source,
                Arrays.stream(members).mapToObj(ids::get).toList(),
                texts.isEmpty()
                        ? texts
                        : Arrays.stream(members).mapToObj(texts::get).toList(),
                specialTokens,
                tokenizer,
                leftOut,
                blankLines,
                images.map(all -> all.only(members)));
    }

    /** Number of prompts. */
    public int count() {
        return ids.size();
    }

    /** Token ids of prompt {@code i}, counted from 0. */
    public int[] ids(int i) {
        return ids.get(i);
    }

    /** Number of tokens of prompt {@code i}, counted from 0. */
    public int length(int i) {
        return ids.get(i).length;
    }

    /** Tokens of the longest prompt. */
    public int longest() {
        return ids.stream().mapToInt(p -> p.length).max().orElseThrow();
    }

    /** Tokens of the shortest prompt. */
    public int shortest() {
        return ids.stream().mapToInt(p -> p.length).min().orElseThrow();
    }

    /** Tokens of all prompts together. */
    public long tokens() {
        return ids.stream().mapToLong(p -> p.length).sum();
    }

    /** The text prompt {@code i} was encoded from, if it came as text. */
    public Optional<String> text(int i) {
        return texts.isEmpty() ? Optional.empty() : texts.get(i);
    }

    /** One line for titles and tables: {@code 100 prompts of 200 tokens (paper)}. */
    public String describe() {
        if (images.isPresent()) {
            return "%d %s of %s pixels, %d tokens each (%s)"
                    .formatted(
                            count(),
                            count() == 1 ? "image" : "images",
                            images.get().size(),
                            longest(),
                            source);
        }
        String lengths = shortest() == longest() ? Integer.toString(longest()) : shortest() + " to " + longest();
        return "%d %s of %s %s (%s)"
                .formatted(
                        count(),
                        count() == 1 ? "prompt" : "prompts",
                        lengths,
                        longest() == 1 ? "token" : "tokens",
                        source + (blankLines == 0 ? "" : "; " + skipped(blankLines)));
    }

    /** In words, how many blank lines were skipped. */
    public static String skipped(int blankLines) {
        return blankLines + (blankLines == 1 ? " blank line" : " blank lines") + " skipped";
    }

    /**
     * A fingerprint of the ids: SHA-256 in hexadecimal over each prompt's length and ids as little-endian 32-bit
     * numbers; of images {@link Images#sha256}. Two sets with the same fingerprint give the same run.
     */
    public String sha256() {
        if (images.isPresent()) {
            return images.get().sha256();
        }
        MessageDigest digest = Sha256.digest();
        for (int[] prompt : ids) {
            ByteBuffer bytes =
                    ByteBuffer.allocate(Integer.BYTES * (prompt.length + 1)).order(ByteOrder.LITTLE_ENDIAN);
            bytes.putInt(prompt.length).asIntBuffer().put(prompt);
            digest.update(bytes.array());
        }
        return Sha256.hex(digest.digest());
    }
}
