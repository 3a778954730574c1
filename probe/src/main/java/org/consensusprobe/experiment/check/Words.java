package org.consensusprobe.experiment.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.report.stats.Estimate;
import org.consensusprobe.report.stats.PhaseRates;

/** A verdict in sentences: what is told, of what, and how surely. */
final class Words {
    private final Evidence evidence;
    private final double threshold;

    private Words(Evidence evidence) {
        this.evidence = evidence;
        this.threshold = evidence.threshold();
    }

    /** All sentences, one or two a line. */
    static List<String> of(Verdict verdict) {
        List<String> words = new ArrayList<>();
        for (Evidence evidence : verdict.evidence()) {
            words.addAll(new Words(evidence).sentences(verdict.model()));
        }
        if (verdict.encoder()) {
            words.add(
                    "Every token of this model sees all others: token 1, eq. 25's reference, is a token like any other.");
        }
        words.addAll(verdict.remarks());
        words.add(
                verdict.stability().map(Stability::words).orElse("The stability of consensus could not be measured."));
        return words;
    }

    private List<String> sentences(String model) {
        List<String> words = new ArrayList<>();
        Finding finding = Finding.of(evidence);
        Place nativeDepth = evidence.place(1);
        words.add(model + " on " + evidence.prompts().describe() + ": " + headline(finding) + ".");
        words.add("At native depth (pass 1) " + state(nativeDepth) + blocks(1) + "." + fall(nativeDepth));
        if (evidence.passes() > 1) {
            words.add(recycled(Recycled.of(evidence)) + blocks(evidence.passes()) + "."
                    + (finding.shares().pass() > 1
                            ? fall(finding.shares())
                            : fall(evidence.place(lastShown(finding)))));
        }
        rates().ifPresent(words::add);
        return words;
    }

    private int lastShown(Finding finding) {
        return finding.place().pass() > 1 ? finding.shares().pass() : evidence.passes();
    }

    private String headline(Finding finding) {
        return switch (finding.kind()) {
            case COLLAPSE_BY_ATTENTION -> "its tokens collapse" + when(finding)
                    + ", and attention makes most of the fall";
            case COLLAPSE_WITHOUT_ATTENTION -> "its tokens collapse" + when(finding)
                    + ", but most of the fall is there without attention";
            case COLLAPSE -> "its tokens collapse" + when(finding) + "; what makes the fall cannot be told";
            case COMMON_DRIFT -> "the tokens of all prompts drift to one direction" + when(finding)
                    + "; less what all have in common, they stay apart" + cause(finding);
            case ANISOTROPY -> "its tokens share a direction from the embedding on (anisotropy); less what all have in"
                    + " common, they stay apart";
            case COLLAPSE_HIDDEN_BY_TOKEN_1 -> "all tokens but the first agree" + when(finding)
                    + "; the first stands apart, so eq. 25 does not show it" + cause(finding);
            case STAYS_APART -> "its tokens stay apart for as long as its passes tell, "
                    + Recycled.of(evidence).reach() + " passes";
            case CANNOT_BE_SAID -> "whether its tokens collapse cannot be said from " + passes(evidence.passes());
        };
    }

    private static String cause(Finding finding) {
        return switch (finding.shares().cause()) {
            case ATTENTION -> "; attention makes most of the fall";
            case NOT_ATTENTION -> "; most of the fall is there without attention";
            case CANNOT_BE_TOLD -> "; what makes the fall cannot be told";
            case NO_FALL -> "";
        };
    }

    private String when(Finding finding) {
        return finding.place().pass() == 1
                ? " at native depth"
                : " when recycled, from pass " + Recycled.of(evidence).since() + " on";
    }

    private String state(Place place) {
        return switch (place.state()) {
                    case COLLAPSED -> "it has collapsed";
                    case COLLAPSED_BUT_FOR_TOKEN_1 -> "all tokens but the first agree";
                    case APART -> "it has not collapsed";
                    case CANNOT_BE_TOLD -> "whether it has collapsed cannot be told";
                }
                + String.format(
                        Locale.ROOT,
                        ": error %s, without token 1 %s (collapsed: under %s), without the common mean %s, cosine across"
                                + " prompts %s (%s)",
                        show(place.error()),
                        show(place.withoutToken1()),
                        Estimates.number(threshold),
                        show(place.withoutMean()),
                        show(place.across()),
                        Likeness.words(place.across()));
    }

