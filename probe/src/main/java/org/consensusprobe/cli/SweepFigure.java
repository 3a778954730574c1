package org.consensusprobe.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.consensusprobe.experiment.WeightMode;
import org.consensusprobe.experiment.sweep.RunSpec;
import org.consensusprobe.experiment.sweep.Sweep;
import org.consensusprobe.experiment.sweep.SweepFile;
import org.consensusprobe.model.Heads;
import org.consensusprobe.report.CurveSeries;
import org.consensusprobe.report.Figure;
import org.consensusprobe.report.FigureRow;
import org.consensusprobe.report.HistogramFigure;
import org.consensusprobe.results.RunReader;

/** Draws the runs of a sweep: a row of panels for each combination of some fields, the rest in the legend. */
final class SweepFigure {
    private static final Set<String> KNOBS =
            Set.of("mask", "beta", "attention_scale", "skip", "norm", "heads", "initial");

    private static final String CHANGES = "changes";

    private SweepFigure() {}

    /**
     * Draws.
     *
     * @param outcomes of finished runs
     * @param file the figure's place without its ending
     * @return the PNG
     */
    static Path draw(SweepFile sweep, List<Sweep.Outcome> outcomes, Path folder, String name) {
        List<String> rows = sweep.figure().map(SweepFile.FigurePlan::rows).orElse(List.of());
        List<Map<String, String>> facts =
                outcomes.stream().map(o -> facts(o.spec())).toList();
        List<String> varying = facts.get(0).keySet().stream()
                .filter(field ->
                        facts.stream().map(f -> f.get(field)).distinct().count() > 1)
                .toList();
        List<String> title = title(sweep, outcomes, facts, varying, rows);
        String show = sweep.figure().map(SweepFile.FigurePlan::show).orElse(SweepFile.FigurePlan.ERROR);
        if (show.equals(SweepFile.FigurePlan.HISTOGRAMS)) {
            return histograms(title, outcomes, facts, varying, folder.resolve(name));
        }
        List<String> legend = legend(facts, outcomes, varying, rows);
        Map<String, List<CurveSeries>> curvesByRow = new LinkedHashMap<>();
        for (int i = 0; i < outcomes.size(); i++) {
            Map<String, String> fact = facts.get(i);
            String heading = join(rows.stream().map(fact::get).toList());
            String label = join(legend.stream().map(fact::get).toList());
            String colour = join(legend.stream()
                    .filter(f -> !f.equals("feed_forward"))
                    .map(fact::get)
                    .toList());
            List<CurveSeries> row = curvesByRow.computeIfAbsent(heading, h -> new ArrayList<>());
            RunReader run = RunReader.open(outcomes.get(i).directory());
            CurveSeries curve =
                    show.equals(SweepFile.FigurePlan.ERROR) ? CurveSeries.of(run) : CurveSeries.of(run, show);
            row.add(label.isEmpty() ? curve : curve.labelled(label, colour));
        }
        List<FigureRow> figureRows = new ArrayList<>();
        curvesByRow.forEach((heading, curves) -> figureRows.add(new FigureRow(
                heading,
                curves.stream().map(c -> c.withBand(curves.size() <= 2)).toList(),
                show.equals(SweepFile.FigurePlan.ERROR) ? "" : show)));
        Figure figure = new Figure(title, figureRows, Figure.BOTH);
        Path png = folder.resolve(name + ".png");
        figure.writePng(png);
        figure.writeSvg(folder.resolve(name + ".svg"));
        return png;
    }

    /** What tells the curves of a row apart; where several knobs do, only those that are turned are named. */
    private static List<String> legend(
            List<Map<String, String>> facts, List<Sweep.Outcome> outcomes, List<String> varying, List<String> rows) {
        List<String> legend = varying.stream().filter(f -> !rows.contains(f)).toList();
        if (legend.stream().filter(KNOBS::contains).count() < 2) {
            return legend;
        }
        for (int i = 0; i < facts.size(); i++) {
            List<String> changes = outcomes.get(i).spec().changes();
            facts.get(i).put(CHANGES, changes.isEmpty() ? "unchanged" : String.join(", ", changes));
        }
        List<String> shorter = new ArrayList<>(legend);
        shorter.removeIf(KNOBS::contains);
        shorter.add(CHANGES);
        return shorter;
    }

