package org.consensusprobe.experiment.sweep;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.consensusprobe.common.Problem;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;

/**
 * Several draws of the same run: for drawn weights the draw is the replicate, so that intervals need more than one.
 *
 * <p>Seeds lie {@value #APART} apart: weights that are drawn anew before pass p take seed + p, and no two runs may share a
 * draw.
 */
public final class WeightSeeds {
    private static final int APART = RouteFields.MOST_PASSES;
    private static final int MOST = 1000;

    private WeightSeeds() {}

    /**
     * Runs with draws of their own after those of a sweep.
     *
     * @param draws how many each run with random or shuffled weights is to have; 1 for the runs as they are
     * @return the runs in order, then their second draws, and so on; trained weights once
     */
    public static List<RunPlan> spread(List<RunPlan> runs, int draws) {
        if (draws < 1 || draws > MOST) {
            throw Problem.input("--weight-seeds is %d: expected 1 to %d draws.", draws, MOST);
        }
        LinkedHashSet<RunPlan> all = new LinkedHashSet<>(runs);
        for (int draw = 1; draw < draws; draw++) {
            for (RunPlan run : runs) {
                if (run.weights().mode().isDrawn()) {
                    all.add(run.with(Fields.SEED, run.seed() + (long) draw * APART));
                }
            }
        }
        return new ArrayList<>(all);
    }
}
