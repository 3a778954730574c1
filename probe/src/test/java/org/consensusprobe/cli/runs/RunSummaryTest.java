package org.consensusprobe.cli.runs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.consensusprobe.plan.Route;
import org.consensusprobe.results.Curve;
import org.consensusprobe.results.FakeRuns;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.ManifestSections;
import org.consensusprobe.results.NpyHeader;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.results.RunReader;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where every token sees every token, token 1 is no reference of the others: the pairs are shown beside it. */
class RunSummaryTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"full", "causal"})
    void pairsStandBesideTheErrorOfEncodersOnly(String attention) {
        Manifest manifest = FakeRuns.manifest("tiny", 2, "random", true, 1, 2, 1e-13);
        manifest.section("model").put("attention", attention);
        manifest.measures(List.of(new ManifestSections.Measure("pairwise-mean", "1", List.of("prompt", "depth"))));
        try (RunDirectory run = RunDirectory.create(folder.resolve("run"), false)) {
            double[][] error = {{0.8, 0.4, 0.2}, {0.6, 0.2, 0.1}};
            run.writeError(error);
            run.writeCurve(Curve.of(error, Route.whole(2, 1)));
            double[] pairs = {0.5, 0.3, 0.25, 0.7, 0.5, 0.35};
            run.writeMeasure("pairwise-mean", NpyHeader.Type.FLOAT64, List.of(2, 3), out -> out.append(pairs));
            run.writeManifest(manifest);
        }
        StringWriter out = new StringWriter();

        RunSummary.print(new PrintWriter(out), RunReader.open(folder.resolve("run")));

        assertThat(out.toString()).contains("eq. 25), mean over prompts: 0.7000 at depth 0, 0.1500 at native depth 2");
        long lines = Arrays.stream(out.toString().split("\n"))
                .filter(line -> line.startsWith("mean over all pairs")
                        && line.contains("0.6000 at depth 0, 0.3000 at native depth 2"))
                .count();
        assertThat(lines).isEqualTo(attention.equals("full") ? 1 : 0);
    }
}
