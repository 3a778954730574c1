package org.consensusprobe.experiment.attribute;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.report.Numbers;
import org.consensusprobe.report.stats.Bootstrap;
import org.consensusprobe.report.stats.Estimate;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.RunReader;

/**
 * How a block's error changes without one of its heads, in the first pass.
 *
 * @param layer counted from 0
 * @param head counted from 0
 */
record HeadEffect(int layer, int head, Estimate change) {
    static final List<String> HEAD = List.of("head", "change of the block's error without it", "it");

    /** Of all heads of the first pass, those that pull together most first; without those that are not known. */
    static List<HeadEffect> of(RunReader run) {
        NpyArray array = run.measure(MeasureNames.ERROR_HEAD);
        int depths = array.shape().get(1);
        int heads = array.shape().get(2);
        List<HeadEffect> all = new ArrayList<>();
        for (int depth = 1; depth <= run.route().nativeDepth(); depth++) {
            for (int head = 0; head < heads; head++) {
                double[] values = new double[array.shape().get(0)];
                for (int p = 0; p < values.length; p++) {
                    values[p] = array.values()[(p * depths + depth) * heads + head];
                }
                Estimate change = Bootstrap.estimate(new double[][] {values});
                if (!Double.isNaN(change.value())) {
                    all.add(new HeadEffect(run.route().at(depth).layer(), head, change));
                }
            }
        }
        all.sort(Comparator.comparingDouble((HeadEffect e) -> e.change.value()).reversed());
        return all;
    }

    /** Whether its interval leaves 0 out. */
    boolean isKnown() {
        return Change.isKnown(change);
    }

    /** Which it is, as figures have it. */
    String words() {
        return "head " + head + " of layer " + layer;
    }

    List<String> cells() {
        String way = change.interval()
                .map(i -> i.low() > 0 ? "pulls together" : i.high() < 0 ? "pulls apart" : "cannot be told")
                .orElse("one prompt: no interval");
        return List.of(words(), Numbers.signed(change), way);
    }
}
