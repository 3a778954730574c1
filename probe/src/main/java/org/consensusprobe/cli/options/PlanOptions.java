package org.consensusprobe.cli.options;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.consensusprobe.plan.Field;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.MachineFields;
import org.consensusprobe.plan.Values;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * The options of a command that are fields of a run or of the machine, under the headings of the list of fields. A command
 * that has some implements {@link Taker} and names {@link Adder} as its {@code modelTransformer}.
 */
public final class PlanOptions {
    private final List<Field<?>> fields;
    private final Values defaults;
    private final List<Field<?>> required;
    private final Map<Field<?>, Field<?>> instead;
    private final Map<Field<?>, String> said;

    private PlanOptions(
            List<Field<?>> fields,
            Values defaults,
            List<Field<?>> required,
            Map<Field<?>, Field<?>> instead,
            Map<Field<?>, String> said) {
        this.fields = List.copyOf(fields);
        this.defaults = defaults;
        this.required = List.copyOf(required);
        this.instead = Map.copyOf(instead);
        this.said = Map.copyOf(said);
    }

    /** Options for some fields and those of the machine. */
    public static PlanOptions of(List<Field<?>> ofARun) {
        List<Field<?>> fields = new ArrayList<>(ofARun);
        fields.addAll(MachineFields.OF_THE_MACHINE);
        return new PlanOptions(fields, Values.NONE, List.of(), Map.of(), Map.of());
    }

    /** Options for these fields and no others. */
    public static PlanOptions only(Field<?>... fields) {
        return new PlanOptions(List.of(fields), Values.NONE, List.of(), Map.of(), Map.of());
    }

    /** Options for all fields of a run but some, and those of the machine. */
    public static PlanOptions without(Field<?>... left) {
        return of(Fields.OF_A_RUN.stream()
                .filter(field -> !List.of(left).contains(field))
                .toList());
    }

    /** The same, with another default. */
    public <T> PlanOptions withDefault(Field<T> field, T value) {
        return new PlanOptions(fields, defaults.with(field, value), required, instead, said);
    }

    /** The same, with a field whose default is the command's own business: what help says of it. */
    public PlanOptions sayingDefault(Field<?> field, String words) {
        Map<Field<?>, String> more = new HashMap<>(said);
        more.put(field, words);
        return new PlanOptions(fields, defaults, required, instead, more);
    }

    /** The same, of which one has to be given. */
    public PlanOptions requiring(Field<?> field) {
        List<Field<?>> more = new ArrayList<>(required);
        more.add(field);
        return new PlanOptions(fields, defaults, more, instead, said);
    }

    /** The same, of which one has to be given, unless another is. */
    public PlanOptions requiring(Field<?> field, Field<?> unless) {
        Map<Field<?>, Field<?>> more = new HashMap<>(instead);
        more.put(field, unless);
        return new PlanOptions(fields, defaults, requiring(field).required, more, said);
    }

    /** A command with such options. */
    public interface Taker {
        PlanOptions planOptions();
    }

    /** Adds the options to a command's model. */
    public static final class Adder implements IModelTransformer {
        @Override
        public CommandSpec transform(CommandSpec spec) {
            ((Taker) spec.userObject()).planOptions().addTo(spec);
            return spec;
        }
    }

    private void addTo(CommandSpec spec) {
        Map<Field.Group, ArgGroupSpec.Builder> groups = new EnumMap<>(Field.Group.class);
        for (Field<?> field : fields) {
            if (required.contains(field)) { // a group would not insist
                spec.addOption(option(field));
                continue;
            }
            groups.computeIfAbsent(field.group(), group -> ArgGroupSpec.builder()
                            .exclusive(false)
                            .multiplicity("0..1")
                            .validate(false)
                            .order(group.ordinal())
                            .heading("%n" + group.heading() + ":%n"))
                    .addArg(option(field));
        }
        groups.values().forEach(group -> spec.addArgGroup(group.build()));
    }

    private <T> OptionSpec option(Field<T> field) {
        OptionSpec.Builder option = OptionSpec.builder(field.option()).description(help(field));
        if (field.isFlag()) {
            return option.type(boolean.class).arity("0").build();
        }
        return option.type(Object.class)
                .required(required.contains(field) && !instead.containsKey(field))
                .paramLabel(field.label())
                .arity("1")
                .converters(field::parse)
                .build();
    }

    private <T> String help(Field<T> field) {
        String neutral = field.isFlag() ? "" : said.getOrDefault(field, field.text(defaults.get(field)));
        String text = neutral.isEmpty() ? field.help() : withoutStop(field.help()) + " (default: " + neutral + ").";
        return text.replace("%", "%%");
    }

    private static String withoutStop(String text) {
        return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    }

    /** What a command line says of the fields; where it says nothing, the command's own defaults. */
    public Values values(CommandSpec spec) {
        Values given = given(spec);
        instead.forEach((field, unless) -> {
            if (!given.has(field) && !given.has(unless)) {
                throw new ParameterException(
                        spec.commandLine(),
                        "Missing required option: '" + field.option() + "=" + field.label() + "' (or " + unless.option()
                                + ")");
            }
        });
        return defaults.with(given);
    }

    /** What a command line says of the fields. */
    public Values given(CommandSpec spec) {
        ParseResult parsed = spec.commandLine().getParseResult();
        Values values = Values.NONE;
        for (Field<?> field : fields) {
            if (parsed.hasMatchedOption(field.option())) {
                values = given(values, field, parsed);
            }
        }
        return values;
    }

    @SuppressWarnings("unchecked") // the option's converter is the field's own parser
    private static <T> Values given(Values values, Field<T> field, ParseResult parsed) {
        Object value = parsed.matchedOptionValue(field.option(), null);
        if (field.isFlag()) {
            return values.with((Field<Boolean>) field, !field.option().startsWith("--no-"));
        }
        return values.with(field, (T) value);
    }

    /** The machine that a command line describes. */
    public Machine machine(CommandSpec spec) {
        return Machine.of(values(spec));
    }

    /** A field's value on a command line; empty where it says nothing. */
    public <T> Optional<T> find(CommandSpec spec, Field<T> field) {
        Values given = given(spec);
        return given.has(field) ? Optional.of(given.get(field)) : Optional.empty();
    }
}
