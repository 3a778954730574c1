package org.consensusprobe.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.Problem;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.Initial;
import org.consensusprobe.plan.LayerRange;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.plan.Recycling;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;

/**
 * The loop of a model that was trained to go through some of its layers again and again.
 *
 * @param first the first looped layer, from 0
 * @param last the last one
 * @param passes how often it was trained to go through them
 * @param gated whether a gate says after every pass how likely it is to be the last
 * @param injected whether every pass is given what came before the loop, beside a state of the loop's own; the final norm then
 *     stands behind the loop as well
 */
public record OwnLoop(int first, int last, int passes, boolean gated, boolean injected) {
    private static final List<Initial.Kind> OF_A_STATE =
            List.of(Initial.Kind.ZERO, Initial.Kind.DRAWN, Initial.Kind.UNIFORM, Initial.Kind.FILE);

    /** A loop that is given what came before it in every pass. */
    static OwnLoop injected(int first, int last, int passes) {
        return new OwnLoop(first, last, passes, false, true);
    }

    /** Whether a run goes the model's own way, however often. */
    public boolean isThatOf(RunPlan plan, int layers) {
        return plan.passes().loop().orElse(new LayerRange(0, layers - 1)).equals(range());
    }

    private LayerRange range() {
        return new LayerRange(first, last);
    }

    /** Refuses states that a model has no place for. */
    static void requireInitial(RunPlan plan, boolean injected, String type) {
        Initial.Kind kind = plan.initial().kind();
        if (!injected && (kind == Initial.Kind.ZERO || kind == Initial.Kind.DRAWN)) {
            throw Problem.input(
                    "--initial %s is for models whose loop is given the embedding in every pass, such as huginn_raven; a %s model"
                            + " starts from its embedding.",
                    plan.initial().text(), type);
        }
        if (injected && plan.asks(Fields.INITIAL) && !OF_A_STATE.contains(kind)) {
            throw Problem.input(
                    "--initial %s: a %s model is given its embedding in every pass, beside a state of the loop's own;"
                            + " that is zero, drawn, uniform or a FILE.npy.",
                    plan.initial().text(), type);
        }
    }

    RunPlan fit(RunPlan asked, Transformer model) {
        RunPlan plan = injected ? inLoop(asked, model) : asked;
        boolean own = isThatOf(plan, model.layers());
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

    /** A plan for a model that has no other loop than its own. */
    private RunPlan inLoop(RunPlan plan, Transformer model) {
        String type = model.sizes().modelType();
        plan.passes().loop().filter(loop -> !loop.equals(range())).ifPresent(loop -> {
            throw Problem.input(
                    "--loop %s: a %s model loops over its core, here layers %s; the layers around it have no place for what"
                            + " is injected.",
                    loop, type, range());
        });
        if (plan.asks(RouteFields.RECYCLE) && plan.passes().recycling() != Recycling.RAW) {
            throw Problem.input(
                    "--recycle %s: a %s model's passes hand on what its core returned; expected raw.",
                    plan.passes().recycling().optionName(), type);
        }
        if (plan.initial().kind() == Initial.Kind.FILE && plan.prompts().form().equals(Initial.PROMPTS)) {
            throw Problem.input(
                    "--initial %s: a %s model needs prompts as well, whose embedding is injected; name them with --prompts.",
                    plan.initial().recordedName(), type);
        }
        RunPlan looped = plan.with(RouteFields.LOOP, Optional.of(range())).with(RouteFields.RECYCLE, Recycling.RAW);
        return plan.asks(Fields.INITIAL) ? looped : looped.with(Fields.INITIAL, Initial.ZERO);
    }
}
