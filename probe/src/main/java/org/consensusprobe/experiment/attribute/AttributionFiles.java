package org.consensusprobe.experiment.attribute;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Build;
import org.consensusprobe.common.Csv;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.report.Numbers;
import org.consensusprobe.report.PlainReport;
import org.consensusprobe.report.chart.ChartSheet;
import org.consensusprobe.report.stats.Estimate;
import org.consensusprobe.report.stats.Interval;
import org.consensusprobe.results.RunDirectory;

/** What an attribution says, in a folder: attribute.csv, attribute.json, a figure and a report. */
public record AttributionFiles(Attribution found) {
    /** Name of the files, before their endings. */
    public static final String NAME = "attribute";

    private static final int COLUMNS = 2;

    /** Writes all of them. */
    public void write(Path folder) {
        ChartSheet sheet = new ChartSheet(found.title(), AttributionCharts.of(found), COLUMNS);
        sheet.writePng(folder.resolve(NAME + ".png"));
        sheet.writeSvg(folder.resolve(NAME + ".svg"));
        AtomicFiles.writeText(folder.resolve(NAME + ".csv"), csv());
        AtomicFiles.writeText(folder.resolve(NAME + ".json"), json().toPrettyString() + "\n");
        report(sheet, folder.resolve(RunDirectory.REPORT));
    }

    /** The table of what does most at native depth, its head first. */
    public List<List<String>> strongest() {
        return Stream.concat(Stream.of(Effect.HEAD), rows(Effect::atNative).stream())
                .toList();
    }

    private List<List<String>> rows(Function<Effect, Change> where) {
        return found.strongest(where).stream().map(Effect::cells).toList();
    }

    /** Everything. */
    public ObjectNode json() {
        ObjectNode root = StrictJson.mapper().createObjectNode();
        root.put("program", "consensus-probe");
        root.put("version", Build.version());
        root.set("plan", found.run().manifest().section("plan"));
        found.sentences().forEach(root.putArray("findings")::add);
        ArrayNode parts = root.putArray("parts");
        for (Effect effect : found.effects()) {
            ObjectNode node = parts.addObject();
            node.put("part", effect.part().part().text());
            effect.part().layer().ifPresentOrElse(layer -> node.put("layer", layer), () -> node.putNull("layer"));
            node.put("option", effect.part().option());
            put(node.putObject("native"), effect.atNative());
            put(node.putObject("end"), effect.atEnd());
        }
        ArrayNode heads = root.putArray("heads");
        for (HeadEffect head : found.heads()) {
            ObjectNode node = heads.addObject();
            node.put("layer", head.layer());
            node.put("head", head.head());
            put(node, "change", head.change());
        }
        found.redundancy().ifPresent(r -> {
            ObjectNode node = root.putObject("depths");
            node.set("angular_distance", StrictJson.mapper().valueToTree(r.angular()));
            node.set("alignment", StrictJson.mapper().valueToTree(r.alignment()));
            node.set("alignment_debiased", numbers(r.debiased()));
            node.set("block_influence", StrictJson.mapper().valueToTree(r.influence()));
            node.set("linearity", numbers(new double[][] {r.linearity()}).get(0));
        });
        found.lens().filter(LogitLens::applies).ifPresent(lens -> {
            for (int depth = 0; depth < lens.entropy().size(); depth++) {
                ObjectNode node = root.withArray("/lens").addObject();
                node.put("depth", depth);
                put(node, "entropy", lens.entropy().get(depth));
                put(node, "divergence", lens.divergence().get(depth));
            }
        });
        return root;
    }

    private static void put(ObjectNode node, Change change) {
        number(node, "error", change.error());
        put(node, "difference", change.difference());
        put(node, "decades", change.decades());
    }

    private static void put(ObjectNode node, String name, Estimate estimate) {
        ObjectNode own = node.putObject(name);
        number(own, "mean", estimate.value());
        estimate.interval().ifPresent(i -> {
            own.put("low", i.low());
            own.put("high", i.high());
        });
    }

    /** JSON has no NaN: null stands for it. */
    private static ArrayNode numbers(double[][] rows) {
        ArrayNode all = StrictJson.mapper().createArrayNode();
        for (double[] row : rows) {
            ArrayNode own = all.addArray();
            for (double value : row) {
                own.add(cell(value));
            }
        }
        return all;
    }

    private static void number(ObjectNode node, String name, double value) {
        if (Double.isFinite(value)) {
            node.put(name, value);
        } else {
            node.putNull(name);
        }
    }

