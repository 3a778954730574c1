package org.consensusprobe.experiment.attribute;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.consensusprobe.experiment.loop.Ablation;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.LeftOut;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.report.HalvesSection;
import org.consensusprobe.report.Numbers;
import org.consensusprobe.report.RunTitle;
import org.consensusprobe.results.ManifestSections;
import org.consensusprobe.results.RunReader;

/** What parts of a model do to its curve: the model as it is, and every part left out alone. */
public final class Attribution {
    /** What the run of the model as it is has to record. */
    public static final List<String> MEASURES =
            List.of(MeasureNames.ERROR_ATTENTION, MeasureNames.ERROR_FEED_FORWARD, MeasureNames.ERROR_HEAD);

    private static final int SHOWN = 10;
    /** A half that has so much of its block's effect is the cause. */
    private static final double SAME = 0.9;

    private final RunReader run;
    private final List<Effect> effects;
    private final List<HeadEffect> heads;
    private final Optional<Redundancy> redundancy;
    private final Optional<LogitLens> lens;

    private Attribution(
            RunReader run,
            List<Effect> effects,
            List<HeadEffect> heads,
            Optional<Redundancy> redundancy,
            Optional<LogitLens> lens) {
        this.run = run;
        this.lens = lens;
        this.effects = List.copyOf(effects);
        this.heads = List.copyOf(heads);
        this.redundancy = redundancy;
    }

    /** The same plan, which keeps the states of all depths of the first pass. */
    public static RunPlan keepingStates(RunPlan plan, int layers) {
        String depths = "0-" + plan.route(layers).nativeDepth();
        return plan.with(Fields.SAVE_HIDDEN_AT, Fields.SAVE_HIDDEN_AT.parse(depths));
    }

    /** The plan of the model as it is, with all that is to be recorded. */
    public static RunPlan recording(RunPlan plan) {
        List<String> measures = new ArrayList<>(plan.measures());
        MEASURES.stream().filter(name -> !measures.contains(name)).forEach(measures::add);
        return plan.with(Fields.MEASURES, measures);
    }

    /**
     * Compares.
     *
     * @param without the errors with a part left out
     * @param lens what the run's states say of the next token; empty where it was not asked for
     */
    public static Attribution of(RunReader run, Map<LeftOut, Ablation.Errors> without, Optional<LogitLens> lens) {
        Route route = run.route();
        double[] atNative = column(run, route.nativeDepth());
        double[] atEnd = column(run, route.blocks());
        double least =
                run.manifest().floor().map(ManifestSections.Floor::ofRates).orElse(0.0);
        List<Effect> effects = new ArrayList<>();
        without.forEach((part, errors) -> effects.add(new Effect(
                part, Change.of(atNative, errors.atNative(), least), Change.of(atEnd, errors.atEnd(), least))));
        return new Attribution(run, effects, HeadEffect.of(run), redundancy(run), lens);
    }

    /** Of a run that kept the states of all depths of its first pass. */
    private static Optional<Redundancy> redundancy(RunReader run) {
        List<Path> files = IntStream.rangeClosed(0, run.route().nativeDepth())
                .mapToObj(depth -> run.path().resolve("hidden").resolve("depth-" + depth + ".npy"))
                .toList();
        boolean kept = files.size() > 2 && files.stream().allMatch(Files::isRegularFile);
        return kept ? Optional.of(Redundancy.of(files)) : Optional.empty();
    }

    /** How alike the depths of the first pass are; empty where their states were not kept. */
    Optional<Redundancy> redundancy() {
        return redundancy;
    }

    /** What the states say of the next token, depth by depth; empty where it was not asked for. */
    Optional<LogitLens> lens() {
        return lens;
    }

    /** The layers of the first pass's blocks, from 0, in the order in which they run. */
    List<Integer> layers() {
        return IntStream.rangeClosed(1, nativeDepth())
                .mapToObj(depth -> run.route().at(depth).layer())
                .toList();
    }

    private static double[] column(RunReader run, int depth) {
        return Arrays.stream(run.error()).mapToDouble(row -> row[depth]).toArray();
    }

    RunReader run() {
        return run;
    }

    /** In the order of parts and layers. */
    List<Effect> effects() {
        return effects;
    }

    /** Those that do most at native depth, or at the end, first. */
    List<Effect> strongest(Function<Effect, Change> where) {
        List<Effect> sorted = new ArrayList<>(effects);
        sorted.sort(Comparator.comparingDouble((Effect e) -> -where.apply(e).strength()));
        return sorted.subList(0, Math.min(SHOWN, sorted.size()));
    }

    /** The heads that pull together most, the most first. */
    List<HeadEffect> together() {
        return together(heads).limit(SHOWN).toList();
    }

    /** The heads that pull apart most, the most first. */
    List<HeadEffect> apart() {
        return apart(heads).limit(SHOWN).toList();
    }

    private static Stream<HeadEffect> together(List<HeadEffect> heads) {
        return heads.stream().filter(h -> h.change().value() > 0);
    }

    private static Stream<HeadEffect> apart(List<HeadEffect> heads) {
        return heads.stream().filter(h -> h.change().value() < 0).sorted(Comparator.comparingDouble(h -> h.change()
                .value()));
    }

