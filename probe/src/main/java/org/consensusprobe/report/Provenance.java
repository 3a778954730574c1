package org.consensusprobe.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.RunReader;

/** A run's manifest as tables people can read. */
final class Provenance {
    private static final int MOST_ELEMENTS = 40;
    private static final int LONGEST_VALUE = 2000;

    private Provenance() {}

    /** All that the manifest says, folded. */
    static String of(RunReader run, boolean open) {
        Manifest manifest = run.manifest();
        StringBuilder html = new StringBuilder("<details class=\"provenance\"")
                .append(open ? " open" : "")
                .append("><summary>")
                .append(Html.escape(RunTitle.of(manifest)))
                .append("</summary>\n");
        JsonNode root = StrictJson.parse(
                manifest.toJson().getBytes(java.nio.charset.StandardCharsets.UTF_8),
                run.path().toString(),
                "manifest");
        List<List<String>> top = new ArrayList<>();
        root.properties().forEach(field -> {
            if (!(field.getValue() instanceof ObjectNode)) {
                value(field.getValue()).ifPresent(v -> top.add(List.of(name(field.getKey()), v)));
            }
        });
        html.append(table("run", top));
        root.properties().forEach(field -> {
            if (field.getValue() instanceof ObjectNode section && !section.isEmpty()) {
                String table = table(name(field.getKey()), rows(section, ""));
                html.append(
                        field.getKey().equals("config")
                                ? "<details><summary>config.json of the checkpoint</summary>" + table + "</details>\n"
                                : table);
            }
        });
        return html.append("</details>\n").toString();
    }

    private static String table(String caption, List<List<String>> rows) {
        StringBuilder html = new StringBuilder("<table class=\"facts\"><caption>")
                .append(caption)
                .append("</caption><tbody>\n");
        for (List<String> row : rows) {
            html.append("<tr><th scope=\"row\">")
                    .append(row.get(0))
                    .append("</th><td>")
                    .append(row.get(1))
                    .append("</td></tr>\n");
        }
        return html.append("</tbody></table>\n").toString();
    }

    private static List<List<String>> rows(ObjectNode section, String prefix) {
        List<List<String>> rows = new ArrayList<>();
        section.properties().forEach(field -> {
            String name = prefix + name(field.getKey());
            if (field.getValue() instanceof ObjectNode inner && !inner.isEmpty()) {
                rows.addAll(rows(inner, name + " · "));
            } else {
                value(field.getValue()).ifPresent(v -> rows.add(List.of(name, v)));
            }
        });
        return rows;
    }

    private static String name(String key) {
        return Html.escape(key.replace('_', ' '));
    }

    /** A value as HTML; empty for nothing. */
    private static Optional<String> value(JsonNode node) {
        if (node.isNull() || node.isContainerNode() && node.isEmpty()) {
            return Optional.empty();
        }
        if (node.isArray()) {
            String elements = StreamSupport.stream(node.spliterator(), false)
                    .limit(MOST_ELEMENTS)
                    .map(element -> element.isContainerNode() ? "<div>" + inline(element) + "</div>" : inline(element))
                    .collect(Collectors.joining(node.get(0).isContainerNode() ? "" : ", "));
            int more = node.size() - MOST_ELEMENTS;
            return Optional.of(more > 0 ? elements + " and " + more + " more" : elements);
        }
        return Optional.of(inline(node));
    }

    private static String inline(JsonNode node) {
        if (node.isDouble()) {
            double value = node.doubleValue();
            return Html.escape(Math.abs(value) >= 100 ? Long.toString(Math.round(value)) : Numbers.text(value));
        }
        if (node.isObject()) {
            List<String> parts = new ArrayList<>();
            node.properties().forEach(f -> parts.add(name(f.getKey()) + " " + inline(f.getValue())));
            return String.join(", ", parts);
        }
        String text = node.isBoolean() ? (node.booleanValue() ? "yes" : "no") : node.asText(node.toString());
        text = text.isEmpty() && node.isContainerNode() ? node.toString() : text;
        return Html.escape(text.length() > LONGEST_VALUE ? text.substring(0, LONGEST_VALUE) + "…" : text);
    }
}
