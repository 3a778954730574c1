package org.consensusprobe.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.consensusprobe.plan.Route;
import org.consensusprobe.report.stats.Bootstrap;
import org.consensusprobe.report.stats.Comparison;
import org.consensusprobe.report.stats.CurveNumbers;
import org.consensusprobe.report.stats.DepthTo;
import org.consensusprobe.report.stats.Difference;
import org.consensusprobe.report.stats.Estimate;
import org.consensusprobe.report.stats.Rate;

/** The numbers of a report's curves as HTML. */
final class ReportTables {
    private ReportTables() {}

    /** The numbers of one curve in large type. */
    static String tiles(CurveNumbers numbers) {
        StringBuilder html = new StringBuilder("<dl class=\"tiles\">");
        tile(html, "at the embedding", Numbers.text(numbers.start().value()), "error, mean over prompts");
        tile(
                html,
                "at native depth " + numbers.route().nativeDepth(),
                Numbers.text(numbers.nativeDepth().value()),
                interval(numbers.nativeDepth()));
        tile(html, "at depth " + numbers.lastDepth(), Numbers.text(numbers.end().value()), interval(numbers.end()));
        Rate rate = numbers.rate();
        if (rate.slope().isPresent()) {
            tile(
                    html,
                    "rate per pass",
                    Numbers.signed(rate.slope().get().value()),
                    rate.passesToHalve()
                            .map(p -> "halves in " + Numbers.passes(rate.passesToHalve())
                                    + (p == 1 ? " pass" : " passes"))
                            .orElse("does not fall"));
        } else {
            tile(html, "rate per pass", "none", rate.remark());
        }
        tile(
                html,
                "floor",
                numbers.floor() > 0 ? Numbers.text(numbers.floor()) : "none measured",
                numbers.floor() > 0
                        ? "values below are rounding"
                        : "equal tokens stay equal to the last bit, or no floor was recorded");
        return html.append("</dl>\n").toString();
    }

    private static void tile(StringBuilder html, String name, String value, String below) {
        html.append("<div><dt>")
                .append(Html.escape(name))
                .append("</dt><dd>")
                .append(Html.escape(value))
                .append("<small>")
                .append(Html.escape(below))
                .append("</small></dd></div>");
    }

    private static String interval(Estimate estimate) {
        return estimate.interval()
                .map(i -> "95 % interval [" + Numbers.text(i.low()) + ", " + Numbers.text(i.high()) + "]")
                .orElse("no interval from one prompt");
    }

    /** One row for each curve. */
    static String curves(List<String> labels, List<CurveNumbers> numbers) {
        List<String> errors = List.of("curve", "embedding", "native depth", "end", "floor");
        List<List<String>> errorRows = new ArrayList<>();
        List<String> rates =
                List.of("curve", "rate per pass", "factor per pass", "halves in", "straightness", "from", "left out");
        List<List<String>> rateRows = new ArrayList<>();
        List<String> depthHead = new ArrayList<>(List.of("curve"));
        DepthTo.EXPONENTS.forEach(e -> depthHead.add("10<sup>−" + -e + "</sup>"));
        List<List<String>> depthRows = new ArrayList<>();
        for (int i = 0; i < labels.size(); i++) {
            String label = Html.escape(labels.get(i));
            CurveNumbers n = numbers.get(i);
            errorRows.add(List.of(
                    label,
                    cell(n.start()),
                    cell(n.nativeDepth()) + at(n.route().nativeDepth()),
                    cell(n.end()) + at(n.lastDepth()),
                    n.floor() > 0 ? Numbers.text(n.floor()) : "–"));
            List<String> depths = new ArrayList<>(List.of(label));
            n.depths().forEach(d -> depths.add(depth(d, n.route())));
            depthRows.add(depths);
            rateRows.add(rateRow(label, n.rate()));
        }
        return "<h3>Error</h3>\n" + Html.table(errors, errorRows)
                + "<h3>Rate</h3>\n" + Html.table(rates, rateRows)
                + "<h3>Depth to reach</h3>\n" + Html.table(depthHead, depthRows);
    }

