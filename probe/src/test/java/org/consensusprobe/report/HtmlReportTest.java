package org.consensusprobe.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.results.FakeRuns;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.ManifestSections;
import org.consensusprobe.results.NpyHeader;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.results.RunReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HtmlReportTest {
    private static final String HOSTILE = "</script><img src=x onerror=alert(1)>'\"&\u202e{{data}}";

    @TempDir
    Path folder;

    @Test
    void isOneFileThatNamesNoOtherPlace() throws IOException {
        String page = page(run("gpt2", 3, 5, 4));
        assertThat(page)
                .startsWith("<!DOCTYPE html>")
                .contains("<title>gpt2 – Consensus Probe</title>")
                .contains("random weights (seed 42)")
                .contains("default-src 'none'")
                .contains("arXiv preprint arXiv:2412.02682")
                .contains("The MIT License (MIT)")
                .contains("<th scope=\"row\">prompt count</th><td>5</td>")
                .doesNotContain("<link rel=\"stylesheet\"", "@import", "{{index}}");
        // a comment of the chart library, and the name by which browsers know SVG
        assertThat(page.replace("https://github.com/leeoniya/uPlot", "").replace("http://www.w3.org/2000/svg", ""))
                .doesNotContain("https://")
                .doesNotContain("http://");
    }

    @Test
    void quotesUntrustedText() throws IOException {
        String page = page(run(HOSTILE, 3, 5, 4));
        assertThat(page)
                .contains("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&#39;&quot;&amp;\\u202e{{data}}")
                .doesNotContain("<img src=x")
                .doesNotContain("\u202e");
        assertThat(page.split("</script>", -1)).hasSize(3);
        assertThat(data(page).get(0).path("curves").get(0).path("mean").size()).isEqualTo(3 * 4 + 1);
    }

    @Test
    void untrustedLabelsStayInsideTheData() throws IOException {
        Path one = run(HOSTILE, 3, 5, 4);
        Path other = run("gpt2", 3, 5, 4);
        Path file = folder.resolve("report.html");
        HtmlReport.write(
                "<b>&", List.of(Section.of("<i>", "<u>", List.of(RunReader.open(one), RunReader.open(other)))), file);
        String page = Files.readString(file);
        assertThat(page)
                .contains("<h1>&lt;b&gt;&amp;</h1>", "<h2>&lt;i&gt;</h2>", "<p>&lt;u&gt;</p>")
                .doesNotContain("<img src=x");
        assertThat(page.split("</script>", -1)).hasSize(3);
        assertThat(data(page).get(0).path("curves").get(0).path("label").asText())
                .isEqualTo(HOSTILE);
    }

    @ParameterizedTest
    @CsvSource({"full, pairwise-mean, pairwise-mean", "causal, pairwise-mean, ''", "full, mu, ''"})
    void encodersShowAllPairsBesideTheError(String attention, String measure, String beside) throws IOException {
        Manifest manifest = FakeRuns.manifest("bert", 4, "random", true, 3, 2, 1e-14);
        manifest.section("model").put("attention", attention);
        manifest.measures(
                List.of(new ManifestSections.Measure(measure, "1", List.of("prompt", "depth"), java.util.Map.of())));
        Path run = folder.resolve("encoder");
        FakeRuns.write(run, manifest, FakeRuns.error(2, 3, 4, 1, 1e-14, 1));
        try (RunDirectory directory = RunDirectory.resume(run)) {
            directory.writeMeasure(measure, NpyHeader.Type.FLOAT64, List.of(2, 13), out -> out.append(new double[26]));
        }
        assertThat(data(page(run)).at("/0/curves/0/beside").asText()).isEqualTo(beside);
    }

    @Test
    void bigRunsAreThinnedAndSaySo() throws IOException {
        String page = page(run("gpt2-xl", 40, 100, 48));
        assertThat(page.length()).isLessThan(3_000_000);
        assertThat(page).contains("Charts are thinned");
        var curve = data(page).get(0).path("curves").get(0);
        assertThat(curve.path("mean").size()).isBetween(400, 1921);
        assertThat(curve.path("depths").get(0).asInt()).isZero();
        assertThat(curve.path("depths").get(curve.path("depths").size() - 1).asInt())
                .isEqualTo(40 * 48);
        assertThat(curve.path("prompts").path("all").asInt()).isEqualTo(100);
        assertThat(page(run("gpt2", 3, 5, 4))).doesNotContain("Charts are thinned");
    }

    @Test
    void severalChartsShareAPage() {
        List<RunReader> runs = List.of(RunReader.open(run("gpt2", 3, 5, 4)), RunReader.open(run("gpt-neo", 3, 5, 2)));
        String page = HtmlReport.page(
                "Figures", List.of(Section.of("Figure 9", "first", runs), Section.of("Figure 10", "second", runs)));
        assertThat(page).contains("<h2>Figure 9</h2>", "<h2>Figure 10</h2>", "data-chart=\"1\"", "2 charts, 4 curves");
        assertThat(data(page)).hasSize(2);
        // each run's provenance once
        assertThat(page.split("class=\"provenance\"", -1)).hasSize(3);
    }

    private String page(Path run) throws IOException {
        Path file = run.resolve("report.html");
        HtmlReport.write(RunReader.open(run), file);
        return Files.readString(file);
    }

    private Path run(String model, int passes, int prompts, int layers) {
        Path run = folder.resolve("run-" + passes + "-" + prompts + "-" + layers + "-" + model.hashCode());
        if (!Files.exists(run)) {
            FakeRuns.write(
                    run,
                    FakeRuns.manifest(model, layers, "random", true, passes, prompts, 2e-13),
                    FakeRuns.error(prompts, passes, layers, 1, 2e-13, 1));
        }
        return run;
    }

    private static com.fasterxml.jackson.databind.JsonNode data(String page) {
        String start = "<script type=\"application/json\" id=\"data\">";
        int from = page.indexOf(start) + start.length();
        return StrictJson.parse(
                page.substring(from, page.indexOf("</script>", from)).getBytes(java.nio.charset.StandardCharsets.UTF_8),
                "page",
                "data");
    }
}
