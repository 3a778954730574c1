package org.consensusprobe.report;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.consensusprobe.common.Markup;

/** Pieces of a page: text made harmless, tables, and templates filled. */
final class Html {
    private static final Pattern SLOT = Pattern.compile("\\{\\{([a-z-]+)\\}\\}");

    private Html() {}

    /** Text from anywhere as HTML. */
    static String escape(String text) {
        return Markup.escape(text);
    }

    /** JSON as the content of a script element: nothing in it can end the element. */
    static String scriptJson(String json) {
        return json.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026");
    }

    /**
     * Fills the slots <code>{{name}}</code> of a template; what is filled in is not searched for slots again.
     *
     * @param namesAndValues name, value, name, value, ...
     */
    static String fill(String template, String... namesAndValues) {
        return SLOT.matcher(template).replaceAll(slot -> {
            for (int i = 0; i < namesAndValues.length; i += 2) {
                if (namesAndValues[i].equals(slot.group(1))) {
                    return Matcher.quoteReplacement(namesAndValues[i + 1]);
                }
            }
            throw new IllegalStateException("nothing to fill into {{" + slot.group(1) + "}}");
        });
    }

    /**
     * A table that scrolls sideways where it is too wide.
     *
     * @param head cells of the first row, HTML
     * @param rows cells of the other rows, HTML; the first of each is a heading
     */
    static String table(List<String> head, List<List<String>> rows) {
        StringBuilder html = new StringBuilder("<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>");
        head.forEach(cell -> html.append("<th scope=\"col\">").append(cell).append("</th>"));
        html.append("</tr></thead><tbody>\n");
        for (List<String> row : rows) {
            html.append("<tr><th scope=\"row\">").append(row.get(0)).append("</th>");
            row.subList(1, row.size())
                    .forEach(cell -> html.append("<td>").append(cell).append("</td>"));
            html.append("</tr>\n");
        }
        return html.append("</tbody></table></div>\n").toString();
    }
}
