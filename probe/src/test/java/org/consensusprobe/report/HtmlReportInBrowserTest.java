package org.consensusprobe.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.report.stats.Comparison;
import org.consensusprobe.results.FakeRuns;
import org.consensusprobe.results.RunReader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The report as a user meets it: opened from a file, pointed at, clicked. */
@Tag("slow")
class HtmlReportInBrowserTest {
    private static final String CURVES = "[data-part=curves] .u-over";
    private static final String TOOLTIP = "document.querySelector('[data-part=curves] .tooltip')";

    @TempDir
    static Path folder;

    private static Chromium chromium;
    private static Path report;

    @BeforeAll
    static void openBrowser() throws Exception {
        Optional<Path> installed = Chromium.installed();
        if (installed.isEmpty()) {
            System.out.println("HtmlReportInBrowserTest is skipped: no Chromium or Chrome on the PATH (or in CHROME).");
        }
        assumeTrue(installed.isPresent(), "no Chromium or Chrome on the PATH (or in CHROME)");
        Path full = folder.resolve("full");
        Path stripped = folder.resolve("stripped");
        FakeRuns.write(
                full,
                FakeRuns.manifest("</script><script>alert(1)</script>", 4, "random", true, 5, 6, 2e-13),
                FakeRuns.error(6, 5, 4, 1, 2e-13, 1));
        FakeRuns.write(
                stripped,
                FakeRuns.manifest("</script><script>alert(1)</script>", 4, "random", false, 5, 6, 2e-13),
                FakeRuns.error(6, 5, 4, 3, 2e-13, 2));
        List<RunReader> runs = List.of(RunReader.open(full), RunReader.open(stripped));
        report = folder.resolve("report.html");
        HtmlReport.write(runs, Comparison.of(runs, List.of("full", "stripped")), report);
        chromium = Chromium.start(installed.get());
    }

    @AfterAll
    static void closeBrowser() {
        if (chromium != null) {
            chromium.close();
        }
    }

    @BeforeEach
    void openReport() throws Exception {
        chromium.console.clear();
        chromium.requests.clear();
        chromium.open(report);
        chromium.await("document.querySelectorAll('.u-over').length === 2");
    }

    @Test
    void asksTheNetworkForNothingAndLogsNoError() throws Exception {
        chromium.hover(CURVES, 0.5, 0.5);
        assertThat(chromium.requests).containsExactly(report.toUri().toString());
        assertThat(chromium.console).isEmpty();
        assertThat(chromium.value("document.querySelectorAll('script').length")).isEqualTo("2");
        assertThat(chromium.value("document.querySelector('.subtitle').textContent"))
                .startsWith("</script><script>alert(1)</script> · random weights");
        // the policy is what forbids it, also to a script that got in
        chromium.page.evaluate(
                "() => { const s = document.createElement('script'); s.textContent = 'window.stranger = 1';"
                        + " document.body.append(s); fetch('https://example.org/').catch(() => 0); }");
        assertThat(chromium.value("window.stranger")).isEqualTo("undefined");
    }

    @Test
    void hoveringShowsTheValues() throws Exception {
        assertThat(chromium.value(TOOLTIP + ".hidden")).isEqualTo("true");
        chromium.hover(CURVES, 0.5, 0.5);
        chromium.await("!" + TOOLTIP + ".hidden");
        double[] full = RunReader.open(folder.resolve("full")).curve().mean();
        assertThat(chromium.value(TOOLTIP + ".textContent"))
                .contains("depth 10: layer 1 of pass 3")
                .contains("with feed-forward" + Numbers.text(full[10]))
                .contains("no feed-forward");
    }

    @Test
    void theKeyboardMovesAlongTheCurves() throws Exception {
        chromium.page.evaluate("() => document.querySelector('[data-part=curves] .plot').focus()");
        for (int i = 0; i < 3; i++) {
            chromium.page.keyboard().press("ArrowRight");
        }
        chromium.await(TOOLTIP + ".textContent.startsWith('depth 2: layer 1 of pass 1')");
    }

