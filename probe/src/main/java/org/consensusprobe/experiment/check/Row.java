package org.consensusprobe.experiment.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.report.stats.Against;
import org.consensusprobe.report.stats.Bootstrap;
import org.consensusprobe.report.stats.Estimate;
import org.consensusprobe.report.stats.PhaseRates;

/**
 * One quantity of the table: the checkpoint's, and each control's beside it.
 *
 * @param quantity its name, as {@code --fail-if} takes it
 * @param pass at whose end it is taken, from 1; of rates, the last that they use
 * @param checkpoint mean over prompts; of errors with an interval on the logarithmic scale
 * @param cells by control; none where the control made fewer passes
 */
public record Row(String quantity, Scale scale, int pass, Estimate checkpoint, Map<Control, Cell> cells) {
    static final String MEDIAN = "error-median";
    static final String SMALLEST = "error-smallest";
    static final String RATE = "decades-per-pass";

    /** How the checkpoint is compared with a control. */
    public enum Scale {
        /** By the ratio of geometric means over prompts. */
        RATIO,
        /** By the difference of means over prompts. */
        DIFFERENCE
    }

    /**
     * A control beside the checkpoint.
     *
     * @param value its mean over draws and prompts
     * @param compared the checkpoint over it, or less it
     */
    public record Cell(double value, int draws, Estimate compared, Reading reading) {}

    /** All rows of some evidence: native depth, the end of the drawn controls' passes, the end; then rates. */
    static List<Row> of(Evidence evidence) {
        Set<Integer> passes = new LinkedHashSet<>(List.of(1));
        evidence.controls().keySet().forEach(control -> passes.add(evidence.common(control)));
        passes.add(evidence.passes());
        List<Row> rows = new ArrayList<>();
        for (int pass : passes.stream().sorted().toList()) {
            rows.add(error(evidence, MeasureNames.ERROR, pass, t -> t.at(MeasureNames.ERROR, pass)));
            rows.add(error(evidence, MEDIAN, pass, t -> t.overBlocks(MeasureNames.ERROR, pass, PhaseRates::median)));
            rows.add(error(evidence, SMALLEST, pass, t -> t.overBlocks(MeasureNames.ERROR, pass, Row::smallest)));
            for (String measure : List.of(MeasureNames.ERROR_WITHOUT_TOKEN_1, Evidence.WITHOUT_MEAN)) {
                rows.add(error(evidence, measure, pass, t -> t.at(measure, pass)));
            }
            rows.add(across(evidence, pass));
        }
        if (evidence.passes() >= PhaseRates.FEWEST_PASSES) {
            evidence.controls().keySet().stream()
                    .map(evidence::common)
                    .distinct()
                    .sorted()
                    .forEach(pass -> {
                        if (pass >= PhaseRates.FEWEST_PASSES) {
                            rows.add(rate(evidence, pass));
                        }
                    });
        }
        return rows;
    }

    private static double smallest(double[] values) {
        return Arrays.stream(values).min().orElseThrow();
    }

    private static Row error(Evidence evidence, String name, int pass, Function<Track, double[]> of) {
        Track track = evidence.checkpoint();
        Estimate checkpoint = Bootstrap.positive(of.apply(track), track.floor()).within(0, 2);
        return new Row(name, Scale.RATIO, pass, checkpoint, cells(evidence, pass, Scale.RATIO, of));
    }

    private static Row across(Evidence evidence, int pass) {
        String name = MeasureNames.ACROSS_PROMPT_SIMILARITY;
        Function<Track, double[]> of = t -> t.at(name, pass);
        Estimate checkpoint = Against.mean(of.apply(evidence.checkpoint()), 2).within(-1, 1);
        return new Row(name, Scale.DIFFERENCE, pass, checkpoint, cells(evidence, pass, Scale.DIFFERENCE, of));
    }

    private static Row rate(Evidence evidence, int pass) {
        Function<Track, double[]> of = t -> t.rates(pass).ofPrompts();
        Estimate checkpoint = Against.mean(of.apply(evidence.checkpoint()), 2);
        return new Row(RATE, Scale.DIFFERENCE, pass, checkpoint, cells(evidence, pass, Scale.DIFFERENCE, of));
    }

    private static Map<Control, Cell> cells(Evidence evidence, int pass, Scale scale, Function<Track, double[]> of) {
        Map<Control, Cell> cells = new EnumMap<>(Control.class);
        evidence.controls().forEach((control, draws) -> {
            if (evidence.common(control) >= pass) {
                cells.put(control, cell(evidence, control, scale, of));
            }
        });
        return cells;
    }

    private static Cell cell(Evidence evidence, Control control, Scale scale, Function<Track, double[]> of) {
        List<Track> tracks = evidence.controls().get(control);
        double[][] values = tracks.stream().map(of).toArray(double[][]::new);
        double mean = Arrays.stream(values)
                .flatMapToDouble(Arrays::stream)
                .filter(Double::isFinite)
                .average()
                .orElse(Double.NaN);
        double floor = Math.max(
                evidence.checkpoint().floor(),
                tracks.stream().mapToDouble(Track::floor).max().orElseThrow());
        Function<double[], double[]> scaled = scale == Scale.RATIO ? v -> logs(v, floor) : v -> v;
        Estimate difference = Against.difference(
                scaled.apply(of.apply(evidence.checkpoint())),
                Arrays.stream(values).map(scaled).toArray(double[][]::new),
                control.isDrawn());
        Reading reading = Reading.of(difference, 0);
        return new Cell(mean, tracks.size(), scale == Scale.RATIO ? Estimates.exp(difference) : difference, reading);
    }

    private static double[] logs(double[] values, double floor) {
        double least = Math.max(floor, Double.MIN_NORMAL);
        return Arrays.stream(values).map(v -> Math.log(Math.max(v, least))).toArray();
    }
}
