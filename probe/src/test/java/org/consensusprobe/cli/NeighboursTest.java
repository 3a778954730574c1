package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.consensusprobe.Reference;
import org.consensusprobe.results.Npy;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.RunReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Figures of neighbouring papers, and what they are drawn from. */
class NeighboursTest {
    private static final int TOKENS = 9;
    private static final int WIDTH = 48;

    @TempDir
    Path folder;

    @Test
    void presetsRunOnAnyModel() throws IOException {
        String model = Reference.folder("tiny-gpt-neo").toString();
        CommandResult.of(
                        "reproduce",
                        "geshkovski",
                        "dong",
                        "wu",
                        "--models",
                        model,
                        "--prompts",
                        "random:2x9",
                        "--out",
                        "" + folder)
                .succeeded();
        for (String name : List.of("dong", "geshkovski", "wu")) {
            assertThat(folder.resolve(name + ".png")).isNotEmptyFile();
        }
        assertThat(folder.resolve("dong.svg")).content().contains("no feed-forward · no skips");
        assertThat(folder.resolve("wu.svg")).content().contains("window of 8");
        double sum = 0;
        List<String> lines = Files.readAllLines(folder.resolve("geshkovski.csv"));
        assertThat(lines.get(0)).isEqualTo("run,depth,low,high,share");
        for (String line : lines.subList(1, lines.size())) {
            sum += Double.parseDouble(line.substring(line.lastIndexOf(',') + 1));
        }
        assertThat(sum).isCloseTo((lines.size() - 1) / 50.0, within(1e-9)); // every histogram's shares sum to 1
    }

    @Test
    void residualAndMuAreTheirFormulas() {
        Path out = folder.resolve("run");
        CommandResult.of(
                        "run",
                        "--model",
                        Reference.folder("tiny-gpt2").toString(),
                        "--prompts",
                        "random:3x" + TOKENS,
                        "--passes",
                        "1",
                        "--dtype",
                        "float64",
                        "--measures",
                        "rank-residual,mu",
                        "--save-hidden-at",
                        "0-3",
                        "--out",
                        out.toString())
                .succeeded();
        double[][] residual = RunReader.open(out).curvesOf("rank-residual:composite");
        double[][] mu = Npy.read(out.resolve("measures/mu.npy")).rows();
        for (int depth = 0; depth <= 3; depth++) {
            NpyArray states = Npy.read(out.resolve("hidden/depth-" + depth + ".npy"));
            for (int prompt = 0; prompt < 3; prompt++) {
                double[][] x = new double[TOKENS][WIDTH];
                double[][] r = new double[TOKENS][WIDTH];
                for (int k = 0; k < WIDTH; k++) {
                    double mean = 0;
                    for (int t = 0; t < TOKENS; t++) {
                        x[t][k] = states.values()[(prompt * TOKENS + t) * WIDTH + k];
                        mean += x[t][k] / TOKENS;
                    }
                    for (int t = 0; t < TOKENS; t++) {
                        r[t][k] = x[t][k] - mean;
                    }
                }
                assertThat(residual[prompt][depth]).isCloseTo(composite(r) / composite(x), within(1e-12));
                assertThat(mu[prompt][depth]).isCloseTo(frobenius(r), within(1e-11));
            }
        }
    }

    private static double composite(double[][] x) {
        double rows = 0;
        double columns = 0;
        for (double[] row : x) {
            double sum = 0;
            for (double v : row) {
                sum += Math.abs(v);
            }
            rows = Math.max(rows, sum);
        }
        for (int k = 0; k < WIDTH; k++) {
            double sum = 0;
            for (double[] row : x) {
                sum += Math.abs(row[k]);
            }
            columns = Math.max(columns, sum);
        }
        return Math.sqrt(rows * columns);
    }

    private static double frobenius(double[][] x) {
        double sum = 0;
        for (double[] row : x) {
            for (double v : row) {
                sum += v * v;
            }
        }
        return Math.sqrt(sum);
    }
}
