package org.consensusprobe.experiment.loop;

import java.util.List;
import org.consensusprobe.measure.AttentionMeasure;
import org.consensusprobe.measure.ChangeMeasure;
import org.consensusprobe.measure.HalfMeasure;
import org.consensusprobe.measure.HeadMeasure;
import org.consensusprobe.measure.KeyValueMeasure;
import org.consensusprobe.measure.Measure;
import org.consensusprobe.measure.Measures;
import org.consensusprobe.measure.OutputMeasure;
import org.consensusprobe.model.AttentionRows;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Mask;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.torch.DType;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.TensorSpec;

/**
 * What a run makes beside its hidden states and weights, from shapes alone: in a block, and in whatever comes between blocks. The
 * two never meet; the larger of them counts.
 */
final class RunWork {
    /** Rows of queries of a prompt longer than that many times two, where attention has a window: see the kernel. */
    private static final long ROWS_OF_WINDOW = 1024;
    /** A mask's distances, flags, and the mask as the fused kernel takes it. */
    private static final int MASK_BYTES = 10;

    private final Transformer model;
    private final RunPlan plan;
    private final Precision precision;
    private final List<int[]> prompts;
    private final List<Measure> measures;
    private final long longest;

    RunWork(Transformer model, RunPlan plan, Precision precision, List<int[]> prompts) {
        this.model = model;
        this.plan = plan;
        this.precision = precision;
        this.prompts = prompts;
        this.measures =
                Measures.named(plan.recorded().measures(), plan.recorded().similarity());
        this.longest = prompts.stream().mapToInt(p -> p.length).max().orElseThrow();
    }

    /** The longest prompt, in tokens. */
    long longest() {
        return longest;
    }

    /** The most that is made at once, over all chunks; without what is kept in Java's memory. */
    long bytes() {
        return ChunkRule.split(prompts, plan.arithmetic().chunk().orElse(0)).stream()
                .mapToLong(chunk -> {
                    Measure.Sizes sizes = sizes(chunk.length, prompts.get(chunk[0]).length);
                    return Math.max(block(sizes), between(sizes));
                })
                .max()
                .orElseThrow();
    }

    /** What measures and files have in Java's memory. */
    long javaBytes() {
        long most = 0;
        for (int[] chunk : ChunkRule.split(prompts, plan.arithmetic().chunk().orElse(0))) {
            Measure.Sizes sizes = sizes(1, prompts.get(chunk[0]).length);
            for (Measure measure : measures) {
                most = Math.max(most, measure.javaBytes(sizes));
            }
        }
        long width = model.sizes().width();
        if (!plan.kept().hiddenAt().isEmpty()) {
            most = Math.max(most, 2 * Double.BYTES * longest * width);
        }
        if (!plan.kept().attentionAt().isEmpty()) {
            most = Math.max(most, 2 * Double.BYTES * model.sizes().heads() * longest * longest);
        }
        long all = prompts.stream().mapToLong(p -> p.length).sum();
        return most
                + RoutingTrail.bytes(plan, measures, model, all)
                + (plan.kept().hidden() ? width * (Double.BYTES * all + (Double.BYTES + Float.BYTES) * longest) : 0);
    }

    private Measure.Sizes sizes(int together, int tokens) {
        Transformer.Sizes s = model.sizes();
        return new Measure.Sizes(s.heads(), prompts.size(), longest, together, tokens, s.width(), s.vocabulary());
    }

    private long block(Measure.Sizes chunk) {
        int tokens = (int) chunk.tokens();
        long values = chunk.prompts() * tokens * model.valuesPerToken(tokens, plan.feedForward());
        if (plan.ingredients().beta() <= 0) {
            // the fused kernel takes no such factor
            values += 3 * chunk.prompts() * AttentionRows.valuesAtATime(chunk.heads(), tokens);
        }
        if (!plan.kept().attentionAt().isEmpty()) {
            values += 3 * chunk.prompts() * chunk.heads() * tokens * tokens;
        }
        long seen = measures.stream()
                .filter(m -> m instanceof AttentionMeasure
                        || m instanceof HalfMeasure
                        || m instanceof HeadMeasure
                        || m instanceof KeyValueMeasure
                        || m instanceof ChangeMeasure)
                .mapToLong(m -> m.bytes(chunk))
                .max()
                .orElse(0);
        return values * precision.state().bytes() + mask(tokens) + seen;
    }

    private long mask(long tokens) {
        Mask mask = plan.ingredients().mask();
        long window =
                switch (mask.kind()) {
                    case WINDOW -> mask.size();
                    case FULL -> 0;
                    case OWN, CAUSAL -> model.window();
                };
        if (window == 0 || window >= tokens) {
            if (plan.ingredients().sink()) {
                return 0;
            }
            window = tokens;
        }
        long rows = tokens <= 2 * ROWS_OF_WINDOW ? tokens : ROWS_OF_WINDOW;
        return MASK_BYTES * rows * Math.min(tokens, rows + window);
    }

    // a chunk's states behind the final norm and the norm's own; measures; states on their way to a file
    private long between(Measure.Sizes chunk) {
        long state = precision.state().bytes();
        long most = 2 * state * chunk.values();
        for (Measure measure : measures) {
            if (measure instanceof OutputMeasure) {
                most = Math.max(most, measure.bytes(chunk) + head());
            } else if (!(measure instanceof AttentionMeasure)) {
                most = Math.max(most, measure.bytes(chunk));
            }
        }
        boolean kept = plan.kept().hidden() || !plan.kept().hiddenAt().isEmpty();
        return Math.max(most, kept ? (state + DType.FLOAT64.bytes()) * longest * chunk.width() : 0);
    }

    private long head() {
        return model.head().stream().mapToLong(TensorSpec::elements).sum()
                * precision.product().bytes();
    }
}
