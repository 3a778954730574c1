package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** README and docs lead somewhere: every link has its file and heading, every command is one that the program takes. */
class DocumentationTest {
    private static final Path HOME =
            Path.of(System.getProperty("consensus.home")).normalize();
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|'([^']*)'|(\\S+)");
    private static final List<String> FOLDERS =
            List.of("docs", "results", "experiments", "prompts", "models", "bench", "python");

    @TestFactory
    Stream<DynamicTest> everyLinkHasItsPlace() {
        return Stream.concat(pages(), notebooks())
                .map(page -> DynamicTest.dynamicTest(HOME.relativize(page).toString(), () -> {
                    Matcher link = LINK.matcher(text(page));
                    while (link.find()) {
                        String target = link.group(1);
                        if (target.matches("(https?|mailto):.*")) {
                            continue;
                        }
                        String[] parts = target.split("#", 2);
                        Path file = parts[0].isEmpty()
                                ? page
                                : page.resolveSibling(parts[0]).normalize();
                        assertThat(file).as(target).exists();
                        if (parts.length == 2) {
                            assertThat(headings(file)).as(target).contains(parts[1]);
                        }
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> everyCommandIsTaken() {
        return pages().flatMap(page -> commands(page).stream()
                .map(line -> DynamicTest.dynamicTest(
                        HOME.relativize(page) + ": " + line, () -> assertThatCode(() -> Program.commandLine()
                                        .setCaseInsensitiveEnumValuesAllowed(true)
                                        .parseArgs(words(line)))
                                .doesNotThrowAnyException())));
    }

    @Test
    void theReadmeIsShortAndTheIndexWhole() throws IOException {
        assertThat(Files.readAllLines(HOME.resolve("README.md"))).hasSizeLessThan(150);
        String index = text(HOME.resolve("docs/README.md"));
        try (Stream<Path> pages = Files.list(HOME.resolve("docs"))) {
            assertThat(pages.map(p -> p.getFileName().toString()).filter(p -> p.matches(".*[.](md|ipynb)")))
                    .filteredOn(page -> !page.equals("README.md"))
                    .allSatisfy(page -> assertThat(index).contains("](" + page + ")"));
        }
    }

    private static Stream<Path> pages() {
        Stream<Path> below =
                FOLDERS.stream().map(HOME::resolve).filter(Files::isDirectory).flatMap(DocumentationTest::markdown);
        return Stream.concat(
                Stream.of("README.md", "CONTRIBUTING.md", "CHANGELOG.md").map(HOME::resolve), below);
    }

    /** Their links stand in strings of JSON as they stand in text. */
    private static Stream<Path> notebooks() {
        return files(HOME.resolve("docs"), ".ipynb");
    }

    private static Stream<Path> markdown(Path folder) {
        return files(folder, ".md");
    }

    private static Stream<Path> files(Path folder, String ending) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files
                    .filter(f -> f.toString().endsWith(ending))
                    .filter(f -> !f.toString().matches(".*[/\\\\](target|\\.venv)[/\\\\].*"))
                    .sorted()
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The lines of code blocks that call the program, continued ones joined, comments taken off. */
    private static List<String> commands(Path page) {
        List<String> commands = new ArrayList<>();
        boolean code = false;
        for (String line : text(page).replace("\\\n", " ").split("\n")) {
            if (line.startsWith("```")) {
                code = !code;
            }
            Matcher call = Pattern.compile("^\\s*(?:\\$ )?(?:\\./)?consensus (.*?)(\\s+#.*)?$")
                    .matcher(line);
            if (code && call.matches()) {
                commands.add(call.group(1));
            }
        }
        return commands;
    }

    private static String[] words(String line) {
        return WORD.matcher(line)
                .results()
                .map(m -> m.group(1) != null ? m.group(1) : m.group(2) != null ? m.group(2) : m.group(3))
                .toArray(String[]::new);
    }

    /** Headings as links name them: small letters, dashes for spaces, no other signs. */
    private static List<String> headings(Path page) {
        return text(page)
                .lines()
                .filter(line -> line.startsWith("#"))
                .map(line -> line.replaceFirst("^#+ ", "")
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'))
                .toList();
    }

    private static String text(Path page) {
        try {
            return Files.readString(page);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