    private static List<String> rateRow(String label, Rate rate) {
        String remark = Html.escape(rate.remark());
        if (rate.slope().isEmpty()) {
            return List.of(label, "none", "–", "–", "–", "–", remark);
        }
        return List.of(
                label,
                signedCell(rate.slope().get()),
                Numbers.text(rate.factorPerPass().orElseThrow()),
                rate.passesToHalve().isPresent() ? Numbers.passes(rate.passesToHalve()) + " passes" : "–",
                String.format(Locale.ROOT, "%.3f", rate.straightness()),
                rate.values() + " values of " + rate.prompts() + (rate.prompts() == 1 ? " prompt" : " prompts"),
                remark.isEmpty() ? "nothing" : remark);
    }

    private static String depth(DepthTo depth, Route route) {
        String text = Numbers.text(depth);
        return depth.depth().isPresent() && route.isWhole()
                ? text + "<small>" + Numbers.text((double) depth.depth().getAsInt() / route.width()) + " passes</small>"
                : text;
    }

    private static String at(int depth) {
        return "<small>depth " + depth + "</small>";
    }

    private static String cell(Estimate estimate) {
        return stacked(Numbers.text(estimate));
    }

    private static String signedCell(Estimate estimate) {
        return stacked(Numbers.signed(estimate));
    }

    /** The interval below its value. */
    private static String stacked(String valueAndInterval) {
        int bracket = valueAndInterval.indexOf(" [");
        return bracket < 0
                ? valueAndInterval
                : valueAndInterval.substring(0, bracket) + "<small>" + valueAndInterval.substring(bracket + 1)
                        + "</small>";
    }

    /** What to bear in mind with a comparison. */
    static String warnings(Comparison comparison) {
        if (comparison.warnings().isEmpty()) {
            return "";
        }
        StringBuilder html = new StringBuilder("<div class=\"note\"><strong>Bear in mind</strong><ul>");
        comparison
                .warnings()
                .forEach(w -> html.append("<li>").append(Html.escape(w)).append("</li>"));
        return html.append("</ul></div>\n").toString();
    }

    /** How each curve differs from the first. */
    static String differences(Comparison comparison) {
        List<String> head = new ArrayList<>(List.of("curve"));
        for (Difference.Quantity quantity : Difference.Quantity.values()) {
            head.add(Html.escape(quantity.text()));
        }
        head.add("paired");
        StringBuilder html = new StringBuilder("<h3>Differences</h3>\n");
        List<String> references = comparison.contrasts().stream()
                .map(Comparison.Contrast::first)
                .distinct()
                .toList();
        for (String reference : references) {
            List<List<String>> rows = new ArrayList<>();
            for (Comparison.Contrast contrast : comparison.contrasts()) {
                if (contrast.first().equals(reference)) {
                    rows.add(differenceRow(contrast));
                }
            }
            html.append("<p class=\"contrast\">Each curve less <b>")
                    .append(Html.escape(reference))
                    .append("</b></p>\n")
                    .append(Html.table(head, rows));
        }
        return html.append("<p class=\"faint\">Bold: the 95 % interval does not hold 0.</p>\n")
                .toString();
    }

    private static List<String> differenceRow(Comparison.Contrast contrast) {
        List<String> row = new ArrayList<>(List.of(Html.escape(contrast.second())));
        for (Difference d : contrast.differences()) {
            boolean sure = d.estimate()
                    .flatMap(Estimate::interval)
                    .filter(i -> !i.contains(0))
                    .isPresent();
            String value = d.estimate().map(ReportTables::signedCell).orElse("–");
            String remark = d.remark().isEmpty() ? "" : "<small>" + Html.escape(d.remark()) + "</small>";
            row.add((sure ? "<b>" + value + "</b>" : value) + remark);
        }
        boolean paired = contrast.differences().stream().anyMatch(Difference::paired);
        row.add(paired ? "by prompt" : "no");
        return row;
    }

    /** How the numbers were made. */
    static String method() {
        return "<p>Rate: the slope of ln E per pass, one value a pass at the native depth, the first pass left out; a straight line"
                + " for each prompt, then the mean over prompts. A prompt's values end at the first one under ten times"
                + " the floor, where rounding would begin to bend the line. Straightness is the share of the change of"
                + " ln E that the lines explain. Depth to reach: the first block after which the mean error is at or"
                + " below the bound; “floor” where the bound lies under the floor. Intervals: "
                + Math.round(100 * Bootstrap.COVERAGE) + " %, by bootstrap with " + Bootstrap.RESAMPLES
                + " resamples from a fixed seed, over prompts; for several draws of weights over draws, then prompts;"
                + " the width is that of Student’s distribution, so that few prompts give honest, wide intervals.</p>\n";
    }
}
