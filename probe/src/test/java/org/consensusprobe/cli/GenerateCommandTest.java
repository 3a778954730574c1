package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.results.Npy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GenerateCommandTest {
    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    /** The ids are those of transformers' generate(do_sample=False) on the bundled checkpoint. */
    @Test
    void continuesAPromptAndLeavesItsFiles() throws IOException {
        Path to = folder.resolve("texts");
        int code = generate(
                "--model",
                "demo-gpt2",
                "--prompt",
                "In the beginning God",
                "--passes",
                "1,2",
                "--tokens",
                "12",
                "--greedy",
                "--out",
                to.toString());
        assertThat(err.toString()).contains("tokens 12/12");
        assertThat(code).isZero();
        assertThat(out.toString()).contains("1 pass: error", "2 passes: error", "In the beginning God | ");
        var json = StrictJson.readObject(to.resolve("generation.json"), 1 << 20, "texts");
        assertThat(json.at("/texts/0/ids").toString())
                .isEqualTo("[2350,262,3148,569,12,288,262,469,12,288,262,469,12,288,262,469]");
        assertThat(json.at("/texts/1/passes").intValue()).isEqualTo(2);
        assertThat(json.at("/texts/1/entropy_by_pass")).hasSize(2);
        assertThat(Npy.read(to.resolve("error-passes-2.npy")).shape()).isEqualTo(List.of(1, 12, 17));
        List<String> rows = Files.readAllLines(to.resolve("steps.csv"));
        assertThat(rows).hasSize(1 + 2 * 12);
        assertThat(rows.get(0))
                .isEqualTo("passes,prompt,step,token,probability,entropy,error_depth_0,error_native,error_end");
        assertThat(rows.get(1)).startsWith("1,0,0,12,");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--prompt '' | --prompt",
                "--tokens 0 --prompt a | --tokens",
                "--tokens 900 --prompt a | context",
                "--top-p 1.5 --prompt a | --top-p",
                "--temperature 0 --prompt a | --temperature",
                "--passes 1,1 --prompt a | --passes",
                "--passes 0 --prompt a | --passes",
                "--heads 6 --prompt a | --heads",
                "--weights best --prompt a | --weights",
                "--dtype int8 --prompt a | --dtype",
                "--prompt a --prompts paper | --prompt",
                "--prompt a --limit-prompts 1 | --limit-prompts",
                "--prompt a --tokenizer nowhere.json | --tokenizer",
            })
    void wrongInputIsNamedInALineOrTwo(String options, String named) {
        List<String> arguments = new java.util.ArrayList<>(List.of("--model", "demo-gpt2"));
        for (String word : options.split(" ")) {
            arguments.add(word.equals("''") ? "" : word);
        }
        assertThat(generate(arguments.toArray(String[]::new))).isEqualTo(Problem.WRONG_INPUT);
        assertThat(err.toString()).contains(named);
        assertThat(err.toString().lines().count()).isLessThanOrEqualTo(2);
        assertThat(out.toString()).isEmpty();
    }

    private int generate(String... options) {
        String[] arguments = new String[options.length + 1];
        arguments[0] = "generate";
        System.arraycopy(options, 0, arguments, 1, options.length);
        return Program.run(new PrintWriter(out), new PrintWriter(err), arguments);
    }
}
