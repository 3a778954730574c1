package org.consensusprobe.report.stats;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Function;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.RunReader;

/** Whether runs can stand side by side: refused where their errors are different quantities, else warned about. */
final class Comparability {
    private static final Map<String, String> NEUTRAL = new LinkedHashMap<>();

    static {
        NEUTRAL.put("mask", "own");
        NEUTRAL.put("beta", "1.0");
        NEUTRAL.put("attention_scale", "1.0");
        NEUTRAL.put("skip", "true");
        NEUTRAL.put("norm", "true");
        NEUTRAL.put("heads", "all");
    }

    private Comparability() {}

    /** What is fed back after a pass. */
    static String recycle(Manifest manifest) {
        return manifest.section("plan").path("recycle").asText("final-norm");
    }

    /** What the error is made of. */
    static String similarity(Manifest manifest) {
        return manifest.section("plan").path("similarity").asText("cosine");
    }

    /** What enters the first block. */
    static String initial(Manifest manifest) {
        JsonNode plan = manifest.section("plan");
        String sha256 = plan.path("initial_sha256").asText("");
        return Shown.text(plan.path("initial").asText("embedding"))
                + (sha256.isEmpty() ? "" : " " + Shown.text(sha256.substring(0, Math.min(8, sha256.length()))));
    }

    /** The knobs that are not in their neutral position, by their names in manifests. */
    static String ingredients(Manifest manifest) {
        JsonNode plan = manifest.section("plan");
        StringJoiner knobs = new StringJoiner(", ");
        NEUTRAL.forEach((name, neutral) -> {
            String value = plan.path(name).asText(neutral);
            if (!value.equals(neutral)) {
                knobs.add(name + " " + Shown.text(value));
            }
        });
        return knobs.length() == 0 ? "unchanged" : knobs.toString();
    }

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
        Function<RunReader, Object> prompts =
                r -> r.manifest().section("plan").path("prompts_sha256").asText("");
        if (runs.stream().anyMatch(r -> prompts.apply(r).equals(""))) {
            warnings.add("some runs do not say which prompt ids they were given: differences are not paired by prompt");
        } else if (differ(runs, prompts)) {
            warnings.add("different prompts, so differences are not paired: "
                    + values(
                            runs,
                            labels,
                            r -> r.manifest().plan().promptCount() + " of "
                                    + Shown.text(r.manifest().plan().prompts().replaceAll(".*[/\\\\]", ""))));
        }
        warn(
                warnings,
                runs,
                labels,
                "prompts of different length",
                r -> r.manifest().plan().tokens() + " tokens");
        warn(
                warnings,
                runs,
                labels,
                "different numbers of blocks, so depths are not alike; rates are per pass",
                r -> r.manifest().model().layers() + " blocks");
        warn(
                warnings,
                runs,
                labels,
                "different numbers of passes, so \"the end\" is not the same depth",
                r -> r.manifest().plan().passes() + " passes");
        warn(warnings, runs, labels, "different dtypes, so different floors", r -> r.manifest()
                .plan()
                .dtype());
        warn(warnings, runs, labels, "different states are fed back", r -> recycle(r.manifest()));
        warn(warnings, runs, labels, "different ingredients", r -> ingredients(r.manifest()));
        warn(warnings, runs, labels, "different initial states, so depth 0 is not alike", r -> initial(r.manifest()));
        warn(
                warnings,
                runs,
                labels,
                "text was encoded differently",
                r -> r.manifest().section("plan").path("special_tokens").asBoolean(false)
                        ? "with special tokens"
                        : "without special tokens");
        warn(
                warnings,
                runs,
                labels,
                "different versions of the program",
                r -> Shown.text(r.manifest().program().version()));
        if (runs.stream().anyMatch(Comparability::oneDrawOfMany)) {
            warnings.add("intervals of single runs are over prompts, for the weights they had: "
                    + "how another draw would differ is seen only by runs with other seeds");
        }
        return warnings;
    }

    private static boolean oneDrawOfMany(RunReader run) {
        return !run.manifest().plan().weights().equals("trained");
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
        if (differ(runs, r -> similarity(r.manifest()))) {
            RunReader other = runs.stream()
                    .filter(r -> !similarity(r.manifest())
                            .equals(similarity(runs.get(0).manifest())))
                    .findFirst()
                    .orElseThrow();
            throw Problem.input(
                    "%s measured the error from the %s similarity, %s from the %s: the two are different quantities.%n"
                            + "Compare runs with the same --similarity.",
                    runs.get(0).path(),
                    Shown.text(similarity(runs.get(0).manifest())),
                    other.path(),
                    Shown.text(similarity(other.manifest())));
        }
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

    /** Each value with the labels that have it: {@code 8 blocks (gpt2), 12 blocks (gpt-neo)}. */
    private static String values(List<RunReader> runs, List<String> labels, Function<RunReader, Object> of) {
        Map<Object, List<String>> by = new LinkedHashMap<>();
        for (int i = 0; i < runs.size(); i++) {
            by.computeIfAbsent(of.apply(runs.get(i)), k -> new ArrayList<>()).add(labels.get(i));
        }
        StringJoiner text = new StringJoiner(", ");
        by.forEach((value, who) -> text.add(value + " (" + Shown.firstFew(who) + ")"));
        return text.toString();
    }
}