    /** A row of histograms for each run. */
    private static Path histograms(
            List<String> title,
            List<Sweep.Outcome> outcomes,
            List<Map<String, String>> facts,
            List<String> varying,
            Path file) {
        List<RunReader> runs =
                outcomes.stream().map(o -> RunReader.open(o.directory())).toList();
        List<String> headings = facts.stream()
                .map(f -> join(varying.stream().map(f::get).toList()))
                .toList();
        HistogramFigure figure = new HistogramFigure(title, runs, headings);
        Path png = file.resolveSibling(file.getFileName() + ".png");
        figure.writePng(png);
        figure.writeSvg(file.resolveSibling(file.getFileName() + ".svg"));
        figure.writeCsv(file.resolveSibling(file.getFileName() + ".csv"));
        return png;
    }

    /** What all runs have in common. */
    private static List<String> title(
            SweepFile sweep,
            List<Sweep.Outcome> outcomes,
            List<Map<String, String>> facts,
            List<String> varying,
            List<String> rows) {
        List<String> title = new ArrayList<>(List.of(sweep.title()));
        facts.get(0).forEach((field, text) -> {
            boolean knob = KNOBS.contains(field);
            if (!varying.contains(field) && !rows.contains(field) && !text.isEmpty() && !knob) {
                title.add(text);
            }
        });
        // a knob in its neutral position is not worth a word where no run turns it
        outcomes.get(0).spec().changes().stream()
                .filter(change ->
                        outcomes.stream().allMatch(o -> o.spec().changes().contains(change)))
                .forEach(title::add);
        return title;
    }

    private static String join(List<String> texts) {
        return String.join(" · ", texts.stream().filter(t -> !t.isEmpty()).toList());
    }

    /** What a reader is told of a run, by field. */
    private static Map<String, String> facts(RunSpec spec) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("model", spec.modelName());
        facts.put("revision", spec.revision().orElse(""));
        facts.put("weights", weights(spec.weights()));
        facts.put("seed", spec.weights() == WeightMode.TRAINED ? "" : "seed " + spec.seed());
        facts.put("feed_forward", spec.feedForward() ? "full" : "without feed-forward");
        facts.put("mask", spec.ingredients().mask().optionName() + " mask");
        facts.put("beta", "beta " + spec.ingredients().beta());
        facts.put("attention_scale", "attention x " + spec.ingredients().attentionScale());
        facts.put("skip", spec.ingredients().skip() ? "skips" : "no skips");
        facts.put("norm", spec.ingredients().norm() ? "norms" : "no norms");
        facts.put(
                "heads",
                spec.ingredients().heads().isEmpty()
                        ? "all heads"
                        : "heads " + Heads.text(spec.ingredients().heads()));
        facts.put("initial", spec.initial().change(spec.seed()).orElse("from the embedding"));
        facts.put("prompts", spec.prompts().equals("paper") ? "the paper's prompts" : spec.prompts());
        facts.put(
                "limit_prompts",
                spec.limitPrompts().isPresent() ? "first " + spec.limitPrompts().getAsInt() : "");
        facts.put("passes", spec.passes() + (spec.passes() == 1 ? " pass" : " passes"));
        facts.put("dtype", spec.dtype().torchName());
        facts.put("recycle", spec.recycling().optionName().equals("raw") ? "no norm between passes" : "");
        facts.put("similarity", spec.similarity().optionName().equals("absolute") ? "|cos|" : "");
        return facts;
    }

    private static String weights(WeightMode weights) {
        return switch (weights) {
            case TRAINED -> "trained weights";
            case SHUFFLED -> "shuffled weights";
            case RANDOM -> "random weights, the same in all passes";
            case RANDOM_EACH_PASS -> "random weights, redrawn each pass";
        };
    }
}
