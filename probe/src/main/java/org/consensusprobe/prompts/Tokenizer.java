package org.consensusprobe.prompts;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.consensusprobe.common.Home;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.gguf.GgufFile;

/**
 * A Hugging Face {@code tokenizer.json}: text to token ids and back, with the library that Python's {@code tokenizers}
 * wraps, so that the ids are Python's.
 *
 * <p>Of a {@code tokenizer.json} only the file itself counts: a {@code tokenizer_config.json} beside it is not read. Nothing is
 * truncated or padded.
 */
public final class Tokenizer implements AutoCloseable {
    /** The largest file that is believed; those of 256,000 entries take about 34 MB. */
    static final long MAX_BYTES = 128L << 20;

    private static final String FILE_NAME = "tokenizer.json";

    private static final int SECONDS = 60;
    private static final int CHARACTERS_A_SECOND = 10_000;

    private final Path file;
    private final int vocabulary;
    private boolean busy;
    private final HuggingFaceTokenizer tokenizer;

    private Tokenizer(Path file, int vocabulary, HuggingFaceTokenizer tokenizer) {
        this.file = file;
        this.vocabulary = vocabulary;
        this.tokenizer = tokenizer;
    }

    /**
     * The tokenizer file to use: the one asked for, else the checkpoint's own, else GPT-2's for a vocabulary of 50257 whose
     * checkpoint has no file of a tokenizer.
     *
     * @param asked what {@code --tokenizer} names: a file, or a directory that holds a tokenizer
     * @param checkpoint the checkpoint's directory or GGUF file, if there is one
     * @param vocabulary the model's number of token ids
     * @return an existing file, except that the file asked for is returned as it is
     */
    public static Optional<Path> locate(Optional<Path> asked, Optional<Path> checkpoint, int vocabulary) {
        if (asked.isPresent()) {
            return asked.map(p -> Files.isDirectory(p) ? own(p).orElse(p.resolve(FILE_NAME)) : p);
        }
        Optional<Path> own =
                checkpoint.flatMap(p -> GgufFile.isOne(p) ? Optional.of(p).filter(Files::exists) : own(p));
        return own.isPresent() || vocabulary != PromptReader.PAPER_VOCABULARY ? own : Optional.of(gpt2());
    }

    /** A directory's tokenizer: its {@code tokenizer.json}, else the first of the files it has of one. */
    private static Optional<Path> own(Path directory) {
        Path whole = directory.resolve(FILE_NAME);
        return Files.exists(whole) ? Optional.of(whole) : TokenizerFolder.ownFile(directory);
    }

    /** The bundled tokenizer of GPT-2, which GPT-Neo shares. */
    public static Path gpt2() {
        return Home.models().resolve("tokenizers").resolve("gpt2").resolve(FILE_NAME);
    }

    /**
     * The files that a tokenizer is made of, for manifests: a {@code tokenizer.json} or a GGUF file alone, or vocabulary,
     * merges and settings.
     *
     * @param file what {@link #load} is given
     */
    public static List<Path> files(Path file) {
        return TokenizerFolder.isOwnFile(file) ? TokenizerFolder.files(file) : List.of(file);
    }

    /**
     * Loads a tokenizer: a {@code tokenizer.json}, the one that a GGUF file's metadata describe, the one that a model's
     * vocabulary files make, or a SentencePiece model by any name that ends in {@code .model}.
     *
     * @throws Problem if the file is missing, too large or no tokenizer
     */
    public static Tokenizer load(Path file) {
        Optional<ObjectNode> made = made(file);
        boolean built = made.isPresent();
        JsonNode json = built ? made.get() : StrictJson.readObject(file, MAX_BYTES, "tokenizer");
        int vocabulary = TokenizerChecks.vocabulary(file, json);
        quietenLibrary();
        try {
            byte[] bytes = built ? StrictJson.mapper().writeValueAsBytes(json) : Files.readAllBytes(file);
            if (!built) { // what is built has our own rules and no more than a vocabulary of the file's
                TokenizerTrial.require(file, bytes);
            }
            // from a stream, since from a path the library would take settings from files beside it
            HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.newInstance(
                    new ByteArrayInputStream(bytes),
                    Map.of("truncation", "false", "padding", "false", "addSpecialTokens", "false"));
            return new Tokenizer(file, vocabulary, tokenizer);
        } catch (Problem e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw Problem.input(e, "%s: the tokenizer cannot be loaded: %s.", file, firstLine(e));
        }
    }

    /** The {@code tokenizer.json} of a file of another kind. */
    private static Optional<ObjectNode> made(Path file) {
        if (GgufFile.isOne(file)) {
            return Optional.of(GgufTokenizer.json(file));
        }
        if (TokenizerFolder.isOwnFile(file)) {
            return Optional.of(TokenizerFolder.json(file));
        }
        return file.toString().endsWith(".model") ? Optional.of(SentencePieceTokenizer.json(file)) : Optional.empty();
    }

    /** The file it was loaded from. */
    public Path file() {
        return file;
    }

    /** One more than the largest id the file names. */
    public int vocabulary() {
        return vocabulary;
    }

    /**
     * Token ids of a text.
     *
     * @param special whether to add what the tokenizer puts around a text for its model, such as a beginning-of-text
     *     token; a special token written out in the text is recognised either way
     * @throws IllegalArgumentException if the text holds half a surrogate pair, which is no character, or if the
     *     tokenizer cannot encode it
     */
    public int[] encode(String text, boolean special) {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new IllegalArgumentException("the text holds half a surrogate pair (\\ud800 to \\udfff)");
        }
        try {
            long[] ids = withinLimit(text, special);
            return Arrays.stream(ids).mapToInt(Math::toIntExact).toArray();
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("the tokenizer " + file + " cannot encode the text: " + firstLine(e), e);
        }
    }

    /** On a thread that can be left behind: a regular expression may never come back from a text that none was tried on. */
    private long[] withinLimit(String text, boolean special) {
        FutureTask<long[]> task =
                new FutureTask<>(() -> tokenizer.encode(text, special, false).getIds());
        Thread thread = new Thread(task, "tokenizer");
        thread.setDaemon(true);
        thread.start();
        int seconds = SECONDS + text.length() / CHARACTERS_A_SECOND;
        try {
            return task.get(seconds, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            busy = true;
            throw new IllegalStateException("it takes more than " + seconds + " seconds", e);
        } catch (InterruptedException e) {
            busy = true;
            Thread.currentThread().interrupt();
            throw Problem.interrupted("Interrupted.");
        }
    }

    /**
     * The text of token ids, special tokens shown. Ids are decoded together, since a character may be spread over
     * several tokens; bytes that make no character come out as U+FFFD. To show a growing text, decode all of it anew.
     */
    public String decode(int[] ids) {
        return tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), false);
    }

    @Override
    public void close() {
        if (!busy) { // what a thread is in may not be freed
            tokenizer.close();
        }
    }

    /** Before the library's first class loads: no download, no usage call, no search for a GPU build. */
    private static void quietenLibrary() {
        Map.of("ai.djl.offline", "true", "OPT_OUT_TRACKING", "true", "RUST_FLAVOR", "cpu")
                .forEach((name, value) -> {
                    if (System.getProperty(name) == null) {
                        System.setProperty(name, value);
                    }
                });
    }

    private static String firstLine(Exception e) {
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return Shown.text(message.lines().findFirst().orElse(message)); // it may quote the file
    }
}