    @Test
    void theLegendHidesAndShowsACurve() throws Exception {
        String pixels = "document.querySelector('[data-part=curves] canvas').toDataURL()";
        String before = chromium.value(pixels);
        chromium.click("[data-part=curves] .legend button:nth-child(2)");
        chromium.await(
                "document.querySelector('[data-part=curves] .legend button:nth-child(2)').ariaPressed === 'false'");
        chromium.hover(CURVES, 0.5, 0.5);
        chromium.await("!" + TOOLTIP + ".hidden");
        assertThat(chromium.value(TOOLTIP + ".textContent")).doesNotContain("no feed-forward");
        assertThat(chromium.value(pixels)).isNotEqualTo(before);
        chromium.click("[data-part=curves] .legend button:nth-child(2)");
        chromium.await(pixels + " === `" + before + "`");
    }

    @Test
    void scalesSwitchAndZoomResets() throws Exception {
        String axis = "document.querySelector('[data-part=curves] canvas').toDataURL()";
        String reset = "document.querySelector('[data-part=curves] [data-action=reset]').disabled";
        String log = chromium.value(axis);
        chromium.click("[data-part=curves] [data-value=linear]");
        chromium.await(axis + " !== `" + log + "`");
        assertThat(chromium.value("document.querySelector('[data-value=linear]').ariaPressed"))
                .isEqualTo("true");
        chromium.click("[data-part=curves] [data-value=log]");
        chromium.await(axis + " === `" + log + "`");

        assertThat(chromium.value(reset)).isEqualTo("true");
        chromium.drag(CURVES, 0.2, 0.45);
        chromium.await(reset + " === false");
        chromium.hover(CURVES, 0.999, 0.5);
        chromium.await(TOOLTIP + ".textContent.startsWith('depth 9')");
        chromium.click("[data-part=curves] [data-action=reset]");
        chromium.await(axis + " === `" + log + "`");
        assertThat(chromium.value(reset)).isEqualTo("true");
    }

    @Test
    void singlePromptsCanBeChosen() throws Exception {
        String pressed = "document.querySelectorAll('.chips [aria-pressed=true]').length";
        assertThat(chromium.value(pressed)).isEqualTo("6");
        chromium.page.evaluate("() => [...document.querySelectorAll('[data-part=prompts] button')]"
                + ".find(b => b.textContent === 'None').click()");
        assertThat(chromium.value(pressed)).isEqualTo("0");
        chromium.click(".chips button:nth-child(3)");
        assertThat(chromium.value("document.querySelector('.chips [aria-pressed=true]').textContent"))
                .isEqualTo("3");
        chromium.page.evaluate("() => { const s = document.querySelector('[data-part=prompts] select');"
                + " s.value = '1'; s.dispatchEvent(new Event('change')); }");
        assertThat(chromium.value(pressed)).isEqualTo("6");
        assertThat(chromium.console).isEmpty();
    }

    @Test
    void followsTheColourSchemeAndPrintsTheDrawing() throws Exception {
        String colour = "getComputedStyle(document.body).backgroundColor";
        String pixels = "document.querySelector('[data-part=curves] canvas').toDataURL()";
        chromium.emulate("screen", "light");
        String lightColour = chromium.value(colour);
        String lightPixels = chromium.value(pixels);
        chromium.emulate("screen", "dark");
        chromium.await(colour + " !== '" + lightColour + "'");
        chromium.await(pixels + " !== `" + lightPixels + "`");
        chromium.emulate("print", "dark");
        chromium.await(colour + " === 'rgb(255, 255, 255)'");
        assertThat(chromium.value("getComputedStyle(document.querySelector('.static')).display"))
                .isEqualTo("block");
        assertThat(chromium.value("document.querySelector('.static svg').getBoundingClientRect().width > 500"))
                .isEqualTo("true");
        assertThat(chromium.value("getComputedStyle(document.querySelector('.interactive')).display"))
                .isEqualTo("none");
        chromium.emulate("", "light");
        assertThat(chromium.console).isEmpty();
    }
}
