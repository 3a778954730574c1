package org.consensusprobe.cli.theory;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.consensusprobe.cli.terminal.ProgramVersion;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Build;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.report.PlainReport;
import org.consensusprobe.report.chart.ChartSheet;
import org.consensusprobe.theory.spectrum.Hypothesis;
import org.consensusprobe.theory.spectrum.LayerSpectrum;
import org.consensusprobe.theory.spectrum.MatrixSpectrum;
import org.consensusprobe.theory.spectrum.SpectrumCharts;
import org.consensusprobe.theory.spectrum.SpectrumTable;

/** Writes what a spectrum leaves: {@code spectrum.csv}, {@code spectrum.json}, the figure and {@code report.html}. */
final class SpectrumFiles {
    /** Of spectrum.json; 1 counted layers and heads from 1. */
    private static final int FORMAT = 2;

    private static final int COLUMNS = 2;

    private final ModelLookup.Found found;
    private final RunPlan.Weights weights;
    private final List<LayerSpectrum> layers;
    private final List<Hypothesis> hypotheses;
    private final Tolerances tolerances;
    private final Instant started;
    private final double seconds;

    /** Up to where a relative deviation, and an angle in degrees, count as none. */
    record Tolerances(double relative, double degrees) {}

    SpectrumFiles(
            ModelLookup.Found found,
            RunPlan plan,
            List<LayerSpectrum> layers,
            List<Hypothesis> hypotheses,
            Tolerances tolerances,
            Instant started) {
        this.found = found;
        this.weights = plan.weights();
        this.layers = layers;
        this.hypotheses = hypotheses;
        this.tolerances = tolerances;
        this.started = started;
        this.seconds = Duration.between(started, Instant.now()).toMillis() / 1000.0;
    }

    void write(Path folder) {
        AtomicFiles.writeText(folder.resolve("spectrum.csv"), SpectrumTable.csv(layers));
        AtomicFiles.writeText(folder.resolve("spectrum.json"), json().toPrettyString() + "\n");
        ChartSheet maps = new ChartSheet(title(), SpectrumCharts.of(layers), COLUMNS);
        maps.writePng(folder.resolve("spectrum.png"));
        maps.writeSvg(folder.resolve("spectrum.svg"));
        report(maps, folder.resolve("report.html"));
    }

    /** The manifest, the layers' sums and the hypotheses. */
    ObjectNode json() {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        Transformer.Sizes sizes = found.subject().transformer().sizes();
        root.put("format", FORMAT);
        root.put("program", new ProgramVersion().getVersion()[0]);
        root.put("model", found.subject().name());
        root.put("model_type", sizes.modelType());
        root.put("hub_id", found.hubId().orElse(null));
        root.put("revision", found.revision().orElse(null));
        root.put("weights", weights.mode().optionName());
        if (weights.mode() != WeightMode.TRAINED) {
            root.put("seed", weights.seed());
        }
        root.put("dtype", "float64");
        root.put("started", started.truncatedTo(ChronoUnit.MILLIS).toString());
        root.put("seconds", seconds);
        root.put("tolerance", tolerances.relative());
        root.put("drift_tolerance_degrees", tolerances.degrees());
        ArrayNode theorems = root.putArray("hypotheses");
        for (Hypothesis h : hypotheses) {
            ObjectNode node = theorems.addObject();
            node.put("theorem", h.theorem());
            node.put("statement", h.statement());
            node.put("test", h.test());
            node.put("where", h.place());
            if (h.needsRun()) {
                node.putNull("holds");
            } else {
                node.put("holds", h.holds());
                node.put("of", h.of());
            }
            h.nearest().ifPresent(value -> node.put("nearest", value));
        }
        ArrayNode rows = root.putArray("layers");
        for (LayerSpectrum layer : layers) {
            ObjectNode node = rows.addObject();
            node.put("layer", layer.layer());
            enter(node.putObject("sum"), layer.sum());
            put(node, "drift_degrees", layer.drift());
        }
        return root;
    }

    private static void enter(ObjectNode node, MatrixSpectrum matrix) {
        SpectrumTable.fields(matrix).forEach((name, value) -> put(node, name, value));
    }

    private static void put(ObjectNode node, String name, double value) {
        if (Double.isFinite(value)) {
            node.put(name, value);
        } else {
            node.putNull(name);
        }
    }

    private String title() {
        return found.subject().name() + " · " + weights.mode().optionName() + " weights"
                + (weights.mode() == WeightMode.TRAINED ? "" : " (seed " + weights.seed() + ")");
    }

    private void report(ChartSheet maps, Path file) {
        SpectrumText text = new SpectrumText(layers, hypotheses);
        PlainReport report = new PlainReport().section("Theorems");
        text.verdicts().forEach(report::text);
        report.table(SpectrumText.HYPOTHESIS_HEAD, text.hypothesisRows())
                .section("Heads and layers")
                .figure(
                        maps,
                        "Asymmetry (0 symmetric, 0.707 as in a random matrix, 1 antisymmetric) and real part of the"
                                + " eigenvalue of largest modulus, for each head's value matrix U and query-key"
                                + " matrix P.")
                .section("Layers")
                .table(SpectrumText.LAYER_HEAD, text.layerRows())
                .section("How to read this")
                .text(
                        "U = W_O W_V N is what a head adds to the stream from a token's direction, P = N' W_Q' W_K N gives"
                                + " the scores; N is the linear part of the norm before attention. The leading eigenvalue is the"
                                + " one with the largest real part, which the continuous dynamics follow; the dominant one has the"
                                + " largest modulus. Gap: the real part between the leading eigenvalue and the next, over the"
                                + " largest modulus. Change: |U - U before| over the root of the sum of squares, 1 for unrelated"
                                + " matrices. Drift: the angle between leading eigenvectors of (U + U')/2 of neighbouring layers.")
                .text("Pairs of the sums are found by Arnoldi iteration; the largest relative residual is "
                        + layers.stream()
                                .mapToDouble(l -> l.sum().residual())
                                .max()
                                .orElse(0)
                        + ".");
        report.write(
                "Spectra of attention",
                title(),
                layers.size() + " layers of " + layers.get(0).values().size() + " heads · float64",
                Build.version(),
                file);
    }
}
