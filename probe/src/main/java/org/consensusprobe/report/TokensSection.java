package org.consensusprobe.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.results.RunReader;
import org.consensusprobe.results.TokenTexts;

/** Where the tokens of a run that kept its states went, and which came together when. */
final class TokensSection {
    private static final int MOST_PROMPTS = 2;
    private static final int MOST_PANELS = 8;
    /** Angles with a tree of their own: a tight and a loose one. */
    private static final List<Double> DRAWN = List.of(15.0, 60.0);

    private static final int MOST_NAMED = 12;

    private TokensSection() {}

    /** The section's HTML; empty where no states were kept at depths. */
    static String of(RunReader run) {
        if (KeptTokens.depths(run).length == 0) {
            return "";
        }
        Optional<TokenTexts> texts = TokenTexts.read(run.path());
        int prompts = Math.min(MOST_PROMPTS, run.manifest().promptCount());
        StringBuilder html = new StringBuilder("<section>\n<h2>Where tokens go, and which come together</h2>\n");
        for (int prompt = 0; prompt < prompts; prompt++) {
            html.append(prompt(KeptTokens.of(run, prompt, texts)));
        }
        if (prompts < run.manifest().promptCount()) {
            html.append("<p class=\"faint\">Drawn of the first %d of %d prompts.</p>\n"
                    .formatted(prompts, run.manifest().promptCount()));
        }
        return html.append("</section>\n").toString();
    }

    private static String prompt(KeptTokens tokens) {
        List<String> labels =
                IntStream.range(0, tokens.count()).mapToObj(tokens::label).toList();
        TokenPlane plane = TokenPlane.of(tokens, MOST_PANELS);
        List<String> places =
                IntStream.of(plane.depths()).mapToObj(tokens::place).toList();
        List<TokenMerges> merges = TokenMerges.of(tokens, MeasureNames.CLUSTER_DEGREES);
        StringBuilder html =
                new StringBuilder("<h3>Prompt ").append(tokens.prompt() + 1).append("</h3>\n");
        if (tokens.count() < tokens.length()) {
            html.append(
                    "<p class=\"faint\">%d of its %d tokens, at even distances; what came together through others is not seen.</p>%n"
                            .formatted(tokens.count(), tokens.length()));
        }
        html.append(figure(new PlaneFigure(plane, places, labels).svg()));
        html.append(
                "<p class=\"hint\">Unit vectors, so that tokens that point one way lie on each other. Names that would cover"
                        + " others are left out.</p>\n");
        List<TokenMerges> drawn = merges.stream()
                .filter(m -> DRAWN.contains(m.degrees()) && !m.events().isEmpty())
                .toList();
        int[] depths = tokens.depths();
        if (!drawn.isEmpty() && depths.length > 1) {
            html.append(figure(new MergeFigure(drawn, labels, depths[0], depths[depths.length - 1]).svg()));
        }
        html.append(table(tokens, merges));
        merges.stream().filter(m -> !m.events().isEmpty()).forEach(m -> html.append(meetings(tokens, m)));
        return html.toString();
    }

    private static String figure(String svg) {
        return "<figure class=\"drawing\">" + svg + "</figure>\n";
    }

    private static String table(KeptTokens tokens, List<TokenMerges> merges) {
        List<List<String>> rows = new ArrayList<>();
        for (TokenMerges at : merges) {
            List<TokenMerges.Event> events = at.events();
            List<Integer> largest = at.atEnd().stream()
                    .max((a, b) -> Integer.compare(a.size(), b.size()))
                    .orElseThrow();
            rows.add(List.of(
                    "%.0f°".formatted(at.degrees()),
                    Integer.toString(events.size()),
                    events.isEmpty()
                            ? "–"
                            : Html.escape(depth(tokens, events.get(0).depth())),
                    events.isEmpty()
                            ? "–"
                            : Html.escape(
                                    depth(tokens, events.get(events.size() - 1).depth())),
                    Integer.toString(at.atEnd().size()),
                    largest.size() == 1 ? "–" : largest.size() + ": " + Html.escape(names(tokens, largest))));
        }
        return Html.table(
                        List.of(
                                "within",
                                "meetings",
                                "first",
                                "last",
                                "groups at the last depth",
                                "the largest of them"),
                        rows)
                + "<p class=\"hint\">Tokens belong together that are within the angle of one another, or of another member of"
                + " their group (the groups of <code>cluster-components</code>). A meeting joins two groups for the first time at a"
                + " depth that was kept; they may part again.</p>\n";
    }

    private static String names(KeptTokens tokens, List<Integer> group) {
        String named = group.stream().limit(MOST_NAMED).map(tokens::label).collect(Collectors.joining(" · "));
        return group.size() > MOST_NAMED ? named + " and " + (group.size() - MOST_NAMED) + " more" : named;
    }

    private static String meetings(KeptTokens tokens, TokenMerges merges) {
        StringBuilder html = new StringBuilder(
                "<details><summary>All meetings within %.0f°</summary>\n<ul>\n".formatted(merges.degrees()));
        for (TokenMerges.Event event : merges.events()) {
            html.append("<li>")
                    .append(Html.escape("%s and %s: %.1f° at %s"
                            .formatted(
                                    named(tokens, event.one()),
                                    named(tokens, event.other()),
                                    event.degrees(),
                                    depth(tokens, event.depth()))))
                    .append("</li>\n");
        }
        return html.append("</ul></details>\n").toString();
    }

    private static String named(KeptTokens tokens, int i) {
        String number = "token " + (tokens.tokens()[i] + 1);
        return tokens.texts().isEmpty() ? number : "“" + tokens.label(i) + "” (" + number + ")";
    }

    private static String depth(KeptTokens tokens, int depth) {
        return depth == 0 ? tokens.place(0) : "depth " + depth + " (" + tokens.place(depth) + ")";
    }
}
