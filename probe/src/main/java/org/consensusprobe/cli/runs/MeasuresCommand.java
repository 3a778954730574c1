package org.consensusprobe.cli.runs;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Collectors;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.measure.About;
import org.consensusprobe.measure.Axis;
import org.consensusprobe.measure.Measure;
import org.consensusprobe.measure.MeasureGroups;
import org.consensusprobe.measure.PassMeasure;
import org.consensusprobe.plan.MeasureNames;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code consensus measures}: what can be recorded. */
@Command(
        name = "measures",
        description =
                "List what can be recorded, in groups: formula, source, unit, cost, and where rounding takes over; before them the"
                        + " symbols, after them the papers.",
        footer = {
            "",
            "Cost, beside a block of the same tokens: low, a few passes over the states; medium, about a matrix product; high,"
                    + " can take longer than the block itself."
        })
public final class MeasuresCommand extends ConsoleCommand {
    @Parameters(arity = "0..*", paramLabel = "NAME", description = "Only these (default: all).")
    private List<String> names = List.of();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public Integer call() {
        requireKnown();
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            ArrayNode list = StrictJson.mapper().createArrayNode();
            MeasureGroups.ALL.forEach(group -> chosen(group).forEach(measure -> list.add(json(group, measure))));
            out.println(list.toPrettyString());
            return 0;
        }
        MeasureGroups.SYMBOLS.forEach(out::println);
        for (MeasureGroups.Group group : MeasureGroups.ALL) {
            List<Measure> measures = chosen(group);
            if (!measures.isEmpty()) {
                out.printf(
                        "%n%s%n%s%n",
                        group.heading(), "-".repeat(group.heading().length()));
                measures.forEach(measure -> print(out, measure));
            }
        }
        List<String> references = MeasureGroups.ALL.stream()
                .flatMap(group -> chosen(group).stream())
                .flatMap(measure -> MeasureGroups.references(measure.about()).stream())
                .distinct()
                .sorted(String.CASE_INSENSITIVE_ORDER)
                .toList();
        if (!references.isEmpty()) {
            out.printf("%nReferences%n----------%n");
            references.forEach(out::println);
        }
        return 0;
    }

    private void requireKnown() {
        for (String name : names) {
            if (MeasureGroups.ALL.stream().noneMatch(group -> group.names().contains(name))) {
                throw Problem.input("\"%s\" is no measure; \"consensus measures\" lists all.", name);
            }
        }
    }

    private List<Measure> chosen(MeasureGroups.Group group) {
        return MeasureGroups.measures(group).stream()
                .filter(measure -> names.isEmpty() || names.contains(measure.name()))
                .toList();
    }

    private static void print(PrintWriter out, Measure measure) {
        About about = measure.about();
        out.println(measure.name()
                + (isDefault(measure)
                        ? measure instanceof PassMeasure
                                ? "  (recorded by default in runs of three passes or more)"
                                : "  (recorded by default)"
                        : ""));
        out.println("    " + about.formula());
        out.println("    source: " + about.source());
        out.println("    axes: " + axes(measure) + "; unit: " + about.unit() + "; cost: "
                + about.cost().text());
        out.println("    floor: " + about.floor());
        out.println(
                "    per token: " + MeasureNames.byToken(measure.name()).orElse(isByToken(measure) ? "itself" : "no"));
    }

    private static boolean isDefault(Measure measure) {
        return measure.name().equals(MeasureNames.ERROR)
                || MeasureNames.defaults(Integer.MAX_VALUE).contains(measure.name());
    }

    private static boolean isByToken(Measure measure) {
        return measure.axes(new Measure.Sizes(1, 1)).stream()
                .anyMatch(axis -> axis.equals(Axis.tokens(new Measure.Sizes(1, 1))));
    }

    private static String axes(Measure measure) {
        String further = measure.axes(new Measure.Sizes(1, 1)).stream()
                .map(axis -> " x " + axis.name())
                .collect(Collectors.joining());
        return "prompt x " + (measure.perPass() ? "pass" : "depth") + further;
    }

    private static ObjectNode json(MeasureGroups.Group group, Measure measure) {
        About about = measure.about();
        ObjectNode node = StrictJson.mapper().createObjectNode();
        node.put("name", measure.name());
        node.put("group", group.heading());
        node.put("formula", about.formula());
        node.put("source", about.source());
        MeasureGroups.references(about).forEach(node.putArray("references")::add);
        node.put("unit", about.unit());
        node.put("cost", about.cost().text());
        node.put("floor", about.floor());
        node.put("default", isDefault(measure));
        MeasureNames.byToken(measure.name()).ifPresent(name -> node.put("per_token", name));
        var axes = node.putArray("axes");
        axes.add("prompt").add(measure.perPass() ? "pass" : "depth");
        measure.axes(new Measure.Sizes(1, 1)).stream().map(Axis::name).forEach(axes::add);
        return node;
    }
}
