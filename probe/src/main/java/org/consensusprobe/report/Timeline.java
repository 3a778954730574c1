package org.consensusprobe.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Csv;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.report.chart.ChartSheet;
import org.consensusprobe.report.stats.Bootstrap;
import org.consensusprobe.report.stats.CurveNumbers;
import org.consensusprobe.report.stats.Estimate;
import org.consensusprobe.report.stats.Interval;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.RunReader;
import org.consensusprobe.results.charts.Chart;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.results.charts.LineChart;
import org.consensusprobe.results.charts.LineChart.Scale;

/** Measures of the checkpoints of one training, against its step. */
public final class Timeline {
    /** What runs have to record. */
    public static final List<String> MEASURES = List.of(
            MeasureNames.ERROR_WITHOUT_TOKEN_1,
            "error-without-mean",
            MeasureNames.ACROSS_PROMPT_SIMILARITY,
            "effective-rank",
            "attention-entropy",
            "output-entropy");

    /** The columns of {@code timeline.csv}. */
    public static final String COLUMNS = "step,checkpoint,weights,quantity,mean,low,high,draws,prompts";

    private static final int PANELS_IN_A_ROW = 3;
    private static final double SPAN = 20;

    /**
     * A run of one checkpoint.
     *
     * @param step of the training
     * @param checkpoint its name
     */
    public record Entry(long step, String checkpoint, RunReader run) {}

    /** A number of a checkpoint: how it is called, what figures write on its axis, and how it is found. */
    private record Quantity(
            String name, String title, boolean drawn, Function<List<RunReader>, Optional<Estimate>> of) {}

    private static final List<Quantity> QUANTITIES = List.of(
            new Quantity(
                    "error-native",
                    "error at native depth",
                    true,
                    runs -> Optional.of(CurveNumbers.ofDraws(runs).nativeDepth())),
            new Quantity(
                    "error-end",
                    "error after recycling",
                    true,
                    runs -> Optional.of(CurveNumbers.ofDraws(runs).end())),
            new Quantity("rate", "ln error per pass", true, runs -> CurveNumbers.ofDraws(runs)
                    .rate()
                    .slope()),
            atNative("effective-rank", "effective rank at native depth", true),
            new Quantity(
                    "attention-entropy",
                    "attention entropy, pass 1",
                    true,
                    runs -> measured(runs, "attention-entropy", Timeline::overFirstPass)),
            new Quantity(
                    "output-entropy",
                    "output entropy (nats), pass 1",
                    true,
                    runs -> measured(runs, "output-entropy", (run, array, prompt) -> at(array, prompt, 0))),
            atNative(MeasureNames.ERROR_WITHOUT_TOKEN_1, "error without token 1", false),
            atNative("error-without-mean", "error without the mean", false),
            atNative(MeasureNames.ACROSS_PROMPT_SIMILARITY, "similarity across prompts", false));

    /**
     * @param step of the training
     * @param draws of drawn weights; 1 for the checkpoint's own
     * @param values one for each quantity that could be told
     */
    private record Point(
            long step, String checkpoint, String weights, int draws, int prompts, Map<Quantity, Estimate> values) {}

    private final String title;
    private final List<String> common;
    private final String version;
    private final List<Point> points = new ArrayList<>();

    /**
     * Of finished runs, in the order of their steps; runs of one checkpoint that differ in their draw are taken together.
     *
     * @param title what was trained
     */
    public Timeline(String title, List<Entry> entries) {
        this.title = title;
        List<RunReader> runs = entries.stream().map(Entry::run).toList();
        this.common = runs.size() < 2
                ? RunTitle.parts(runs.get(0).manifest())
                : RunTitle.compare(runs).common();
        this.version = runs.get(0).manifest().program().cited();
        Map<List<Object>, List<Entry>> sets = entries.stream()
                .collect(Collectors.groupingBy(
                        e -> List.of(e.step(), e.checkpoint(), weights(e.run())),
                        LinkedHashMap::new,
                        Collectors.toList()));
        for (List<Entry> set : sets.values()) {
            List<RunReader> draws = set.stream().map(Entry::run).toList();
            Map<Quantity, Estimate> values = new LinkedHashMap<>();
            for (Quantity quantity : QUANTITIES) {
                quantity.of
                        .apply(draws)
                        .filter(e -> Double.isFinite(e.value()))
                        .ifPresent(e -> values.put(quantity, e));
            }
            Entry first = set.get(0);
            points.add(new Point(
                    first.step,
                    first.checkpoint,
                    weights(first.run),
                    draws.size(),
                    first.run.manifest().promptCount(),
                    values));
        }
    }

    private static String weights(RunReader run) {
        return run.manifest().plan().weights().mode().optionName();
    }

    private static Quantity atNative(String measure, String title, boolean drawn) {
        return new Quantity(
                measure,
                title,
                drawn,
                runs -> measured(
                        runs,
                        measure,
                        (run, array, prompt) -> at(array, prompt, run.route().nativeDepth())));
    }

    /** A number of one prompt. */
    private interface OfPrompt {
        double of(RunReader run, NpyArray array, int prompt);
    }

