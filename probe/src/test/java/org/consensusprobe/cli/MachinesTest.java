package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.consensusprobe.Reference;
import org.consensusprobe.common.Home;
import org.consensusprobe.common.Problem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program on machines that are not the developers': languages, encodings, full disks, no homes, no temporary folder. */
@Tag("slow")
class MachinesTest {
    @TempDir
    Path folder;

    @AfterEach
    void restoreTheLocale() {
        Locale.setDefault(Locale.ROOT);
    }

    /** Arabic has digits of its own, Turkish an i without a dot, German a decimal comma. */
    @Test
    void nothingWrittenDependsOnTheLocale() throws IOException {
        Path base = folder.resolve("base");
        run(base);
        Map<String, String> written = commandsUnder(Locale.ROOT, base);

        assertThat(written).containsKeys("stdout", "compared/compare.csv", "compared/compare.json", "run/curve.csv");
        for (String language : List.of("tr-TR", "ar-EG", "de-DE")) {
            assertThat(commandsUnder(Locale.forLanguageTag(language), base))
                    .as(language)
                    .isEqualTo(written);
        }
    }

    /** What commands say and write, of what is the same every time; all of it in ASCII's digits. */
    private Map<String, String> commandsUnder(Locale locale, Path base) throws IOException {
        Path at = Files.createDirectory(folder.resolve("as-" + locale.toLanguageTag()));
        Locale.setDefault(locale);
        run(at.resolve("run"));
        String out = at.resolve("compared").toString();
        String said =
                under(locale, "compare", base.toString(), at.resolve("run").toString(), "--out", out)
                        + under(locale, "plot", at.resolve("run").toString())
                        + under(locale, "models", "info", "demo-gpt2")
                        + under(locale, "prompts", "show", "random:1x12", "--ids");
        Map<String, String> written = new TreeMap<>(Map.of("stdout", said.replace(at.toString(), "AT")));
        try (Stream<Path> files = Files.walk(at)) {
            for (Path file :
                    (Iterable<Path>) files.filter(f -> f.toString().matches(".*\\.(csv|json|html|svg)"))::iterator) {
                String text = Files.readString(file).replace(at.toString(), "AT");
                assertThat(text.chars().filter(c -> c > 127 && Character.isDigit(c)))
                        .as("digits of %s", file)
                        .isEmpty();
                if (file.toString().matches(".*(csv|compare.json|svg)")) {
                    written.put(at.relativize(file).toString(), text);
                }
            }
        }
        return written;
    }

    private static void run(Path out) {
        String model = Reference.folder("tiny-gpt2").toString();
        CommandResult.of("run", "--model", model, "--prompts", "random:3x5", "--passes", "12", "--out", out.toString())
                .succeeded();
    }

    private static String under(Locale locale, String... command) {
        Locale.setDefault(locale);
        return CommandResult.of(command).succeeded().out();
    }

    @Test
    void argumentsThatCannotBeDecodedAreRefused() {
        byte[] utf8 = "café".getBytes(StandardCharsets.UTF_8);
        byte[] latin = "café".getBytes(StandardCharsets.ISO_8859_1);
        byte[] java = {'j'};

        Arguments.require(new String[] {"café"}, List.of(java, utf8), StandardCharsets.UTF_8);
        Arguments.require(new String[] {"café"}, List.of(java, latin), StandardCharsets.ISO_8859_1);
        Arguments.require(
                new String[] {"caf\uFFFD"},
                List.of("caf\uFFFD".getBytes(StandardCharsets.UTF_8)),
                StandardCharsets.UTF_8);
        assertThatThrownBy(() -> Arguments.require(
                        new String[] {"j", "caf\uFFFD"}, List.of(java, java, latin), StandardCharsets.UTF_8))
                .isInstanceOf(Problem.class)
                .hasMessage("Argument 2, \"caf\uFFFD\", cannot be read: it is not UTF-8 text.");
        assertThatThrownBy(() -> Arguments.require(
                        new String[] {"caf\uFFFD\uFFFD"}, List.of(java, utf8), StandardCharsets.US_ASCII))
                .hasMessageContaining("the locale has Java read arguments as US-ASCII. Set LC_ALL to a UTF-8 locale");
        assertThatThrownBy(() -> Arguments.require(new String[] {"caf\uFFFD"}, List.of(), StandardCharsets.UTF_8))
                .isInstanceOf(Problem.class);
    }

    @Test
    void aFullStandardOutputIsAFailureAndAClosedPipeIsNot() {
        assertThat(saidOf("No space left on device", 0))
                .isEqualTo("1 consensus: standard output cannot be written: No space left on device.");
        assertThat(saidOf("No space left on device", 3)).startsWith("3 consensus: ");
        assertThat(saidOf("Broken pipe", 0)).isEqualTo("1 ");
    }

    private static String saidOf(String failure, int code) {
        StandardOutput stdout = new StandardOutput(new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException(failure);
            }
        });
        stdout.writer().println("results");
        StringWriter err = new StringWriter();
        int exit = stdout.exitCode(code, new PrintWriter(err, true));
        return exit + " " + err.toString().strip();
    }

    @Test
    @Timeout(60)
    void theProcessFailsWhereItsOutputGoesNowhere() throws Exception {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full), "a device of Linux");

        Process process = start(full, Map.of(), List.of(), "measures");

        assertThat(process.waitFor()).isEqualTo(1);
        assertThat(Files.readString(folder.resolve("err.txt")))
                .startsWith("consensus: standard output cannot be written: No space left on device")
                .hasLineCount(1);
    }

    @Test
    @Timeout(60)
    void aRunNeedsNeitherHomeNorTemporaryFolder() throws Exception {
        Path cache = Path.of(System.getProperty("user.home"), ".djl.ai");
        assumeTrue(Files.isDirectory(cache), "libraries are unpacked elsewhere");
        Path at = Files.createDirectory(folder.resolve("at"));

        Process process = start(
                folder.resolve("out.txt"),
                Map.of("HOME", "/proc/nowhere", "XDG_CACHE_HOME", "/proc/nowhere", "DJL_CACHE_DIR", cache.toString()),
                List.of("-Djava.io.tmpdir=/proc/nowhere", "-Duser.home=?"),
                "run",
                "--model",
                Reference.folder("tiny-gpt2").toString(),
                "--prompts",
                "random:2x5",
                "--passes",
                "1",
                "--out",
                at.resolve("run").toString());

        assertThat(process.waitFor())
                .as(Files.readString(folder.resolve("err.txt")))
                .isZero();
        assertThat(Files.readString(folder.resolve("err.txt"))).doesNotContain("\tat ");
        assertThat(at.resolve("run/figure.png")).isNotEmptyFile();
        try (Stream<Path> made = Files.list(at)) {
            assertThat(made).containsExactly(at.resolve("run"));
        }
    }

    private Process start(Path out, Map<String, String> environment, List<String> options, String... args)
            throws IOException {
        List<String> command = new java.util.ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Djava.awt.headless=true",
                "-Dconsensus.home=" + Home.directory().toRealPath(),
                "-cp",
                classPath()));
        command.addAll(options);
        command.add("org.consensusprobe.cli.Main");
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(folder.resolve("err.txt").toFile());
        if (Files.isDirectory(folder.resolve("at"))) {
            builder.directory(folder.resolve("at").toFile());
        }
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static String classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(java.util.stream.Collectors.joining(File.pathSeparator));
    }
}
