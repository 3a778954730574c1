package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.consensusprobe.cli.runs.PromptsCommand;
import org.consensusprobe.common.Home;
import org.consensusprobe.common.Problem;
import org.consensusprobe.lookup.ModelFacts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class PromptsCommandTest {
    @TempDir
    Path folder;

    private record Result(int exit, String out, String err) {}

    private static Result run(String... args) {
        return run(new PromptsCommand(), args);
    }

    private static Result run(PromptsCommand command, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit = new CommandLine(command)
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .setExecutionExceptionHandler((e, line, parsed) -> {
                    if (e instanceof Problem problem) {
                        line.getErr().println(problem.getMessage());
                        return problem.exitCode();
                    }
                    throw e;
                })
                .execute(args);
        return new Result(exit, out.toString(), err.toString());
    }

    @Test
    void makeWithItsDefaultsGivesThePapersFile() throws IOException {
        Path committed = Home.prompts().resolve("paper-100x200.jsonl");

        assertThat(run("make").out()).isEqualTo(Files.readString(committed));
    }

    @Test
    void makeWritesAFileThatCanBeRead() throws IOException {
        Path file = folder.resolve("p.jsonl");
        String[] make = {"make", "--count=2", "--length=4", "--vocabulary=100", "--seed=7", "--out=" + file};

        assertThat(run(make)).isEqualTo(new Result(0, "", ""));
        assertThat(file).hasContent("{\"ids\":[41,19,50,83]}\n{\"ids\":[6,9,68,12]}\n");
        assertThat(run("show", file.toString(), "--vocabulary=100").out())
                .contains("2 prompts of 4 tokens", "prompt 1, 4 tokens", "41 19 50 83");
    }

    @Test
    void makeOverwritesOnlyWhenForced() throws IOException {
        Path file = Files.writeString(folder.resolve("p.jsonl"), "mine");

        Result refused = run("make", "--count=1", "--length=1", "--out=" + file);

        assertThat(refused.exit()).isEqualTo(2);
        assertThat(refused.err()).contains("p.jsonl: the file exists. Add --force to overwrite it.");
        assertThat(file).hasContent("mine");
        assertThat(run("make", "--count=1", "--length=1", "--out=" + file, "--force")
                        .exit())
                .isZero();
        assertThat(file).hasContent("{\"ids\":[41905]}\n");
    }

    @Test
    void makeRefusesWhatCannotBe() {
        assertThat(run("make", "--out=" + folder.resolve("p.txt")).err()).contains("a name that ends in .jsonl");
        assertThat(run("make", "--out=" + folder.resolve("no/p.jsonl")).err()).contains("its folder does not exist");
        assertThat(run("make", "--vocabulary=0").err()).contains("--vocabulary must be at least 1, found 0.");
        assertThat(run("make", "--count=0").err()).contains("at least 1, found 0x200");
        assertThat(run("make", "--seed=1.5").exit()).isEqualTo(2);
        assertThat(run("make", "--count=0").exit()).isEqualTo(2);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void showDecodesThePapersPromptsByDefault() {
        Result shown = run("show", "paper", "--limit-prompts=1", "--ids");

        assertThat(shown.exit()).isZero();
        assertThat(shown.out())
                .startsWith("1 prompt of 200 tokens (paper)")
                .contains("\n divest anxYou coasts Oz Vi Happy appreciate tcp guilty")
                .contains("\n41905 7296 1639 ");
    }

    @Test
    void showFitsPromptsToAModel() throws IOException {
        Path text = Files.writeString(folder.resolve("p.txt"), "Hello, world!\n");

        assertThat(run("show", text.toString(), "--model=demo-gpt2", "--ids").out())
                .contains("prompt 1, 6 tokens", "Hello, world!", "40 438 79 12 1488 1");
        assertThat(run("show", text.toString(), "--model=" + Home.models().resolve("demo-gpt-neo"))
                        .out())
                .contains("prompt 1, 6 tokens", "Hello, world!");
        assertThat(run("show", text.toString(), "--model=gpt-neo-2.7b", "--ids").out())
                .contains("15496 11 995 0");
        assertThat(run("show", "random:1x513", "--model=demo-gpt2").err()).contains("demo-gpt2 has a context of 512");
    }

    @Test
    void showTakesAVocabularyFromTheTokenizerAlone() {
        Path demo = Home.models().resolve("demo-gpt2/tokenizer.json");

        assertThat(run("show", "random:1x4", "--tokenizer=" + demo, "--ids").out())
                .contains("912 204 2253 2006");
    }

    @Test
    void showNeverSendsControlCharactersToATerminal() throws IOException {
        Path text = Files.writeString(folder.resolve("p.jsonl"), "{\"text\":\"a\\u001b[31mb\\n\\u009bc\\td\"}\n");

        assertThat(run("show", text.toString()).out()).contains("a\\x1b[31mb\\n\\x9bc\\td");
    }

    @Test
    void showNamesWhatIsWrong() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{\"vocab_size\":\"many\"}");

        assertThat(run("show", "random:1x4", "--model=gpt2xl").err()).contains("did you mean gpt2-xl?");
        assertThat(run("show", "random:1x4", "--model=" + folder).err())
                .contains("config.json: \"vocab_size\" must be a positive integer, found \"many\".");
        assertThat(run("show", "random:1x4", "--model=gpt2", "--vocabulary=5").err())
                .contains("leave out --model or --vocabulary");
        assertThat(run("show", "random:1x4", "--limit-prompts=0").err()).contains("at least 1, found 0");
        assertThat(run("show").exit()).isEqualTo(2);
        assertThat(run().err()).contains("Missing subcommand: make or show.");
        assertThat(run().exit()).isEqualTo(2);
    }

    @Test
    void modelsCanBeFoundAnotherWay() {
        PromptsCommand command = new PromptsCommand(name -> new ModelFacts("found " + name, 10, 3, Optional.empty()));

        assertThat(run(command, "show", "random:1x4", "--model=it").err()).contains("found it has a context of 3");
        assertThat(run(command, "show", "random:1x3", "--model=it").out()).contains("prompt 1, 3 tokens");
    }
}
