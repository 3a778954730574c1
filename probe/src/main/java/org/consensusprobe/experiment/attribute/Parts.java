package org.consensusprobe.experiment.attribute;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Halves;
import org.consensusprobe.plan.LeftOut;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.RunPlan;

/** What an attribution leaves out, one at a time. */
public final class Parts {
    /** How many of the largest dimensions are clamped. */
    private static final List<Integer> CLAMPED = List.of(1, 5);

    private Parts() {}

    /**
     * The parts of a run: every block, every attention half, every feed-forward half, the largest dimensions, the sink; of a run
     * that lacks some, those that are there.
     */
    public static List<LeftOut> of(RunPlan plan, Transformer.Sizes sizes) {
        Route route = plan.route(sizes.layers());
        List<LeftOut> parts = new ArrayList<>();
        for (LeftOut.Part kind : LeftOut.Part.values()) {
            for (int layer : kind.isOfALayer() ? new TreeSet<>(route.sequence()) : Set.<Integer>of()) {
                LeftOut part = new LeftOut(kind, layer);
                if (isThere(part, plan.ingredients().halves(layer), route)) {
                    parts.add(part);
                }
            }
        }
        for (int dimensions : plan.ingredients().clampOutliers() > 0 ? List.<Integer>of() : CLAMPED) {
            if (dimensions <= sizes.width()) {
                parts.add(new LeftOut(LeftOut.Part.OUTLIERS, dimensions));
            }
        }
        if (plan.ingredients().sink()) {
            parts.add(LeftOut.SINK);
        }
        return parts;
    }

    /** Whether all halves that it takes away run; a block that is all of the route stays. */
    private static boolean isThere(LeftOut part, Halves run, Route route) {
        Halves left = part.halves();
        return (left.attention() || run.attention())
                && (left.feedForward() || run.feedForward())
                && (!left.isNothing() || route.sequence().size() > 1);
    }
}