    private String blocks(int pass) {
        return "; over the blocks of the pass the error's median is "
                + Estimates.number(Named.value(Row.MEDIAN, evidence, pass)) + ", its smallest "
                + Estimates.number(Named.value(Row.SMALLEST, evidence, pass));
    }

    private String recycled(Recycled recycled) {
        String after = "After " + passes(recycled.passes()) + " ";
        Place last = evidence.place(recycled.passes());
        return switch (recycled.statement()) {
            case COLLAPSES -> after + state(last);
            case STAYS_APART -> after + state(last) + "; at the rate of the second half (" + perPass(recycled.rate())
                    + ") it would still be so after " + recycled.reach();
            case CANNOT_BE_SAID -> "Whether it collapses when recycled cannot be said from " + passes(recycled.passes())
                    + ": " + trend(recycled) + " there, " + state(last);
        };
    }

    private String trend(Recycled recycled) {
        int prompts = evidence.checkpoint().at(MeasureNames.ERROR, 1).length;
        return switch (recycled.trend()) {
            case FALLING -> "the error was falling (" + perPass(recycled.rate()) + ");";
            case FALLING_FASTER -> "the error was falling faster and faster (" + perPass(recycled.rate()) + ");";
            case RISING -> "the error was rising (" + perPass(recycled.rate()) + ");";
            case DIVIDED -> recycled.collapsedPrompts() + " of " + prompts + " prompts have collapsed;";
            case NEITHER -> "no trend can be told (" + perPass(recycled.rate()) + ");";
        };
    }

    private String fall(Place place) {
        String where = place.pass() == 1 ? "" : " after " + passes(place.pass());
        Reading fell = Reading.of(place.fall(), 0);
        String factor = String.format(
                Locale.ROOT, "by a factor of %s since the embedding", Estimates.show(Estimates.exp(place.fall())));
        if (fell != Reading.MORE) {
            return fell == Reading.LESS
                    ? " The error has risen since the embedding" + where + "."
                    : " A fall since the embedding cannot be told" + where + ".";
        }
        String attention = place.attentionShare()
                .map(share -> "; attention's share of the fall is " + Estimates.show(share) + ", so "
                        + switch (place.cause()) {
                            case ATTENTION -> "attention makes most of it";
                            case NOT_ATTENTION -> "most of it is there without attention";
                            case CANNOT_BE_TOLD, NO_FALL -> "what makes it cannot be told";
                        })
                .orElse("");
        return " The error has fallen" + where + " " + factor + attention + "; the common mean's share is "
                + Estimates.show(place.commonShare()) + ".";
    }

    private Optional<String> rates() {
        List<Row> rates = Row.of(evidence).stream()
                .filter(r -> r.quantity().equals(Row.RATE))
                .toList();
        if (rates.isEmpty()) {
            return Optional.empty();
        }
        Row row = rates.get(0);
        double[] depths = evidence.checkpoint().rates(row.pass()).ofDepths();
        List<String> against = new ArrayList<>();
        row.cells()
                .forEach((control, cell) -> against.add(cell.reading()
                                .words(
                                        "it falls faster than ",
                                        "it falls slower than ",
                                        "it cannot be told apart from ")
                                .concat(control.words())
                        + (cell.draws() > 1 ? " (" + cell.draws() + " draws)" : "")));
        String falls = Reading.of(row.checkpoint(), 0)
                .words("the error falls", "the error rises", "whether the error falls or rises cannot be told");
        return Optional.of(String.format(
                Locale.ROOT,
                "Over passes 2 to %d %s: by %s decades a pass (%.2g to %.2g by depth in the pass, median %.2g; less than 0:"
                        + " it rises)%s.",
                row.pass(),
                falls,
                show(row.checkpoint()),
                Estimates.least(depths),
                Estimates.most(depths),
                PhaseRates.median(depths),
                against.isEmpty() ? "" : "; " + String.join(", ", against)));
    }

    private static String passes(int passes) {
        return passes + (passes == 1 ? " pass" : " passes") + " (the native one among them)";
    }

    private static String perPass(Estimate rate) {
        return "times " + Estimates.show(Estimates.exp(rate)) + " a pass";
    }

    private static String show(Estimate estimate) {
        return Estimates.show(estimate);
    }
}
