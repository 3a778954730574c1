package org.consensusprobe.model;

import java.util.ArrayList;
import java.util.List;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.LayerRange;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;

/**
 * The loop of a model that was trained to go through some of its layers again and again.
 *
 * @param first the first looped layer, from 0
 * @param last the last one
 * @param passes how often it was trained to go through them
 * @param gated whether a gate says after every pass how likely it is to be the last
 */
public record OwnLoop(int first, int last, int passes, boolean gated) {
    /** Whether a run goes the model's own way, however often. */
    public boolean isThatOf(RunPlan plan, int layers) {
        return plan.passes().loop().orElse(new LayerRange(0, layers - 1)).equals(new LayerRange(first, last));
    }

    /**
     * A plan in which the model's own values stand where nothing else was asked for.
     *
     * @param layers of the model
     */
    RunPlan fit(RunPlan plan, int layers) {
        boolean own = isThatOf(plan, layers);
        RunPlan fitted = own && !plan.asks(RouteFields.PASSES) ? plan.with(RouteFields.PASSES, passes) : plan;
        if (!plan.asks(Fields.MEASURES)) {
            List<String> measures =
                    new ArrayList<>(MeasureNames.defaults(fitted.passes().count()));
            if (gated) {
                measures.addAll(MeasureNames.OF_A_GATE);
            }
            fitted = fitted.with(Fields.MEASURES, measures);
        }
        return fitted;
    }
}
