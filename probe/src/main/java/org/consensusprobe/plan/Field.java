package org.consensusprobe.plan;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;

/**
 * One thing that a run is told: everything that options, sweep files, manifests, tables, titles and help need to know of it.
 *
 * <p>Fields are made in {@link Fields} and nowhere else.
 *
 * @param <T> the type of its values
 */
public final class Field<T> {
    /** What a field decides over. */
    public enum Role {
        /** The numbers of a run. */
        IDENTITY,
        /** Where model and prompts come from; what decides over the numbers is their content, by its hash. */
        SOURCE,
        /** Which of many equal draws a run is. */
        DRAW,
        /** What is kept of a run. */
        OUTPUT,
        /** How the machine is used; no bit depends on it. */
        MACHINE
    }

    /** The headings of help. */
    public enum Group {
        MODEL("Model and weights"),
        INGREDIENTS("What of the model takes part"),
        ROUTE("The way through the layers"),
        START("Prompts and start"),
        KEPT("What is recorded"),
        ARITHMETIC("Arithmetic"),
        MACHINE("Machine and network");

        private final String heading;

        Group(String heading) {
            this.heading = heading;
        }

        /** As help has it. */
        public String heading() {
            return heading;
        }
    }

    /** When titles and descriptions speak of a field. */
    public enum Mention {
        /** In every title. */
        ALWAYS,
        /** Where it is not neutral. */
        CHANGED,
        /** In descriptions of what is to run, and where it tells runs apart. */
        APART,
        /** Never. */
        NEVER
    }

    private final String name;
    private final Codec<T> codec;
    private final Function<Values, T> neutral;
    private Group group = Group.MACHINE;
    private Role role = Role.IDENTITY;
    private Mention mention = Mention.NEVER;
    private Function<RunPlan, T> of;
    private BiFunction<T, RunPlan, String> words = (value, plan) -> text(value);
    private String caution = "";
    private String column;
    private String label = "";
    private String help = "";
    private Function<T, T> recorded = Function.identity();

    private Field(String name, Codec<T> codec, Function<Values, T> neutral) {
        this.name = name;
        this.codec = codec;
        this.neutral = neutral;
        this.column = name;
    }

    /** A field whose neutral value depends on others. */
    static <T> Field<T> dependent(String name, Codec<T> codec, Function<Values, T> neutral) {
        return new Field<>(name, codec, neutral);
    }

    static <T> Field<T> of(String name, Codec<T> codec, T neutral) {
        return new Field<>(name, codec, values -> neutral);
    }

    Field<T> in(Group in, Role with, Function<RunPlan, T> get) {
        group = in;
        role = with;
        of = get;
        return this;
    }

    Field<T> said(Mention when, BiFunction<T, RunPlan, String> inWords) {
        mention = when;
        words = inWords;
        return this;
    }

    /** A warning for comparisons of runs that differ in it; without one, it is what runs are compared by. */
    Field<T> caution(String text) {
        caution = text;
        return this;
    }

    Field<T> column(String other) {
        column = other;
        return this;
    }

    /** What a manifest may hold of it: no folders of the user's. */
    Field<T> recordedAs(Function<T, T> value) {
        recorded = value;
        return this;
    }

    Field<T> help(String paramLabel, String text) {
        label = paramLabel;
        help = text;
        return this;
    }

    /** Its name in sweep files and manifests: {@code attention_scale}. */
    public String name() {
        return name;
    }

    /** Its option: {@code --attention-scale}, or {@code --no-skip} for what a run has unless it is told otherwise. */
    public String option() {
        String dashed = name.replace('_', '-');
        return (codec.json() == Codec.Json.FLAG && Boolean.TRUE.equals(neutral.apply(Values.NONE)) ? "--no-" : "--")
                + dashed;
    }

    /** Whether its option takes no value. */
    public boolean isFlag() {
        return codec.json() == Codec.Json.FLAG;
    }

    public Group group() {
        return group;
    }

    public Role role() {
        return role;
    }

    public Mention mention() {
        return mention;
    }

    /** The column of tables that holds it. */
    public String column() {
        return column;
    }

    /** What a comparison warns of where runs differ in it; empty if that is no reason to warn. */
    public String caution() {
        return caution;
    }

    /** How help writes its value. */
    public String label() {
        return label;
    }

    /** What help says of it. */
    public String help() {
        return help;
    }

    /** Its value where nothing is said, given what is said of other fields. */
    public T neutral(Values values) {
        return neutral.apply(values);
    }

    /** The value in a plan. */
    public T of(RunPlan plan) {
        return of.apply(plan);
    }

    /** Whether a plan says nothing else than what a run is without it. */
    public boolean isNeutral(RunPlan plan) {
        return isNeutral(plan, plan.values());
    }

    /** The same, with what the plan says of every field. */
    boolean isNeutral(RunPlan plan, Values said) {
        return of(plan).equals(neutral(said));
    }

    /** The value of a plan in words, for titles and legends; empty if there is nothing to say. */
    public String words(RunPlan plan) {
        return words.apply(of(plan), plan);
    }

    /** The text of a plan's value, for cells of tables; what the command line takes. */
    public String text(RunPlan plan) {
        return text(recorded.apply(of(plan)));
    }

    /** The text of a value. */
    public String text(T value) {
        return codec.printer().apply(value);
    }

    /** The value of a plan for a sweep file. */
    public JsonNode json(RunPlan plan) {
        return codec.toJson(of(plan));
    }

    /** The value of a plan for its manifest. */
    public JsonNode recorded(RunPlan plan) {
        return codec.toJson(recorded.apply(of(plan)));
    }

    /**
     * Reads an option's value.
     *
     * @throws Problem if it is none
     */
    public T parse(String text) {
        try {
            return codec.parser().apply(text);
        } catch (IllegalArgumentException e) {
            String detail = Codec.detail(e);
            throw Problem.input(
                    "%s %s: %sexpected %s.",
                    option(), Shown.text(text), detail.isEmpty() ? "" : detail + "; ", codec.expected());
        }
    }

    /**
     * Reads a value in a file.
     *
     * @param where file and place in it, for the message
     * @throws Problem if it is none
     */
    T read(JsonNode node, String where) {
        try {
            String text = codec.textOf(node).orElseThrow(IllegalArgumentException::new);
            return codec.parser().apply(text);
        } catch (IllegalArgumentException e) {
            String detail = Codec.detail(e);
            throw Problem.input(
                    "%s: %s must be %s, found %s%s.",
                    where, name, codec.expected(), Shown.text(node.toString()), detail.isEmpty() ? "" : ": " + detail);
        }
    }

    /** A factor as people write it: 2, not 2.0. */
    static String plain(double factor) {
        return factor == Math.rint(factor) && Math.abs(factor) < 1e9
                ? Long.toString((long) factor)
                : String.format(Locale.ROOT, "%s", factor);
    }

    /** A number as people write it: 1/6, not 0.16666666666666666. */
    static String fraction(double number) {
        double inverse = 1 / number;
        return number < 1 && inverse < 100 && number == 1 / Math.rint(inverse)
                ? "1/" + (long) Math.rint(inverse)
                : plain(number);
    }

    @Override
    public String toString() {
        return name;
    }
}
