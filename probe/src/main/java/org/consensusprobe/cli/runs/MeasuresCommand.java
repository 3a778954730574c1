package org.consensusprobe.cli.runs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.measure.About;
import org.consensusprobe.measure.Axis;
import org.consensusprobe.measure.Measure;
import org.consensusprobe.measure.Measures;
import org.consensusprobe.measure.PassMeasure;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.plan.Similarity;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code consensus measures}: what can be recorded. */
@Command(
        name = "measures",
        description = "List what can be recorded: formula, source, unit, cost, and where rounding takes over.",
        footer = {
            "",
            "u_i are unit tokens, ubar is their mean, s_ij = |u_i - u_j|^2 / 2 = 1 - cos(u_i, u_j), X is the matrix of tokens,",
            "xbar the mean token, J = 11'/T, A an attention matrix. Cost, beside a block of the same tokens: low, a few",
            "passes over the states; medium, about a matrix product; high, can take longer than the block itself."
        })
public final class MeasuresCommand extends ConsoleCommand {
    @Parameters(arity = "0..*", paramLabel = "NAME", description = "Only these (default: all).")
    private List<String> names = List.of();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public Integer call() {
        List<Measure> measures = chosen();
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(StrictJson.mapper()
                    .createArrayNode()
                    .addAll(measures.stream().map(MeasuresCommand::json).toList())
                    .toPrettyString());
        } else {
            measures.forEach(measure -> print(out, measure));
        }
        return 0;
    }

    private List<Measure> chosen() {
        List<Measure> all = new ArrayList<>(List.of(Measures.error(Similarity.COSINE)));
        all.addAll(Measures.all(Similarity.COSINE));
        for (String name : names) {
            if (all.stream().noneMatch(measure -> measure.name().equals(name))) {
                throw Problem.input("\"%s\" is no measure; \"consensus measures\" lists all.", name);
            }
        }
        return names.isEmpty()
                ? all
                : all.stream().filter(m -> names.contains(m.name())).toList();
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
    }

    private static boolean isDefault(Measure measure) {
        return measure.name().equals(MeasureNames.ERROR)
                || MeasureNames.defaults(Integer.MAX_VALUE).contains(measure.name());
    }

    private static String axes(Measure measure) {
        String further = measure.axes(new Measure.Sizes(1, 1)).stream()
                .map(axis -> " x " + axis.name())
                .collect(Collectors.joining());
        return "prompt x " + (measure.perPass() ? "pass" : "depth") + further;
    }

    private static ObjectNode json(Measure measure) {
        About about = measure.about();
        ObjectNode node = StrictJson.mapper().createObjectNode();
        node.put("name", measure.name());
        node.put("formula", about.formula());
        node.put("source", about.source());
        node.put("unit", about.unit());
        node.put("cost", about.cost().text());
        node.put("floor", about.floor());
        node.put("default", isDefault(measure));
        var axes = node.putArray("axes");
        axes.add("prompt").add(measure.perPass() ? "pass" : "depth");
        measure.axes(new Measure.Sizes(1, 1)).stream().map(Axis::name).forEach(axes::add);
        return node;
    }
}
