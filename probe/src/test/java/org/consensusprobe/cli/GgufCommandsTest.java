package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.consensusprobe.Reference;
import org.consensusprobe.gguf.GgufWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every command that takes a model takes a GGUF file. */
class GgufCommandsTest {
    private static final String FILE = Reference.gguf("quantised.gguf").toString();
    private static final String DIRECTORY = Reference.gguf("quantised").toString();

    @TempDir
    Path folder;

    @Test
    void runsGiveTheFilesOfARunOnSafetensors() {
        String[] common = {"--prompts", DIRECTORY + "/prompts.json", "--passes", "2", "--threads", "1", "--out"};
        for (String model : List.of(FILE, DIRECTORY)) {
            String out = folder.resolve(model.equals(FILE) ? "here" : "there").toString();
            CommandResult.of(
                            "run", "--model", model, common[0], common[1], common[2], common[3], common[4], common[5],
                            common[6], out)
                    .succeeded();
        }
        for (String file : List.of("error.npy", "curve.csv")) {
            assertThat(folder.resolve("here").resolve(file))
                    .hasSameBinaryContentAs(folder.resolve("there").resolve(file));
        }
        assertThat(folder.resolve("here/manifest.json")).content().contains("quantised.gguf", "\"sha256\"");
    }

    @Test
    void checkTakesOne() {
        CommandResult check = CommandResult.of(
                        "check",
                        FILE,
                        "--prompts",
                        "random:4x8",
                        "--passes",
                        "2",
                        "--threads",
                        "1",
                        "--out",
                        folder.resolve("check").toString())
                .succeeded();
        assertThat(check.out()).startsWith("quantised ");
    }

    @Test
    void infoAndVerifyReadIt() {
        assertThat(CommandResult.of("models", "info", FILE).succeeded().out())
                .contains("llama")
                .contains("2 of width 64, 4 heads")
                .contains("Q4_0")
                .contains("Q8_0");
        assertThat(CommandResult.of("models", "verify", FILE).succeeded().out()).contains("20 tensors in 1 file(s)");
    }

    @Test
    void textsNeedATokenizerAndIdsDoNot() throws IOException {
        Path texts = Files.writeString(folder.resolve("texts.txt"), "In the beginning\n");
        CommandResult.of(
                        "run",
                        "--model",
                        FILE,
                        "--prompts",
                        texts.toString(),
                        "--out",
                        folder.resolve("a").toString())
                .refused(2, FILE, "the file has no tokenizer", "--tokenizer");
    }

    @Test
    void damageIsSaidInTwoLinesAtMost() throws IOException {
        Path cut = Files.write(folder.resolve("cut.gguf"), new byte[] {'G', 'G', 'U', 'F', 3, 0, 0, 0, 1});
        CommandResult.of("run", "--model", cut.toString()).refused(2, "cut.gguf: the GGUF file ends within its header");
        Path bart = new GgufWriter()
                .text("general.architecture", "bart")
                .floats("a", new float[1], 1)
                .write(folder.resolve("bart.gguf"));
        CommandResult.of("run", "--model", bart.toString())
                .refused(2, "architecture \"bart\" is not known in GGUF files", "give a directory of safetensors");
        CommandResult.of("run", "--model", folder.resolve("absent.gguf").toString())
                .refused(2, "absent.gguf: no such directory or .gguf file");
    }
}
