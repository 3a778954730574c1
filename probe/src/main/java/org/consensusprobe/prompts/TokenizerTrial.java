package org.consensusprobe.prompts;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Home;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.UserCache;

/**
 * Tries a tokenizer in a process of its own before this one believes it: the native library can hang on a regular
 * expression, take all memory, or end its process without a word.
 *
 * <p>Once for each content: the outcome is remembered in the user's cache. The program's own tokenizers are not tried.
 */
final class TokenizerTrial {
    /** The version of the library, and of what is tried: either's change asks for new trials. */
    private static final String OF = "0.35.1-1";

    /** Of computing, whatever else the machine does: a sound one takes one or two. */
    private static final int SECONDS = 15;

    private static final int BYTES_A_SECOND = 1 << 20;

    /** How much longer is waited for on a machine that has other things to do. */
    private static final int PATIENCE = 20;

    private static final String WAITED = "does not come back in time";

    private static final String SOUND = "sound";
    private static final String REFUSED = "refused";
    private static final int ADDRESS_SPACE_KB = 12 << 20;

    /** The exit codes of a process that the system ended by SIGXCPU or SIGKILL, as it does at that limit. */
    private static final Set<Integer> OVER_TIME = Set.of(128 + 24, 128 + 9);

    private static final Map<String, String> TRIED = new ConcurrentHashMap<>();

    private TokenizerTrial() {}

    /**
     * Refuses a tokenizer that does not survive a trial.
     *
     * @param file it came from, for messages
     * @param json its content
     * @throws Problem naming the file
     */
    static void require(Path file, byte[] json) {
        if (file.toAbsolutePath().normalize().startsWith(Home.models())) {
            return;
        }
        String key = sha256(json) + "-" + OF;
        Optional<Path> entry = UserCache.directory(System.getenv())
                .map(f -> f.resolve("tokenizers").resolve(key));
        String outcome = TRIED.computeIfAbsent(
                key, k -> entry.flatMap(TokenizerTrial::read).orElseGet(() -> {
                    String found = run(json, SECONDS + json.length / BYTES_A_SECOND);
                    entry.filter(e -> !found.equals(WAITED)).ifPresent(e -> remember(e, found));
                    return found;
                }));
        if (!outcome.equals(SOUND)) {
            throw Problem.input(
                    "%s: the tokenizer %s when it is tried on short texts; it is refused.%n"
                            + "Is it the model's own? Another is named with --tokenizer FILE.",
                    file, outcome);
        }
    }

    /**
     * The outcome of a trial: what the library itself refuses is sound, since it says so in words.
     *
     * @param seconds of computing
     */
    static String run(byte[] json, int seconds) {
        try {
            Process process = new ProcessBuilder(command(seconds))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (OutputStream in = process.getOutputStream()) {
                in.write(json);
            } catch (IOException e) {
                // it ended before it had read all
            }
            if (!process.waitFor((long) PATIENCE * seconds, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                return WAITED;
            }
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (said.contains(SOUND) || said.contains(REFUSED)) {
                return SOUND;
            }
            return OVER_TIME.contains(process.exitValue())
                    ? "computes for more than " + seconds + " seconds"
                    : "ends the tokenizers library";
        } catch (IOException e) {
            return SOUND; // no second process on this machine: as it was without trials
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Problem.interrupted("Interrupted.");
        }
    }

    private static List<String> command(int seconds) {
        List<String> command = new ArrayList<>();
        if (Files.isExecutable(Path.of("/bin/sh"))) {
            String limited = "ulimit -c 0 2>/dev/null; ulimit -v " + ADDRESS_SPACE_KB + " 2>/dev/null; ulimit -t "
                    + seconds + " 2>/dev/null; exec \"$@\"";
            command.addAll(List.of("/bin/sh", "-c", limited, "sh"));
        }
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=" + (File.separatorChar == '\\' ? "NUL" : "/dev/null")));
        Stream.of(
                        "ai.djl.offline",
                        "OPT_OUT_TRACKING",
                        "RUST_FLAVOR",
                        "user.home",
                        "java.io.tmpdir",
                        "DJL_CACHE_DIR",
                        "jna.tmpdir",
                        "jna.nounpack")
                .filter(name -> System.getProperty(name) != null)
                .forEach(name -> command.add("-D" + name + "=" + System.getProperty(name)));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), TokenizerTrial.class.getName()));
        return command;
    }

    /** The process: a tokenizer on standard input, the outcome on standard output. */
    public static void main(String[] args) throws IOException {
        String outcome = REFUSED;
        try (HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.newInstance(
                new ByteArrayInputStream(System.in.readAllBytes()),
                Map.of("truncation", "false", "padding", "false", "addSpecialTokens", "false"))) {
            for (String text : texts()) {
                tokenizer.decode(tokenizer.encode(text, true, false).getIds(), false);
            }
            outcome = SOUND;
        } catch (IOException | RuntimeException e) {
            // the library says what is wrong, and will say it again
        }
        System.out.println(outcome);
    }

    /** Ordinary text, and what sends careless regular expressions back and forth: one kind of character, then another. */
    private static List<String> texts() {
        List<String> texts = new ArrayList<>(
                List.of(
                        "",
                        "In the beginning God created the heaven and the earth.",
                        "na\u00efve caf\u00e9 \u2014 \u6f22\u5b57 \ud83d\ude42 e\u0301 1234567 3.14 don't\n\n\tx = [1, 2]; // <s></s>"));
        for (String kind :
                List.of("a", "x", "A", "0", " ", "\n", ".", "-", "\u00e9", "\u6f22", "ab", "a ", "1a", "_")) {
            texts.add(kind.repeat(60));
            texts.add(kind.repeat(60) + "!");
            texts.add(kind.repeat(60) + "\u20ac b");
        }
        return texts;
    }

    private static Optional<String> read(Path entry) {
        try {
            return Files.isRegularFile(entry) && Files.size(entry) < 1000
                    ? Optional.of(Files.readString(entry).strip()).filter(text -> !text.isEmpty())
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static void remember(Path entry, String outcome) {
        try {
            Files.createDirectories(entry.getParent());
            AtomicFiles.writeText(entry, outcome + "\n");
        } catch (IOException | Problem e) {
            // a cache that cannot be written costs time, no more
        }
    }

    private static String sha256(byte[] json) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(json));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