    private String csv() {
        List<Object> head = new ArrayList<>(List.of("part", "layer", "option"));
        for (String where : List.of("native", "end")) {
            head.add("error_" + where);
            for (String what : List.of("difference", "decades")) {
                String name = what + "_" + where;
                head.addAll(List.of(name, name + "_low", name + "_high"));
            }
        }
        StringBuilder csv = new StringBuilder(Csv.line(head));
        for (Effect effect : found.effects()) {
            List<Object> row = new ArrayList<>();
            row.add(effect.part().part().text());
            row.add(effect.part().layer().isPresent() ? effect.part().number() : null);
            row.add(effect.part().option());
            for (Change change : List.of(effect.atNative(), effect.atEnd())) {
                row.add(cell(change.error()));
                for (Estimate estimate : List.of(change.difference(), change.decades())) {
                    row.add(cell(estimate.value()));
                    row.add(estimate.interval().map(Interval::low).orElse(null));
                    row.add(estimate.interval().map(Interval::high).orElse(null));
                }
            }
            csv.append(Csv.line(row));
        }
        return csv.toString();
    }

    private static Double cell(double value) {
        return Double.isFinite(value) ? value : null;
    }

    private void report(ChartSheet sheet, Path file) {
        PlainReport report = new PlainReport().section("What makes the curve");
        found.sentences().forEach(report::text);
        report.text(
                        "Decades are log10 of the error without a part over that with it, mean over prompts with its 95 % interval:"
                                + " above 0 the part pulls tokens together, below 0 it keeps them apart. Layers and heads count from 0.")
                .figure(sheet, "Bars have 95 % intervals over prompts. Heads: the first pass, mean over prompts.")
                .section("What does most at native depth")
                .table(Effect.HEAD, rows(Effect::atNative))
                .section("What does most at the end")
                .table(Effect.HEAD, rows(Effect::atEnd));
        if (!found.heads().isEmpty()) {
            report.section("Heads that pull together most")
                    .table(
                            HeadEffect.HEAD,
                            found.together().stream().map(HeadEffect::cells).toList())
                    .section("Heads that pull apart most")
                    .table(
                            HeadEffect.HEAD,
                            found.apart().stream().map(HeadEffect::cells).toList())
                    .text("One block at a time: all else in it is kept, and what later blocks make of the change is not"
                            + " followed.");
        }
        found.redundancy().ifPresent(r -> influence(report, r));
        found.lens().ifPresent(lens -> lens(report, lens));
        report.section("All parts")
                .table(Effect.HEAD, found.effects().stream().map(Effect::cells).toList())
                .write(
                        "Attribution",
                        found.title(),
                        "which blocks, halves, heads and dimensions make the curve",
                        Build.version(),
                        file);
    }

    private void influence(PlainReport report, Redundancy r) {
        List<List<String>> rows = new ArrayList<>();
        for (int block = 0; block < r.influence().length; block++) {
            rows.add(List.of(
                    "layer " + found.layers().get(block),
                    Numbers.text(r.influence()[block]),
                    Numbers.text(r.angular()[block][block + 1]),
                    Numbers.text(r.alignment()[block][block + 1]),
                    Numbers.text(r.debiased()[block][block + 1]),
                    Numbers.text(r.linearity()[block])));
        }
        report.section("What blocks change")
                .table(List.of("block", "influence", "angular distance", "alignment", "debiased", "linearity"), rows)
                .text(
                        "Influence: 1 - mean cosine of a token before and after the block. Angular distance: the mean angle"
                                + " between the two, over pi. Alignment: linear centred kernel alignment of the two depths, over the first "
                                + Redundancy.TOKENS
                                + " tokens. Linearity: the part of the output, centred and of norm 1, that no rotation and scale of"
                                + " the input reaches, over the same tokens; 0 is linear. How little a block changes says nothing of what later blocks make of it: the"
                                + " grid above does.");
    }

    private static void lens(PlainReport report, LogitLens lens) {
        report.section("Logit lens");
        lens.sentences().forEach(report::text);
        if (!lens.applies()) {
            return;
        }
        List<List<String>> rows = IntStream.range(0, lens.entropy().size())
                .mapToObj(depth -> List.of(
                        depth == 0 ? "embedding" : "depth " + depth,
                        Numbers.text(lens.entropy().get(depth)),
                        Numbers.text(lens.divergence().get(depth))))
                .toList();
        report.table(List.of("depth", "entropy", "divergence from the last"), rows)
                .text(
                        "What final norm and head make of the states at each depth: the entropy of the distribution of the next token,"
                                + " and its Kullback-Leibler divergence from that at native depth, sum p (log p - log q) with p the last; nats,"
                                + " mean over positions, then prompts.");
    }
}
