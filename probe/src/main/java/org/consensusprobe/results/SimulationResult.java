package org.consensusprobe.results;

import java.util.List;
import java.util.Map;
import org.consensusprobe.results.charts.Chart;

/**
 * What a simulation found.
 *
 * @param name what folders are called after it
 * @param title one line
 * @param statement what the paper says, with its number
 * @param chosen sizes and settings, those of the paper and those it leaves open
 * @param findings predictions held against what was measured
 * @param charts in reading order
 * @param columns how many charts stand beside each other
 * @param arrays all that was recorded, by name
 */
public record SimulationResult(
        String name,
        String title,
        String statement,
        List<Chosen> chosen,
        List<Finding> findings,
        List<Chart> charts,
        int columns,
        Map<String, NpyArray> arrays) {
    /**
     * A size or setting.
     *
     * @param source the paper's place that fixes it; empty where the text leaves it open
     */
    public record Chosen(String name, String value, String source) {}

    /**
     * A prediction and what became of it.
     *
     * @param verdict agrees, differs, or what else there is to say in a few words
     */
    public record Finding(String what, String predicted, String measured, String verdict) {}

    public SimulationResult {
        chosen = List.copyOf(chosen);
        findings = List.copyOf(findings);
        charts = List.copyOf(charts);
    }
}
