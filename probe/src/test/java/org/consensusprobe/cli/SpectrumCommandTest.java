package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.consensusprobe.Reference;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.experiment.TinyGpt2;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpectrumCommandTest {
    private static final String MODEL = Reference.folder("tiny-gpt2").toString();

    @TempDir
    Path folder;

    private CommandResult spectrum(String... more) {
        String[] args = new String[more.length + 2];
        args[0] = "spectrum";
        args[1] = "--offline";
        System.arraycopy(more, 0, args, 2, more.length);
        return CommandResult.of(args);
    }

    @Test
    void writesEveryFileAndPrintsTheTables() throws IOException {
        Path out = folder.resolve("out");
        CommandResult result = spectrum(MODEL, "--out", out.toString()).succeeded();
        assertThat(result.out()).contains("Theorem 5.2: does not apply", "U is symmetric", "written to " + out);
        assertThat(out).isDirectoryContaining("glob:**/spectrum.png");
        List<String> rows = Files.readAllLines(out.resolve("spectrum.csv"));
        ObjectNode json = (ObjectNode) StrictJson.readObject(out.resolve("spectrum.json"), 1 << 20, "spectrum");
        int layers = json.path("layers").size();
        String[] head = rows.get(0).split(",");
        assertThat(head)
                .startsWith("layer", "head", "value_norm", "value_asymmetry")
                .contains("qk_gap");
        assertThat(rows).allSatisfy(row -> assertThat(row.split(",", -1)).hasSameSizeAs(head));
        assertThat(rows.stream().filter(row -> row.split(",")[1].equals("sum"))).hasSize(layers);
        assertThat(out.resolve("spectrum.svg")).content().startsWith("<?xml").contains("asymmetry");
        assertThat(out.resolve("report.html")).content().contains("Theorem 5.1", "<svg", "</html>");
    }

    @Test
    void weightsThatAreDrawnNeedNoFiles() {
        Path out = folder.resolve("drawn");
        CommandResult result = spectrum(
                        "gpt2", "--weights", "random", "--layers", "2", "--json", "--out", out.toString())
                .succeeded();
        assertThat(result.out()).contains("\"weights\" : \"random\"", "\"seed\" : 42");
    }

    @Test
    void aModelMadeToFulfilTheTheoremOfSymmetricValuesIsFoundOut() {
        // values and output of both heads: W_V' = W_O, so that U_h is symmetric and positive but for the centring
        Path model = new TinyGpt2(2)
                .withAll("attn.c_attn.weight", w -> {
                    for (int i = 0; i < TinyGpt2.WIDTH; i++) {
                        for (int j = 0; j < TinyGpt2.WIDTH; j++) {
                            // conv1d [in, 3D]: the value part is the identity, of which centring leaves I - 11'/D
                            w[i * 3 * TinyGpt2.WIDTH + 2 * TinyGpt2.WIDTH + j] = i == j ? 1 : 0;
                        }
                    }
                })
                .withAll("attn.c_proj.weight", w -> {
                    Arrays.fill(w, -1f / TinyGpt2.WIDTH);
                    for (int i = 0; i < TinyGpt2.WIDTH; i++) {
                        w[i * TinyGpt2.WIDTH + i] += 1;
                    }
                })
                .write(folder.resolve("model"));
        Path out = folder.resolve("out");
        spectrum(model.toString(), "--out", out.toString()).succeeded();
        ObjectNode json = (ObjectNode) StrictJson.readObject(out.resolve("spectrum.json"), 1 << 20, "spectrum");
        assertThat(json.path("layers").get(1).path("sum").path("asymmetry").asDouble())
                .isLessThan(1e-6);
        assertThat(json.path("layers").get(1).path("sum").path("change").asDouble())
                .isLessThan(1e-6);
        assertThat(json.path("layers").get(1).path("sum").path("leading_re").asDouble())
                .isBetween(0.999999, 1.000001);
    }

    @Test
    void whatIsWrongIsSaid() {
        spectrum(MODEL, "--layers", "1-99").refused(2, "--layers 1-99", "from 0 to");
        spectrum(MODEL, "--layers", "3").refused(2, "--layers 3", "from 0 to 2");
        spectrum(MODEL, "--layers", "2-1").refused(2, "--layers 2-1");
        spectrum(MODEL, "--layers", "1,,2").refused(2, "--layers 1,,2", "0,4-6,11");
        spectrum(MODEL, "--weights", "random-each-pass").refused(2, "--weights random-each-pass", "use random");
        spectrum(MODEL, "--tolerance", "2").refused(2, "--tolerance");
        spectrum(MODEL, "--drift", "-1").refused(2, "--drift");
        spectrum(MODEL, "--threads", "0").refused(2, "--threads");
        spectrum(MODEL, "--seed", "-1").refused(2, "--seed");
        spectrum(folder.resolve("nothing").toString()).refused(2, "nothing");
    }

    @Test
    void aFolderThatHoldsSomethingIsLeftAlone() throws IOException {
        Files.writeString(folder.resolve("mine.txt"), "mine");
        spectrum(MODEL, "--out", folder.toString()).refused(2, "not empty");
        spectrum(MODEL, "--out", folder.toString(), "--force").succeeded();
        assertThat(folder.resolve("mine.txt")).content().isEqualTo("mine");
    }
}
