package org.consensusprobe.report;

import java.nio.file.Path;
import java.util.List;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.report.chart.Sheet;

/** A self-contained page without scripts: headings, text, tables and drawings, one below the other. */
public final class PlainReport {
    private final StringBuilder body = new StringBuilder();
    private boolean open;

    /** A new section with a heading, plain text. */
    public PlainReport section(String heading) {
        closeSection();
        body.append("<section>\n<h2>").append(Html.escape(heading)).append("</h2>\n");
        open = true;
        return this;
    }

    /** A paragraph of plain text. */
    public PlainReport text(String text) {
        body.append("<p>").append(Html.escape(text)).append("</p>\n");
        return this;
    }

    /** A table of plain text; the first cell of a row is its heading. */
    public PlainReport table(List<String> head, List<List<String>> rows) {
        body.append(Html.table(
                escaped(head), rows.stream().map(PlainReport::escaped).toList()));
        return this;
    }

    /** A figure, with what it shows in words. */
    public PlainReport figure(Sheet sheet, String description) {
        body.append("<figure class=\"drawing\">").append(sheet.svg()).append("<figcaption>");
        body.append(Html.escape(description)).append("</figcaption></figure>\n");
        return this;
    }

    /**
     * Writes the page.
     *
     * @param kicker the line above the title
     */
    public void write(String kicker, String title, String subtitle, String version, Path file) {
        closeSection();
        AtomicFiles.writeText(
                file,
                Html.fill(
                        HtmlReport.resource("plain.html"),
                        "kicker",
                        Html.escape(kicker),
                        "title",
                        Html.escape(title),
                        "subtitle",
                        Html.escape(subtitle),
                        "style",
                        HtmlReport.resource("report.css"),
                        "body",
                        body.toString(),
                        "version",
                        Html.escape(version)));
    }

    private void closeSection() {
        if (open) {
            body.append("</section>\n");
            open = false;
        }
    }

    private static List<String> escaped(List<String> cells) {
        return cells.stream().map(Html::escape).toList();
    }
}
