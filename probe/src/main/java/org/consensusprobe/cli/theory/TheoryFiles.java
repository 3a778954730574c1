package org.consensusprobe.cli.theory;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.consensusprobe.cli.terminal.ProgramVersion;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.report.RunTitle;
import org.consensusprobe.report.TheorySection;
import org.consensusprobe.report.chart.ChartSheet;
import org.consensusprobe.theory.run.Finding;
import org.consensusprobe.theory.run.RunTheory;
import org.consensusprobe.theory.run.TheoryCharts;

/** Writes what theory says of a run: {@code theory.json} and the figure. */
final class TheoryFiles {
    private static final int COLUMNS = 2;

    private final RunTheory theory;
    private final List<Finding> findings;
    private final List<String> changes;

    TheoryFiles(RunTheory theory, List<Finding> findings, List<String> changes) {
        this.theory = theory;
        this.findings = findings;
        this.changes = changes;
    }

    void write(Path run) {
        ChartSheet figure = new ChartSheet(RunTitle.of(theory.run().manifest()), TheoryCharts.of(theory), COLUMNS);
        figure.writePng(run.resolve("theory.png"));
        figure.writeSvg(run.resolve(TheorySection.SVG));
        AtomicFiles.writeText(run.resolve(TheorySection.JSON), json().toPrettyString() + "\n");
    }

    /** One line for each finding and for what is missing. */
    List<String> words() {
        List<String> lines = new ArrayList<>();
        for (Finding finding : findings) {
            lines.add(finding.quantity() + " (" + finding.source() + "): " + finding.result() + "."
                    + (finding.remark().isEmpty() ? "" : " " + finding.remark()));
        }
        if (!changes.isEmpty()) {
            lines.add("This run changes the model (" + String.join(", ", changes)
                    + "); eigenvectors are those of the model's own matrices.");
        }
        theory.missing().forEach(missing -> lines.add("Not recorded: " + missing + "."));
        return lines;
    }

    ObjectNode json() {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("format", 1);
        root.put("program", new ProgramVersion().getVersion()[0]);
        ArrayNode list = root.putArray("findings");
        for (Finding finding : findings) {
            list.addObject()
                    .put("quantity", finding.quantity())
                    .put("source", finding.source())
                    .put("result", finding.result())
                    .put("remark", finding.remark());
        }
        changes.forEach(root.putArray("changes")::add);
        theory.missing().forEach(root.putArray("missing")::add);
        ObjectNode all = root.putObject("series");
        theory.series().values().forEach(series -> {
            ObjectNode node = all.putObject(series.name());
            node.put("meaning", series.meaning());
            Arrays.stream(series.depths()).forEach(node.putArray("depths")::add);
            ArrayNode means = node.putArray("mean_over_prompts");
            for (double mean : series.means()) {
                if (Double.isFinite(mean)) {
                    means.add(mean);
                } else {
                    means.addNull();
                }
            }
            node.put("steps", series.steps());
            node.put("increases", series.increases());
            node.put("decreases", series.decreases());
        });
        return root;
    }
}
