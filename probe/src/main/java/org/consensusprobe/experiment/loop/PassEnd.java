package org.consensusprobe.experiment.loop;

import java.util.Arrays;
import java.util.List;
import org.consensusprobe.measure.DepthStates;
import org.consensusprobe.measure.Lyapunov;
import org.consensusprobe.measure.Measure;
import org.consensusprobe.measure.Measures;
import org.consensusprobe.measure.PassMeasure;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.RandomKernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.Weights;

/**
 * What happens where passes begin and end: the norm between passes, damping and anchor, measures from pass to pass, and
 * whether all prompts have settled.
 */
final class PassEnd {
    private static final long SEED = 20_170_313;
    private static final PassMeasure STEP =
            (PassMeasure) Measures.named(List.of(MeasureNames.PASS_STEP), org.consensusprobe.plan.Similarity.COSINE)
                    .get(0);

    private final Walk walk;
    private final List<Measure> measures;
    private final Measure.Sizes sizes;
    private final Kernels kernels;
    private final Precision precision;
    private final StageTimes times;

    PassEnd(
            Walk walk,
            List<Measure> measures,
            Measure.Sizes sizes,
            Kernels kernels,
            Precision precision,
            StageTimes times) {
        this.walk = walk;
        this.measures = measures;
        this.sizes = sizes;
        this.kernels = kernels;
        this.precision = precision;
        this.times = times;
    }

    /** States come to the loop: they enter the first pass, or are given to every pass while a state of the loop's own enters. */
    void begin(HiddenStates states, PassTrail trail, InitialStates initial, List<int[]> prompts) {
        if (walk.isInjected()) {
            trail.inject(kernels, states);
            initial.enterLoop(kernels, states, prompts, precision);
        }
        trail.enter(kernels, states);
        if (trail.wantsBeside()) {
            try (RandomKernels.Generator generator = kernels.random().generator(SEED);
                    HiddenStates away = HiddenStates.mapped(kernels, states, (k, x) -> {
                        Tensor drawn =
                                k.tensors().convert(k.random().normal(generator, x.shape(), 1), precision.state());
                        return k.tensors()
                                .mixed(
                                        x,
                                        1,
                                        precision.onCpu() ? drawn : k.tensors().toDevice(drawn, precision.device()),
                                        1);
                    })) {
                setApart(states, away, trail);
            }
        }
    }

    private void setApart(HiddenStates states, HiddenStates away, PassTrail trail) {
        HiddenStates beside = HiddenStates.of(
                kernels,
                states.prompts(),
                states.chunks().stream().map(HiddenStates.Chunk::members).toList(),
                (k, i) -> k.tensors()
                        .setApart(
                                states.chunks().get(i).x(), away.chunks().get(i).x(), Lyapunov.APART)); // [B, T, D]
        trail.beside(kernels, beside, column(distances(beside, states), 0));
    }

    /**
     * The last block of a pass has returned; afterwards the states are what the pass hands on, and the walk's route may have
     * become shorter.
     *
     * @param pass from 0
     */
    void end(int pass, HiddenStates states, PassTrail trail, Weights finalNorm, RunListener listener) {
        int depth = walk.route().ends()[pass];
        boolean compared = trail.remembers();
        if (!compared || walk.isSameMapInTheLastPass()) {
            if (walk.handsOnNormed(depth)) {
                walk.norm(states, finalNorm);
            }
            if (compared) {
                combine(states, trail);
                measure(pass, states, trail, finalNorm, listener);
            }
        } else {
            HiddenStates handed = walk.normed(states, finalNorm);
            boolean kept = false;
            try {
                combine(handed, trail);
                measure(pass, handed, trail, finalNorm, listener);
                if (pass < walk.route().passes() - 1) {
                    states.takeOver(handed);
                    kept = true;
                } else {
                    combine(states, trail);
                }
            } finally {
                if (!kept) {
                    handed.close();
                }
            }
        }
        if (compared && pass < walk.route().passes() - 1) {
            trail.enter(kernels, states);
        }
    }

    /** What the last pass handed on leaves the loop; after any other pass nothing does. */
    void leave(int pass, HiddenStates states, Weights finalNorm) {
        if (pass == walk.route().passes() - 1 && walk.isInjected()) {
            walk.norm(states, finalNorm);
        }
    }

    private void combine(HiddenStates states, PassTrail trail) {
        walk.combine(states, trail.entered(), trail.first());
    }

    private void measure(int pass, HiddenStates states, PassTrail trail, Weights norm, RunListener listener) {
        long start = System.nanoTime();
        List<DepthStates> ends = trail.with(states);
        for (Measure measure : measures) {
            if (measure instanceof PassMeasure passes) {
                listener.onMeasure(pass, measure.name(), passes.of(kernels, ends, sizes));
            } else if (measure instanceof Lyapunov) {
                listener.onMeasure(pass, measure.name(), growth(pass, states, trail, norm));
            }
        }
        if (trail.settling().isWatched()) {
            trail.settling().after(pass + 1, STEP.of(kernels, ends, sizes));
            if (trail.settling().isDone()) {
                walk.endWith(pass);
            }
        }
        times.addMeasures(System.nanoTime() - start);
    }

    private double[] growth(int pass, HiddenStates states, PassTrail trail, Weights norm) {
        HiddenStates beside = trail.beside().orElseThrow();
        if (walk.normsBetween()) {
            walk.norm(beside, norm);
        }
        walk.combine(beside, trail.besideEntered(), trail.first());
        double[][] apart = distances(beside, states);
        double[] ofPass = new double[apart.length];
        for (int i = 0; i < ofPass.length; i++) {
            ofPass[i] = Lyapunov.growth(apart[i][0], apart[i][1], trail.apart(i), precision.state() == DType.FLOAT64);
        }
        double[] means = trail.grown(pass, ofPass);
        try (HiddenStates away = PassTrail.copy(kernels, beside)) {
            setApart(states, away, trail);
        }
        return means;
    }

    /** |a - b| and |b| of every prompt. */
    private double[][] distances(HiddenStates a, HiddenStates b) {
        double[][] rows = new double[a.prompts()][];
        for (int c = 0; c < a.chunks().size(); c++) {
            try (Scope scope = Scope.open()) {
                Tensor other = b.chunks().get(c).x(); // [B, T, D]
                double[] moves = kernels.in(scope)
                        .measures()
                        .reduce("moves", a.chunks().get(c).x(), other, other);
                int[] members = a.chunks().get(c).members();
                for (int i = 0; i < members.length; i++) {
                    rows[members[i]] = Arrays.copyOfRange(moves, 4 * i, 4 * i + 2);
                }
            }
        }
        return rows;
    }

    private static double[] column(double[][] rows, int index) {
        return Arrays.stream(rows).mapToDouble(row -> row[index]).toArray();
    }
}
