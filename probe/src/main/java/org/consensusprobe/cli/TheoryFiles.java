package org.consensusprobe.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.report.LinePanels;
import org.consensusprobe.report.RunTitle;
import org.consensusprobe.report.TheorySection;
import org.consensusprobe.theory.run.Finding;
import org.consensusprobe.theory.run.RunTheory;
import org.consensusprobe.theory.run.Series;

/** Writes what theory says of a run: {@code theory.json} and the figure. */
final class TheoryFiles {
    private final RunTheory theory;
    private final List<Finding> findings;
    private final List<String> changes;

    TheoryFiles(RunTheory theory, List<Finding> findings, List<String> changes) {
        this.theory = theory;
        this.findings = findings;
        this.changes = changes;
    }

    void write(Path run) {
        LinePanels figure = figure();
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

    private LinePanels figure() {
        List<LinePanels.Panel> panels = new ArrayList<>();
        panel(panels, "Lyapunov functions and error", true, "lyapunov-hemisphere", "lyapunov-token-1", "error");
        panel(panels, "Hemispheres", false, "eigenvector-share", "hemisphere-margin");
        panel(panels, "max (1 − ⟨u, v⟩), v the leading eigenvector", false, "eigenvector-distance");
        panel(panels, "Token diameter and its bound", true, "token-diameter", "diameter-bound");
        panel(panels, "Order parameter", false, "order-parameter");
        panel(panels, "Energy deficit, b = 1", true, "energy-deficit");
        panel(panels, "Clusters within 15 degrees", false, "cluster-components");
        return new LinePanels(RunTitle.of(theory.run().manifest()), panels);
    }

    private void panel(List<LinePanels.Panel> panels, String title, boolean logarithmic, String... names) {
        List<LinePanels.Line> lines = Arrays.stream(names)
                .map(theory::series)
                .flatMap(Optional::stream)
                .map(TheoryFiles::line)
                .toList();
        boolean positive =
                lines.stream().flatMapToDouble(l -> Arrays.stream(l.y())).anyMatch(v -> v > 0);
        if (!lines.isEmpty()) {
            panels.add(new LinePanels.Panel(title, lines, logarithmic && positive));
        }
    }

    private static LinePanels.Line line(Series series) {
        return new LinePanels.Line(
                series.name(), Arrays.stream(series.depths()).asDoubleStream().toArray(), series.means());
    }
}