    private static Optional<Estimate> measured(List<RunReader> runs, String measure, OfPrompt number) {
        double[][] values = runs.stream()
                .map(run -> {
                    NpyArray array = run.measure(measure);
                    double[] prompts = new double[array.shape().get(0)];
                    Arrays.setAll(prompts, prompt -> number.of(run, array, prompt));
                    return prompts;
                })
                .toArray(double[][]::new);
        return Optional.of(Bootstrap.estimate(values));
    }

    private static double at(NpyArray array, int prompt, int index) {
        return array.values()[prompt * array.shape().get(1) + index];
    }

    /** The mean over heads and the blocks of the first pass. */
    private static double overFirstPass(RunReader run, NpyArray array, int prompt) {
        int heads = array.shape().get(2);
        int first = (prompt * array.shape().get(1) + 1) * heads;
        int last = first + run.route().nativeDepth() * heads;
        return Arrays.stream(array.values(), first, last).average().orElse(Double.NaN);
    }

    /** Writes {@code timeline.csv}, {@code timeline.png}, {@code timeline.svg} and {@code report.html}. */
    public void write(Path folder) {
        AtomicFiles.writeText(folder.resolve("timeline.csv"), csv());
        ChartSheet figure = figure();
        figure.writePng(folder.resolve("timeline.png"));
        figure.writeSvg(folder.resolve("timeline.svg"));
        new PlainReport()
                .section("Along the training")
                .figure(figure, "Means over prompts at each checkpoint" + atZero() + ". " + String.join(" · ", common))
                .section("Numbers")
                .text(
                        "Means with their 95 % intervals over prompts, or over draws and prompts where weights are drawn. The"
                                + " rate is the slope of ln error per pass; a dash: it cannot be told.")
                .table(head(), points.stream().map(Timeline::row).toList())
                .write("Timeline", title, String.join(" · ", common), version, folder.resolve("report.html"));
    }

    private static List<String> head() {
        List<String> head = new ArrayList<>(List.of("step", "weights"));
        QUANTITIES.forEach(q -> head.add(q.title));
        return head;
    }

    private static List<String> row(Point point) {
        List<String> row = new ArrayList<>(List.of(Long.toString(point.step), point.weights));
        for (Quantity quantity : QUANTITIES) {
            Estimate estimate = point.values.get(quantity);
            row.add(estimate == null ? "-" : Numbers.text(estimate));
        }
        return row;
    }

    private String csv() {
        StringBuilder csv = new StringBuilder(COLUMNS).append('\n');
        for (Point point : points) {
            point.values.forEach((quantity, estimate) -> csv.append(Csv.line(List.of(
                    Long.toString(point.step),
                    point.checkpoint,
                    point.weights,
                    quantity.name,
                    Double.toString(estimate.value()),
                    estimate.interval().map(Interval::low).map(String::valueOf).orElse(""),
                    estimate.interval().map(Interval::high).map(String::valueOf).orElse(""),
                    Integer.toString(point.draws),
                    Integer.toString(point.prompts)))));
        }
        return csv.toString();
    }

    private ChartSheet figure() {
        Set<String> weights = new LinkedHashSet<>();
        points.forEach(point -> weights.add(point.weights));
        List<Chart> charts = new ArrayList<>();
        for (Quantity quantity : QUANTITIES) {
            if (quantity.drawn) {
                List<Line> lines = new ArrayList<>();
                weights.forEach(w -> lines.addAll(lines(quantity, w, lines.size() / 2, weights.size() > 1)));
                charts.add(new LineChart(
                        quantity.title, "training step" + atZero(), quantity.title, Scale.LOG, scale(lines), lines));
            }
        }
        return new ChartSheet(String.join(" · ", titleParts()), charts, PANELS_IN_A_ROW);
    }

    /** Logarithmic where values span decades. */
    private static Scale scale(List<Line> lines) {
        double[] all =
                lines.stream().flatMapToDouble(line -> Arrays.stream(line.y())).toArray();
        double least = Arrays.stream(all).min().orElse(0);
        return least > 0 && Arrays.stream(all).max().orElse(0) > SPAN * least ? Scale.LOG : Scale.LINEAR;
    }

    private List<String> titleParts() {
        List<String> parts = new ArrayList<>(List.of(title));
        parts.addAll(common);
        return parts;
    }

    /** A line through the means and a mark at each. */
    private List<Line> lines(Quantity quantity, String weights, int colour, boolean named) {
        List<Point> own = points.stream()
                .filter(p -> p.weights.equals(weights) && p.values.containsKey(quantity))
                .toList();
        double[] x =
                own.stream().mapToDouble(p -> p.step == 0 ? zero() : p.step).toArray();
        double[] y =
                own.stream().mapToDouble(p -> p.values.get(quantity).value()).toArray();
        return List.of(Line.solid(named ? weights : "", colour, x, y), Line.dots("", colour, x, y));
    }

    private boolean hasZero() {
        return points.stream().anyMatch(p -> p.step == 0);
    }

    /** Where step 0 is drawn, which a logarithmic axis does not have. */
    private double zero() {
        return points.stream().mapToLong(Point::step).filter(s -> s > 0).min().orElse(2) / 2.0;
    }

    private String atZero() {
        return hasZero() ? " (0 drawn at " + Numbers.text(zero()) + ")" : "";
    }
}
