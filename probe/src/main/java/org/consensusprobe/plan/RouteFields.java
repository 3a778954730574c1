package org.consensusprobe.plan;

import java.util.List;
import java.util.Optional;
import org.consensusprobe.plan.Field.Group;
import org.consensusprobe.plan.Field.Mention;
import org.consensusprobe.plan.Field.Role;

/** Fields of {@link Fields#OF_A_RUN}: the way of a run through the layers. */
public final class RouteFields {
    /** The most passes of a run. */
    public static final int MOST_PASSES = 1_000_000;

    public static final Field<Integer> PASSES = Field.of("passes", Codec.integer(1, MOST_PASSES, n -> (int) n), 20)
            .in(Group.ROUTE, Role.IDENTITY, p -> p.passes().count())
            .said(Mention.APART, RouteFields::passes)
            .caution("different numbers of passes, so \"the end\" is not the same depth")
            .help(
                    "N",
                    "Passes through all blocks, or through the looped ones. Models that loop by themselves have their own"
                            + " default: as many as they were trained with.");

    public static final Field<Optional<LayerRange>> LOOP = Field.of("loop", LayerRange.CODEC.orNone(), Optional.empty())
            .in(Group.ROUTE, Role.IDENTITY, p -> p.passes().loop())
            .said(Mention.CHANGED, (loop, p) -> loop.map(range -> "loop over layers " + range)
                    .orElse("loop over all layers"))
            .caution("different layers are looped, so depths are not alike")
            .help(
                    "A-B",
                    "Passes go through layers A to B only, counted from 0; those before run once at the start, those"
                            + " after once at the end.");

    public static final Field<Recycling> RECYCLE = Field.dependent(
                    "recycle", Codec.choice(Recycling.class), RouteFields::recycling)
            .in(Group.ROUTE, Role.IDENTITY, p -> p.passes().recycling())
            .said(
                    Mention.CHANGED,
                    (r, p) -> r == Recycling.RAW ? "no norm between passes" : "final norm between passes")
            .caution("different states are fed back")
            .help(
                    "R",
                    "What a pass hands to the next: final-norm (its output) or raw (the last block's output as it is,"
                            + " what a loop hands on unless it is told otherwise).");

    public static final Field<Double> STEP = Field.of(
                    "step", Codec.number("a number above 0 and up to 1, such as 0.5 or 1/6", s -> s > 0 && s <= 1), 1.0)
            .in(Group.ROUTE, Role.IDENTITY, p -> p.passes().step())
            .said(Mention.CHANGED, (step, p) -> "step " + Field.fraction(step))
            .caution("different steps, so a pass is not the same map")
            .help(
                    "S",
                    "Damp: a pass hands on x + S (g(x) - x), x what entered it and g(x) what the layers make of it (1: g(x)"
                            + " itself). A fraction such as 1/6 will do.");

    public static final Field<Double> ANCHOR = Field.of(
                    "anchor", Codec.number("a number from 0 up to but not including 1", b -> b >= 0 && b < 1), 0.0)
            .in(Group.ROUTE, Role.IDENTITY, p -> p.passes().anchor())
            .said(Mention.CHANGED, (anchor, p) -> "anchor " + Field.plain(anchor))
            .caution("different anchors, so a pass is not the same map")
            .help("B", "Mix what entered the first pass into what every pass hands on, with weight B.");

    public static final Field<Optional<Double>> UNTIL = Field.of(
                    "until",
                    Codec.number("a number above 0, such as 1e-5", e -> e > 0).orNone(),
                    Optional.<Double>empty())
            .in(Group.ROUTE, Role.IDENTITY, p -> p.passes().until())
            .said(Mention.CHANGED, (until, p) -> until.map(e -> "until steps are below " + Field.plain(e))
                    .orElse("all passes"))
            .caution("different ends: runs with --until stop where their prompts have settled")
            .help(
                    "E",
                    "End once every prompt has settled: |x_k - x_(k-1)| / |x_(k-1)| below E in two passes running. At"
                            + " most --passes.");

    public static final Field<List<Integer>> SKIP_BLOCKS = Field.of("skip_blocks", LayerList.SET, List.<Integer>of())
            .in(Group.ROUTE, Role.IDENTITY, p -> p.passes().skipped())
            .said(
                    Mention.CHANGED,
                    (layers, p) -> layers.isEmpty() ? "all blocks" : "without blocks " + Heads.text(layers))
            .caution("different blocks run, so depths are not alike")
            .help("LIST", "Leave out the blocks of these layers, counted from 0, such as 3,7-9.");

    public static final Field<Optional<List<Integer>>> ORDER = Field.of(
                    "order", LayerList.SEQUENCE, Optional.<List<Integer>>empty())
            .in(Group.ROUTE, Role.IDENTITY, p -> p.passes().order())
            .said(Mention.CHANGED, (order, p) -> order.map(o -> "blocks in the order " + LayerList.text(o))
                    .orElse("blocks in their order"))
            .caution("different blocks run, so depths are not alike")
            .help(
                    "LIST",
                    "Run blocks in another order: layers counted from 0, such as 0-3,7-4,8-11. One may come twice, or not"
                            + " at all.");

    private RouteFields() {}

    private static String passes(int count, RunPlan plan) {
        String all = count + (count == 1 ? " pass" : " passes");
        return plan.asks(RouteFields.PASSES) ? all : all + " (where the model has no number of its own)";
    }

    private static Recycling recycling(Values values) {
        return values.get(LOOP).isPresent() ? Recycling.RAW : Recycling.FINAL_NORM;
    }
}