    /** All heads of the first pass. */
    List<HeadEffect> heads() {
        return heads;
    }

    /** What was run, in words. */
    public String title() {
        return String.join(" · ", RunTitle.parts(run.manifest()));
    }

    /** The findings in sentences, the strongest cause first. */
    public List<String> sentences() {
        List<String> sentences = new ArrayList<>();
        sentences.add("At native depth: " + cause(Effect::atNative, nativeDepth()));
        if (run.route().blocks() > nativeDepth()) {
            sentences.add("At the end: " + cause(Effect::atEnd, run.route().blocks()));
        }
        effects.stream()
                .filter(e -> !e.part().part().isOfALayer())
                .map(this::ofStates)
                .forEach(sentences::add);
        if (!heads.isEmpty() && heads.stream().noneMatch(HeadEffect::isKnown)) {
            sentences.add("No head changes its block's error by what these prompts can tell from nothing.");
        }
        ofHeads(together(heads).toList(), "pulls together").ifPresent(sentences::add);
        ofHeads(apart(heads).toList(), "pulls apart").ifPresent(sentences::add);
        sentences.add(
                "The first pass. " + HalvesSection.sums(run, nativeDepth()).inAPass());
        redundancy.ifPresent(r -> sentences.addAll(r.sentences(layers())));
        lens.ifPresent(l -> sentences.addAll(l.sentences()));
        return sentences;
    }

    /** The first whose effect can be told, of heads with the strongest first. */
    private static Optional<String> ofHeads(List<HeadEffect> strongest, String way) {
        return strongest.stream()
                .filter(HeadEffect::isKnown)
                .findFirst()
                .map(h -> (h == strongest.get(0) ? "Of all heads " : "Of the heads whose effect can be told ")
                        + h.words() + " " + way + " most: without it its block's error changes by "
                        + Numbers.signed(h.change()) + ".");
    }

    /** What the largest dimensions, or the sink, have to do with it. */
    private String ofStates(Effect effect) {
        String atNative = without(effect.atNative(), nativeDepth());
        String atEnd = run.route().blocks() > nativeDepth()
                ? "; at the end " + without(effect.atEnd(), run.route().blocks())
                : "";
        return "Without " + effect.part().words() + " (" + effect.part().option() + ") the error at native depth is "
                + atNative + atEnd + ".";
    }

    private String without(Change change, int depth) {
        return Numbers.text(change.error()) + " instead of " + Numbers.text(with(depth)) + ", "
                + Numbers.signed(change.decades()) + " decades: " + change.words();
    }

    /** The error of the model as it is, mean over prompts. */
    private double with(int depth) {
        return Arrays.stream(column(run, depth))
                .filter(e -> !Double.isNaN(e))
                .average()
                .orElse(Double.NaN);
    }

    /** What does most of all whose effect can be told. */
    private String cause(Function<Effect, Change> where, int depth) {
        return effects.stream()
                .filter(e -> where.apply(e).isKnown())
                .max(Comparator.comparingDouble(e -> where.apply(e).strength()))
                .map(e -> sentence(finer(e, where), where, depth))
                .orElse("no part has an effect that these prompts can tell from none.");
    }

    /**
     * What lies within a cause and does what it does, if there is such: a half of a block, one layer's attention where token 1 is
     * out of all, one dimension of several; otherwise the effect itself.
     */
    private Effect finer(Effect effect, Function<Effect, Change> where) {
        return effects.stream()
                .filter(e -> e != effect && isWithin(e.part(), effect.part()))
                .filter(e -> where.apply(e).isKnown())
                .filter(e -> where.apply(e).decades().value()
                                / where.apply(effect).decades().value()
                        >= SAME)
                .max(Comparator.comparingDouble(e -> where.apply(e).strength()))
                .orElse(effect);
    }

    private static boolean isWithin(LeftOut inner, LeftOut outer) {
        return switch (outer.part()) {
            case BLOCK -> inner.isOf(outer.number());
            case SINK -> inner.part() == LeftOut.Part.ATTENTION;
            case OUTLIERS -> inner.part() == LeftOut.Part.OUTLIERS && inner.number() < outer.number();
            default -> false;
        };
    }

    private String sentence(Effect effect, Function<Effect, Change> where, int depth) {
        Change change = where.apply(effect);
        return effect.part().words() + " does most (" + effect.part().option() + "): without it the error is "
                + Numbers.text(change.error()) + " instead of " + Numbers.text(with(depth)) + ", "
                + Numbers.signed(change.decades()) + " decades; it " + change.words() + "." + headOf(effect);
    }

    /** Which head of an attention half does most in its block. */
    private String headOf(Effect effect) {
        return heads.stream()
                .filter(h -> effect.part().part() == LeftOut.Part.ATTENTION
                        && effect.part().isOf(h.layer()))
                .filter(HeadEffect::isKnown)
                .max(Comparator.comparingDouble(h -> Math.abs(h.change().value())))
                .map(h -> " Of its heads head " + h.head() + " changes the block's error most, by "
                        + Numbers.signed(h.change()) + " if it is left out.")
                .orElse("");
    }

    private int nativeDepth() {
        return run.route().nativeDepth();
    }
}
