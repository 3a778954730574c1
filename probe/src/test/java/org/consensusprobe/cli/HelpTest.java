package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Help is whole sentences at every width. */
class HelpTest {
    static Stream<CommandLine> commands() {
        CommandLine program = Program.commandLine();
        HelpText.flow(program);
        // picocli's own help command brings its own text
        return below(program).filter(command -> !command.getCommandName().equals("help"));
    }

    private static Stream<CommandLine> below(CommandLine command) {
        return Stream.concat(
                Stream.of(command), command.getSubcommands().values().stream().flatMap(HelpTest::below));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void nothingIsCut(CommandLine command) {
        for (int width : new int[] {80, 112, 120}) {
            command.setUsageHelpWidth(width);
            String help = command.getUsageMessage(CommandLine.Help.Ansi.OFF);
            String words = solid(help);

            assertThat(help.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(width + 1));
            Arrays.stream(command.getCommandSpec().usageMessage().description())
                    .forEach(paragraph -> assertThat(words).contains(solid(paragraph)));
            command.getSubcommands().values().stream()
                    .filter(sub -> !sub.getCommandName().equals("help"))
                    .filter(sub -> !sub.getCommandSpec().usageMessage().hidden())
                    .forEach(sub -> assertThat(words)
                            .contains(solid(sub.getCommandSpec().usageMessage().description()[0])));
        }
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everySentenceEnds(CommandLine command) {
        String[] description = command.getCommandSpec().usageMessage().description();
        assertThat(description).isNotEmpty();
        assertThat(description).allMatch(text -> text.isEmpty() || text.matches("(?s).*[.:]"));
        command.getCommandSpec().options().forEach(option -> assertThat(String.join(" ", option.description()))
                .as(option.longestName())
                .matches("(?s).*[.):;,\\w]")
                .doesNotContain("${")
                .doesNotContain("\n"));
    }

    /** It is answered before the commands are gathered, in picocli's place. */
    @ParameterizedTest
    @ValueSource(strings = {"--version", "-V"})
    void theVersionIsSaidAsPicocliWould(String option) {
        StringWriter ours = new StringWriter();
        StringWriter picoclis = new StringWriter();

        assertThat(Program.asksVersion(option)).isTrue();
        assertThat(Program.run(new PrintWriter(ours), new PrintWriter(ours), option))
                .isEqualTo(Program.commandLine()
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .setOut(new PrintWriter(picoclis))
                        .execute(option));

        assertThat(ours).hasToString(picoclis.toString());
        assertThat(ours.toString()).startsWith("consensus ");
    }

    @Test
    void libtorchIsStartedForCommandsThatComputeAlone() {
        assertThat(Program.needsLibtorch("run", "--model", "demo-gpt2")).isTrue();
        assertThat(Program.needsLibtorch("sweep", "file.json", "--list-units")).isTrue();

        assertThat(Program.needsLibtorch()).isFalse();
        assertThat(Program.needsLibtorch("run", "--help")).isFalse();
        assertThat(Program.needsLibtorch("help", "run")).isFalse();
        assertThat(Program.needsLibtorch("models", "list")).isFalse();
        assertThat(Program.needsLibtorch("sweep", "file.json", "--collect")).isFalse();
    }

    private static String solid(String text) {
        return text.replace("%%", "%").replace("%n", "").replaceAll("\\s", "");
    }
}
