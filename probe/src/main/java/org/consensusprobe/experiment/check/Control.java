package org.consensusprobe.experiment.check;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.sweep.WeightSeeds;
import org.consensusprobe.plan.IngredientFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Values;
import org.consensusprobe.plan.WeightMode;

/** What a checkpoint is held against. */
public enum Control {
    /** The same weights, with what attention adds to the residual stream times 0. */
    WITHOUT_ATTENTION("without-attention", "without attention", false),
    /** The same weights permuted within each tensor: what is left is their scale. */
    SHUFFLED("shuffled", "shuffled", true),
    /** A draw of the initialisation. */
    RANDOM("random", "random", true);

    private final String id;
    private final String words;
    private final boolean drawn;

    Control(String id, String words, boolean drawn) {
        this.id = id;
        this.words = words;
        this.drawn = drawn;
    }

    /** Its name on the command line and in files. */
    public String id() {
        return id;
    }

    String words() {
        return words;
    }

    /** Whether it is one of many equal draws. */
    public boolean isDrawn() {
        return drawn;
    }

    /**
     * All but those named.
     *
     * @throws Problem if a name is none
     */
    public static List<Control> without(List<String> names) {
        for (String name : names) {
            if (Stream.of(values()).noneMatch(c -> c.id.equals(name))) {
                throw Problem.input(
                        "--without %s: expected %s.",
                        name, Stream.of(values()).map(Control::id).collect(Collectors.joining(", ")));
            }
        }
        return Stream.of(values()).filter(c -> !names.contains(c.id)).toList();
    }

    /**
     * The runs of it beside a run of the checkpoint: one, or one a draw.
     *
     * @param asked what the check was asked for
     */
    List<RunPlan> of(RunPlan checkpoint, Values asked, int draws) {
        return switch (this) {
            case WITHOUT_ATTENTION -> List.of(checkpoint.with(IngredientFields.ATTENTION_SCALE, 0.0));
            case SHUFFLED -> draws(checkpoint.drawn(WeightMode.SHUFFLED, asked), draws);
            case RANDOM -> draws(checkpoint.drawn(WeightMode.RANDOM, asked), draws);
        };
    }

    private static List<RunPlan> draws(RunPlan first, int draws) {
        return new ArrayList<>(WeightSeeds.spread(List.of(first), draws));
    }
}
