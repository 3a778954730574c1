package org.consensusprobe.experiment.check;

import java.util.Arrays;
import java.util.List;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.report.stats.Estimate;
import org.consensusprobe.report.stats.PhaseRates;

/** The quantities that a condition may name beside measures: what a check makes of the error. */
final class Named {
    static final String ATTENTION_SHARE = "attention-share";
    private static final String COMMON_SHARE = "common-share";

    static final List<String> OWN = List.of(Row.MEDIAN, Row.SMALLEST, Row.RATE, ATTENTION_SHARE, COMMON_SHARE);

    private Named() {}

    /**
     * The value of a quantity at the end of a pass: measures as means over prompts.
     *
     * @return NaN where there is none
     */
    static double value(String name, Evidence evidence, int pass) {
        Track track = evidence.checkpoint();
        return switch (name) {
            case Row.MEDIAN -> mean(track.overBlocks(MeasureNames.ERROR, pass, PhaseRates::median));
            case Row.SMALLEST -> mean(track.overBlocks(
                    MeasureNames.ERROR, pass, v -> Arrays.stream(v).min().orElseThrow()));
            case Row.RATE -> pass < PhaseRates.FEWEST_PASSES
                    ? Double.NaN
                    : mean(track.rates(pass).ofPrompts());
            case ATTENTION_SHARE -> evidence.place(pass)
                    .attentionShare()
                    .map(Estimate::value)
                    .orElse(Double.NaN);
            case COMMON_SHARE -> evidence.place(pass).commonShare().value();
            default -> mean(track.at(name, pass));
        };
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElse(Double.NaN);
    }
}
