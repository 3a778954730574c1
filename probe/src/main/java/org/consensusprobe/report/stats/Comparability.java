package org.consensusprobe.report.stats;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.plan.Field;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Similarity;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.RunReader;

/** Whether runs can stand side by side: refused where their errors are different quantities, else warned about. */
final class Comparability {
    private Comparability() {}

    /**
     * What to bear in mind, one line each.
     *
     * @throws Problem if a run did not finish, is given twice, or records another error than the rest
     */
    static List<String> check(List<RunReader> runs, List<String> labels) {
        if (runs.size() < 2) {
            throw Problem.input("A comparison needs two runs or more, found %d.", runs.size());
        }
        requireFinished(runs);
        requireDistinct(runs);
        requireOneSimilarity(runs);
        List<String> warnings = new ArrayList<>();
        warnings.addAll(ofPrompts(runs, labels));
        warn(
                warnings,
                runs,
                labels,
                "prompts of different length",
                r -> r.manifest().tokens() + " tokens");
        warn(
                warnings,
                runs,
                labels,
                "different numbers of blocks, so depths are not alike; rates are per pass",
                r -> r.manifest().model().layers() + " blocks");
        Fields.OF_A_RUN.stream()
                .map(Field::caution)
                .filter(caution -> !caution.isEmpty())
                .distinct()
                .forEach(caution -> warn(warnings, runs, labels, caution, r -> words(r.manifest(), caution)));
        warn(
                warnings,
                runs,
                labels,
                "different versions of the program",
                r -> Shown.text(r.manifest().program().version()));
        if (runs.stream().anyMatch(r -> r.manifest().plan().isDrawn())) {
            warnings.add("intervals of single runs are over prompts, for the weights they had: "
                    + "how another draw would differ is seen only by runs with other seeds");
        }
        return warnings;
    }

    private static List<String> ofPrompts(List<RunReader> runs, List<String> labels) {
        if (runs.stream().anyMatch(r -> r.manifest().promptsHash().isEmpty())) {
            return List.of(
                    "some runs do not say which prompt ids they were given: differences are not paired by prompt");
        }
        if (!differ(runs, r -> r.manifest().promptsHash())) {
            return List.of();
        }
        Function<RunReader, Object> prompts = r -> r.manifest().promptCount() + " of "
                + Shown.text(Fields.PROMPTS.text(r.manifest().plan()));
        return List.of("different prompts, so differences are not paired: " + values(runs, labels, prompts));
    }

    /** The fields that share a caution: the words of those that are not neutral, or of one field whatever it is. */
    private static String words(Manifest manifest, String caution) {
        RunPlan plan = manifest.plan();
        List<Field<?>> fields = Fields.OF_A_RUN.stream()
                .filter(field -> field.caution().equals(caution))
                .<Field<?>>map(field -> field)
                .toList();
        if (fields.size() == 1) {
            String file = fields.get(0) == Fields.INITIAL ? manifest.initialHash() : "";
            return Shown.text(fields.get(0).words(plan)) + (file.isEmpty() ? "" : " " + file.substring(0, 8));
        }
        String changed = fields.stream()
                .filter(field -> !field.isNeutral(plan))
                .map(field -> field.words(plan))
                .collect(Collectors.joining(", "));
        return changed.isEmpty() ? "unchanged" : changed;
    }

    private static void requireFinished(List<RunReader> runs) {
        for (RunReader run : runs) {
            Manifest.Status status = run.manifest().status();
            if (status != Manifest.Status.COMPLETE) {
                throw Problem.input(
                        "%s: the run did not finish (%s%s); its curve ends early and cannot be compared.%n"
                                + "Finish it with consensus run --resume, or leave it out.",
                        run.path(),
                        status.name().toLowerCase(Locale.ROOT),
                        run.manifest().reason().map(r -> ": " + Shown.text(r)).orElse(""));
            }
        }
    }

    private static void requireDistinct(List<RunReader> runs) {
        List<Path> seen = new ArrayList<>();
        for (RunReader run : runs) {
            Path path = run.path().toAbsolutePath().normalize();
            if (seen.contains(path)) {
                throw Problem.input("%s: given twice.", run.path());
            }
            seen.add(path);
        }
    }

    private static void requireOneSimilarity(List<RunReader> runs) {
        Similarity first = runs.get(0).manifest().plan().similarity();
        runs.stream()
                .filter(r -> r.manifest().plan().similarity() != first)
                .findFirst()
                .ifPresent(other -> {
                    throw Problem.input(
                            "%s measured the error from the %s similarity, %s from the %s: the two are different"
                                    + " quantities.%nCompare runs with the same --similarity.",
                            runs.get(0).path(),
                            first.optionName(),
                            other.path(),
                            other.manifest().plan().similarity().optionName());
                });
    }

    private static void warn(
            List<String> warnings,
            List<RunReader> runs,
            List<String> labels,
            String what,
            Function<RunReader, Object> of) {
        if (differ(runs, of)) {
            warnings.add(what + ": " + values(runs, labels, of));
        }
    }

    private static boolean differ(List<RunReader> runs, Function<RunReader, Object> of) {
        return runs.stream().map(of).distinct().count() > 1;
    }

    /** Each value with the labels that have it: {@code 8 blocks (gpt2), 12 blocks (gpt-neo)}; by itself where its label is the same. */
    private static String values(List<RunReader> runs, List<String> labels, Function<RunReader, Object> of) {
        Map<Object, List<String>> by = new LinkedHashMap<>();
        for (int i = 0; i < runs.size(); i++) {
            by.computeIfAbsent(of.apply(runs.get(i)), k -> new ArrayList<>()).add(labels.get(i));
        }
        StringJoiner text = new StringJoiner(", ");
        by.forEach((value, who) ->
                text.add(who.equals(List.of(value)) ? value.toString() : value + " (" + Shown.firstFew(who) + ")"));
        return text.toString();
    }
}
