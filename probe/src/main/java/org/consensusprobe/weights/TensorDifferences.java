package org.consensusprobe.weights;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;

/** How a file's tensors differ from those that an architecture expects: counts of each kind, and three examples. */
final class TensorDifferences {
    private static final Pattern NUMBER = Pattern.compile("(?<![^.])\\d+(?![^.])");
    private static final int EXAMPLES = 3;

    private final Map<String, String> missing = new LinkedHashMap<>();
    private final Map<String, String> unexpected = new LinkedHashMap<>();
    private final Map<String, String> misshapen = new LinkedHashMap<>();
    private final Map<String, String> mistyped = new LinkedHashMap<>();

    void missing(String name) {
        missing.put(name, "");
    }

    void unexpected(String name) {
        unexpected.put(name, "");
    }

    /** Holds a tensor that was found against what is expected of it. */
    void compare(String name, ExpectedTensor expected, StoredTensor found) {
        if (!found.shape().equals(expected.shape())) {
            misshapen.put(name, "expected " + expected.shape() + ", found " + found.shape());
        }
        if (!found.isWeight()) {
            mistyped.put(name, "found " + found.type());
        }
    }

    /** Whether every expected tensor is there as it should be. */
    boolean isEmpty() {
        return missing.isEmpty() && unexpected.isEmpty() && misshapen.isEmpty() && mistyped.isEmpty();
    }

    List<String> missing() {
        return List.copyOf(missing.keySet());
    }

    /**
     * The refusal, in two lines.
     *
     * @param where the checkpoint
     */
    Problem problem(Object where) {
        List<String> counts = new ArrayList<>();
        List<String> details = new ArrayList<>();
        report("missing", missing, counts, details);
        report("unexpected", unexpected, counts, details);
        report("of another shape", misshapen, counts, details);
        report("of a type that is no weight (F64, F32, F16, BF16)", mistyped, counts, details);
        return Problem.input(
                "%s: the tensors are not those that config.json describes: %s.%n%s.",
                where, String.join(", ", counts), String.join("; ", details));
    }

    /** Adds {@code 24 missing} and {@code missing: 12 x h.N.ln_1.weight (first h.0.ln_1.weight), ... and 9 more kinds}. */
    private static void report(String what, Map<String, String> detailOf, List<String> counts, List<String> details) {
        if (detailOf.isEmpty()) {
            return;
        }
        counts.add(detailOf.size() + " " + what);
        Map<String, List<String>> groups = detailOf.keySet().stream()
                .collect(Collectors.groupingBy(
                        name -> NUMBER.matcher(name).replaceAll("N"), LinkedHashMap::new, Collectors.toList()));
        String shown = groups.entrySet().stream()
                .limit(EXAMPLES)
                .map(group -> describe(group.getKey(), group.getValue(), detailOf))
                .collect(Collectors.joining(", "));
        int others = groups.size() - EXAMPLES;
        details.add(what + ": " + shown + (others > 0 ? " and " + others + " more kinds" : ""));
    }

    private static String describe(String pattern, List<String> names, Map<String, String> detailOf) {
        String first = names.get(0);
        String detail = detailOf.get(first).isEmpty() ? "" : ": " + detailOf.get(first);
        return names.size() == 1
                ? Shown.text(first) + detail
                : names.size() + " x " + Shown.text(pattern) + " (first " + Shown.text(first) + detail + ")";
    }
}
