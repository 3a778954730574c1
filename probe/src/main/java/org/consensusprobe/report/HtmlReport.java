package org.consensusprobe.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Sha256;
import org.consensusprobe.report.stats.Comparison;
import org.consensusprobe.report.stats.CurveNumbers;
import org.consensusprobe.results.RunReader;

/**
 * {@code report.html}: one self-contained page with charts to explore, tables and provenance.
 *
 * <p>The page works from a file and asks the network for nothing: its security policy forbids it, and allows only the
 * script that was written into it. Without scripts, and on paper, charts are the figure's vector drawing.
 */
public final class HtmlReport {
    private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/";
    private static final int MOST_OPEN_PROVENANCES = 2;

    private HtmlReport() {}

    /** Writes the report of one run. */
    public static void write(RunReader run, Path file) {
        write(RunTitle.parts(run.manifest()).get(0), List.of(Section.of("", "", List.of(run))), file);
    }

    /** Writes the report of a comparison. */
    public static void write(List<RunReader> runs, Comparison comparison, Path file) {
        Section section = Section.of("", "", runs).with(comparison);
        write(section.entries().size() + " runs compared", List.of(section), file);
    }

    /**
     * Writes a report with several charts.
     *
     * @param title plain text
     */
    public static void write(String title, List<Section> sections, Path file) {
        String page = page(title, sections);
        AtomicFiles.writeText(file, page);
    }

    static String page(String title, List<Section> sections) {
        ReportData data = new ReportData(ReportData.curves(sections));
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < sections.size(); i++) {
            data.add(sections.get(i));
            body.append(section(sections.get(i), i, sections.size() == 1));
        }
        if (sections.size() == 1 && sections.get(0).entries().size() == 1) {
            RunReader run = sections.get(0).entries().get(0).run();
            body.append(HalvesSection.of(run));
            body.append(TokensSection.of(run));
            body.append(PositionsSection.of(run));
            body.append(TheorySection.of(run));
        }
        String script = resource(UPLOT + "dist/uPlot.iife.min.js") + "\n" + resource("report.js");
        return Html.fill(
                resource("report.html"),
                "title",
                Html.escape(title),
                "subtitle",
                Html.escape(subtitle(title, sections)),
                "policy",
                "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none';"
                        + " script-src 'sha256-" + sha256(script) + "'",
                "style",
                resource(UPLOT + "dist/uPlot.min.css") + resource("report.css"),
                "body",
                body.toString(),
                "thinned",
                data.thinned()
                        ? "<p class=\"faint\">Charts are thinned: of long curves the ends and extremes of each stretch"
                                + " are drawn, of many prompts some at even distances. Tables use all values;"
                                + " error.npy holds them.</p>"
                        : "",
                "method",
                ReportTables.method(),
                "provenance",
                provenance(sections),
                "version",
                Html.escape(version(sections)),
                "licence",
                Html.escape(resource(UPLOT + "LICENSE"))
                        .replace("\\u000a", "\n")
                        .replace("\\u000d", ""),
                "data",
                Html.scriptJson(data.json()),
                "script",
                script);
    }

    private static String section(Section section, int index, boolean alone) {
        List<String> labels = new ArrayList<>();
        List<CurveNumbers> numbers = new ArrayList<>();
        section.comparison()
                .ifPresentOrElse(
                        comparison -> comparison.rows().forEach(row -> {
                            labels.add(row.label());
                            numbers.add(row.numbers());
                        }),
                        () -> section.entries().forEach(entry -> {
                            labels.add(entry.label());
                            numbers.add(CurveNumbers.of(entry.run()));
                        }));
        return Html.fill(
                resource("section.html"),
                "index",
                Integer.toString(index),
                "heading",
                section.heading().isEmpty() ? "" : "<h2>" + Html.escape(section.heading()) + "</h2>",
                "text",
                section.text().isEmpty() ? "" : "<p>" + Html.escape(section.text()) + "</p>",
                "common",
                alone ? "" : "<p class=\"common\">" + Html.escape(String.join(" · ", section.common())) + "</p>",
                "tiles",
                numbers.size() == 1 ? ReportTables.tiles(numbers.get(0)) : "",
                "figure",
                section.figure(List.of()).svg(), // for paper and for browsers without scripts
                "warnings",
                section.comparison().map(ReportTables::warnings).orElse(""),
                "tables",
                ReportTables.curves(labels, numbers)
                        + measures(section)
                        + section.comparison().map(ReportTables::differences).orElse(""));
    }

    private static String measures(Section section) {
        StringBuilder html = new StringBuilder();
        for (Section.Entry entry : section.entries()) {
            String table = RecordedMeasures.table(entry.run());
            boolean named = section.entries().size() > 1 && !table.isEmpty();
            html.append(
                    named
                            ? "<details><summary>" + Html.escape(entry.label()) + "</summary>" + table + "</details>\n"
                            : table);
        }
        return html.toString();
    }

    private static String subtitle(String title, List<Section> sections) {
        if (sections.size() == 1) {
            return sections.get(0).common().stream()
                    .filter(part -> !part.equals(title))
                    .collect(Collectors.joining(" · "));
        }
        return sections.size() + " charts, " + ReportData.curves(sections) + " curves";
    }

    private static String provenance(List<Section> sections) {
        Map<Path, RunReader> runs = new LinkedHashMap<>();
        sections.forEach(s -> s.entries().forEach(e -> runs.putIfAbsent(e.run().path(), e.run())));
        StringBuilder html = new StringBuilder();
        runs.values().forEach(run -> html.append(Provenance.of(run, runs.size() <= MOST_OPEN_PROVENANCES)));
        return html.toString();
    }

    private static String version(List<Section> sections) {
        return sections.get(0).entries().get(0).run().manifest().program().cited();
    }

    static String sha256(String script) {
        return Base64.getEncoder().encodeToString(Sha256.digest().digest(script.getBytes(StandardCharsets.UTF_8)));
    }

    /** A text from the class path: absolute, or beside this program's report template. */
    static String resource(String name) {
        String path = name.startsWith("/") ? name : "/report/" + name;
        try (InputStream in = HtmlReport.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalStateException(path + " is not on the class path");
            }
            // the policy's hash is taken over what browsers see: they turn CRLF into LF before they look
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
