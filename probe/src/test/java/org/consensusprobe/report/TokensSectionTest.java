package org.consensusprobe.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.results.FakeRuns;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.Npy;
import org.consensusprobe.results.RunReader;
import org.consensusprobe.results.TokenTexts;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens on a circle: what came together when is known, and their plane is the circle's. */
class TokensSectionTest {
    private static final int DIM = 16;

    @TempDir
    Path folder;

    private Path run;

    @BeforeEach
    void name() {
        run = folder.resolve("run");
    }

    @Test
    void tokensMeetAtTheDepthWhereTheyFirstComeWithinTheAngle() {
        RunReader reader = kept(new double[][] {{0, 40, 100, 180}, {0, 12, 100, 180}, {0, 50, 62, 180}});
        TokenMerges loose = merges(reader, 15);
        assertThat(loose.events())
                .extracting(TokenMerges.Event::one, TokenMerges.Event::other, TokenMerges.Event::depth)
                .containsExactly(tuple(0, 1, 1), tuple(1, 2, 2));
        assertThat(loose.events().get(0).degrees()).isCloseTo(12, within(1e-9));
        // 0 and 1 have parted again at the last depth, where 1 and 2 are together
        assertThat(loose.atEnd()).containsExactly(List.of(0), List.of(1, 2), List.of(3));
        assertThat(loose.order()).containsExactly(0, 1, 2, 3);
        assertThat(merges(reader, 5).events()).isEmpty();
        // single linkage: 0 and 2 are 62 degrees apart, and both near 1
        assertThat(merges(reader, 60).atEnd()).containsExactly(List.of(0, 1, 2), List.of(3));
    }

    @Test
    void smallAnglesAreToldApart() {
        RunReader reader = kept(new double[][] {{0, 1e-6, 90, 180}});
        assertThat(merges(reader, 5).events().get(0).degrees()).isCloseTo(1e-6, within(1e-11));
    }

    @Test
    void thePlaneOfACircleKeepsItsDistances() {
        RunReader reader = kept(new double[][] {{0, 40, 100, 180}, {3, 70, 200, 300}});
        TokenPlane plane = TokenPlane.of(KeptTokens.of(reader, 0, Optional.empty()), 8);
        assertThat(plane.shares()[0] + plane.shares()[1]).isCloseTo(1, within(1e-12));
        assertThat(plane.shares()[0]).isGreaterThanOrEqualTo(plane.shares()[1]);
        double[][] a = plane.points()[0];
        double[][] b = plane.points()[1];
        assertThat(Math.hypot(a[0][0] - a[3][0], a[0][1] - a[3][1])).isCloseTo(2, within(1e-12));
        // across depths too: 40 and 70 degrees
        assertThat(Math.hypot(a[1][0] - b[1][0], a[1][1] - b[1][1]))
                .isCloseTo(2 * Math.sin(Math.toRadians(15)), within(1e-12));
    }

    @Test
    void aTokenWithoutDirectionHasNoPlaceAndMeetsNone() {
        RunReader reader = kept(new double[][] {{0, 40, Double.NaN, 180}, {0, 1, Double.NaN, 180}});
        TokenPlane plane = TokenPlane.of(KeptTokens.of(reader, 0, Optional.empty()), 8);
        assertThat(plane.points()[0][2]).containsOnly(Double.NaN);
        assertThat(merges(reader, 60).atEnd()).containsExactly(List.of(0, 1), List.of(2), List.of(3));
    }

    @Test
    void theReportNamesTokensByTheirTextsAndOtherwiseByTheirPlace() throws Exception {
        RunReader reader = kept(new double[][] {{0, 40, 100, 180}, {0, 12, 100, 180}});
        assertThat(TokensSection.of(reader)).contains("token 1 and token 2: 12.0° at depth 1 (layer 0 of pass 1)");
        new TokenTexts(List.of(
                        new TokenTexts.Prompt(new int[] {5, 6, 7, 8}, List.of("<b>", " animal", "\n", "\ufffd"))))
                .into(run);
        String page = HtmlReport.page("t", List.of(Section.of("", "", List.of(RunReader.open(run)))));
        assertThat(page)
                .contains("“&lt;b&gt;” (token 1) and “animal” (token 2): 12.0° at depth 1 (layer 0 of pass 1)")
                .contains("Where tokens go", ">\\n<", ">#8<")
                .doesNotContain("<b>");
        assertThat(TokensSection.of(reader)).doesNotContain("at even distances");
        Files.delete(reader.hiddenFile(0));
        Files.delete(reader.hiddenFile(1));
        assertThat(TokensSection.of(reader)).isEmpty();
    }

    @Test
    void ofALongPromptSomeTokensAreTakenAndItIsSaid() {
        Random random = new Random(1);
        double[][] angles = IntStream.range(0, 3)
                .mapToObj(d -> random.doubles(101, 0, 360).toArray())
                .toArray(double[][]::new);
        KeptTokens tokens = KeptTokens.of(kept(angles), 0, Optional.empty());
        assertThat(tokens.tokens()).hasSize(40).startsWith(0).endsWith(100).doesNotHaveDuplicates();
        assertThat(TokensSection.of(tokens.run())).contains("40 of its 101 tokens");
    }

    private static TokenMerges merges(RunReader reader, double degrees) {
        return TokenMerges.of(KeptTokens.of(reader, 0, Optional.empty()), MeasureNames.CLUSTER_DEGREES).stream()
                .filter(m -> m.degrees() == degrees)
                .findFirst()
                .orElseThrow();
    }

    /** A run that kept one prompt's tokens: on a circle at these angles, in degrees, NaN for the zero vector; a row a depth. */
    private RunReader kept(double[][] degrees) {
        int tokens = degrees[0].length;
        Manifest manifest = FakeRuns.manifest("m", Math.max(1, degrees.length - 1), "random", true, 1, 1, 1e-9);
        var files = manifest.section("states").putArray("files");
        for (int depth = 0; depth < degrees.length; depth++) {
            files.addObject().put("file", "hidden/depth-" + depth + ".npy");
        }
        FakeRuns.write(run, manifest, FakeRuns.error(1, 1, Math.max(1, degrees.length - 1), 1, 1e-9, 1));
        RunReader reader = RunReader.open(run);
        for (int depth = 0; depth < degrees.length; depth++) {
            // one token more, which a shorter prompt's row ends with
            double[] values = new double[(tokens + 1) * DIM];
            Arrays.fill(values, tokens * DIM, values.length, Double.NaN);
            for (int i = 0; i < tokens; i++) {
                double angle = degrees[depth][i];
                double length = Double.isNaN(angle) ? 0 : 3.0 + i;
                for (int c = 0; c < DIM; c++) {
                    values[i * DIM + c] = length == 0 ? 0 : length * circle(angle)[c];
                }
            }
            try {
                Files.createDirectories(reader.hiddenFile(depth).getParent());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            Npy.write(reader.hiddenFile(depth), values, 1, tokens + 1, DIM);
        }
        return reader;
    }

    /** A unit vector in a plane that is no coordinate plane. */
    private static double[] circle(double degrees) {
        double[] vector = new double[DIM];
        double cos = Math.cos(Math.toRadians(degrees));
        double sin = Math.sin(Math.toRadians(degrees));
        vector[0] = 0.6 * cos;
        vector[5] = 0.8 * cos;
        vector[9] = sin;
        return vector;
    }
}
