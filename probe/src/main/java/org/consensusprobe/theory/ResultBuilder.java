package org.consensusprobe.theory;

import static org.consensusprobe.theory.FindingText.number;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.NpyHeader;
import org.consensusprobe.results.SimulationResult;
import org.consensusprobe.results.SimulationResult.Chosen;
import org.consensusprobe.results.SimulationResult.Finding;
import org.consensusprobe.results.charts.Chart;

/** Gathers what a simulation chose and found, in the order in which it is told. */
public final class ResultBuilder {
    private static final double SAME_RATE = 0.02;
    private static final double ON_SURFACE = 1e-12;

    private final List<Chosen> chosen = new ArrayList<>();
    private final List<Finding> findings = new ArrayList<>();
    private final List<Chart> charts = new ArrayList<>();
    private final Map<String, NpyArray> arrays = new LinkedHashMap<>();

    /** A size or setting that the paper fixes at a place. */
    public void chosen(String name, String value, String source) {
        chosen.add(new Chosen(name, value, source));
    }

    /** A size or setting that the paper leaves open. */
    public void chosen(String name, String value) {
        chosen(name, value, "");
    }

    /** A prediction and what became of it, in words. */
    public void finding(String what, String predicted, String measured, String verdict) {
        findings.add(new Finding(what, predicted, measured, verdict));
    }

    /** A prediction that a number keeps or not: agrees or differs. */
    public void finding(String what, String predicted, double measured, boolean agrees) {
        finding(what, predicted, number(measured), agrees ? "agrees" : "differs");
    }

    /** A prediction for late times that a number has reached or not: agrees or not yet. */
    public void limit(String what, String predicted, double measured, boolean reached) {
        finding(what, predicted, number(measured), reached ? "agrees" : "not yet");
    }

    /** A quantity that should be 0 and stay below a bound. */
    public void vanishes(String what, double measured, double bound) {
        finding(what, "0", measured, measured < bound);
    }

    /** How far tokens have left their surface: the largest | |x|^2 - 1 |. */
    public void violation(double measured, String where) {
        vanishes("largest | |x|^2 - 1 |" + where, measured, ON_SURFACE);
    }

    /** A predicted number that holds within 2 %. */
    public void rate(String what, double predicted, double measured) {
        double off = Math.abs(measured / predicted - 1);
        boolean agrees = Math.abs(measured - predicted) <= SAME_RATE * Math.abs(predicted);
        String verdict = String.format(Locale.ROOT, agrees ? "agrees (%.2f %%)" : "differs (%.1f %%)", 100 * off);
        finding(what, number(predicted), number(measured), verdict);
    }

    /** Adds a chart. */
    public void chart(Chart chart) {
        charts.add(chart);
    }

    /** An array that is recorded. */
    public void array(String name, NpyArray array) {
        arrays.put(name, array);
    }

    /** A list of numbers as an array [n]. */
    public void array(String name, double[] values) {
        array(name, new NpyArray(NpyHeader.Type.FLOAT64, List.of(values.length), values));
    }

    /** Rows of equal length as an array. */
    public void array(String name, List<double[]> rows) {
        double[] values = rows.stream().flatMapToDouble(Arrays::stream).toArray();
        array(name, new NpyArray(NpyHeader.Type.FLOAT64, List.of(rows.size(), rows.get(0).length), values));
    }

    /** How many charts there are so far. */
    public int charts() {
        return charts.size();
    }

    /**
     * The result.
     *
     * @param columns how many charts stand beside each other
     */
    public SimulationResult build(String name, String title, String statement, int columns) {
        return new SimulationResult(name, title, statement, chosen, findings, charts, columns, arrays);
    }
}
