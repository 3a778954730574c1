package org.consensusprobe.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.results.RunReader;

/** What {@code consensus theory} left in a run directory, as a section of the run's report. */
public final class TheorySection {
    /** The findings. */
    public static final String JSON = "theory.json";
    /** The figure. */
    public static final String SVG = "theory.svg";

    private static final long MAX_BYTES = 64L << 20;

    private TheorySection() {}

    /** The section's HTML; empty where the directory holds no findings. */
    static String of(RunReader run) {
        Path file = run.path().resolve(JSON);
        if (!Files.isRegularFile(file)) {
            return "";
        }
        JsonNode root = StrictJson.readObject(file, MAX_BYTES, "findings of theory");
        StringBuilder html = new StringBuilder("<section>\n<h2>Against theory</h2>\n");
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode finding : root.path("findings")) {
            rows.add(List.of(
                    Html.escape(finding.path("quantity").asText()),
                    Html.escape(finding.path("result").asText()),
                    Html.escape(finding.path("remark").asText()),
                    Html.escape(finding.path("source").asText())));
        }
        html.append(Html.table(List.of("quantity", "in this run (means over prompts)", "remark", "source"), rows));
        Path figure = run.path().resolve(SVG);
        if (Files.isRegularFile(figure)) {
            html.append("<p><img style=\"max-width:100%;background:#fff\" alt=\"Quantities of theory along depth\""
                            + " src=\"data:image/svg+xml;base64,")
                    .append(encoded(figure))
                    .append("\"></p>\n");
        }
        for (JsonNode missing : root.path("missing")) {
            html.append("<p class=\"faint\">Not recorded: ")
                    .append(Html.escape(missing.asText()))
                    .append(".</p>\n");
        }
        return html.append("</section>\n").toString();
    }

    private static String encoded(Path figure) {
        try {
            return Base64.getEncoder().encodeToString(Files.readString(figure).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw Problem.input(e, "%s: cannot be read: %s.", figure, e.getMessage());
        }
    }
}
