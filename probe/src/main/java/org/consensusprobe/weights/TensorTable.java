package org.consensusprobe.weights;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;

/**
 * A checkpoint's tensors under their canonical names: exactly those an architecture expects, with their shapes.
 *
 * <p>Strict both ways. A tensor that is missing, unexpected, of another shape or of an element type that is no weight is
 * an error; all of them are reported at once, grouped by name with the layer's number left open.
 */
public final class TensorTable {
    private static final Pattern NUMBER = Pattern.compile("(?<![^.])\\d+(?![^.])");
    private static final int MOST_GROUPS = 6;

    private final String prefix;
    private final Map<String, StoredTensor> byCanonicalName;

    private TensorTable(String prefix, Map<String, StoredTensor> byCanonicalName) {
        this.prefix = prefix;
        this.byCanonicalName = Collections.unmodifiableMap(byCanonicalName);
    }

    /**
     * What an architecture's files contain.
     *
     * @param expected every tensor that is needed
     * @param optional tensors that are read only on request and may be missing: heads
     * @param prefixes what may stand before all names, such as {@code transformer.}; no prefix is always possible
     * @param ignorable full matches of names, without the prefix, that may be there and are not read: mask buffers,
     *     tied heads
     * @param oldEndings endings that names had in old files, and what has become of them
     */
    public record Layout(
            List<ExpectedTensor> expected,
            List<ExpectedTensor> optional,
            List<String> prefixes,
            List<Pattern> ignorable,
            Map<String, String> oldEndings) {
        public Layout {
            expected = List.copyOf(expected);
            optional = List.copyOf(optional);
            prefixes = List.copyOf(prefixes);
            ignorable = List.copyOf(ignorable);
            oldEndings = Map.copyOf(oldEndings);
        }

        /** A layout of tensors that are all needed. */
        public Layout(List<ExpectedTensor> expected, List<String> prefixes, List<Pattern> ignorable) {
            this(expected, List.of(), prefixes, ignorable, Map.of());
        }

        List<ExpectedTensor> all() {
            return Stream.concat(expected.stream(), optional.stream()).toList();
        }
    }

    /**
     * Finds every expected tensor.
     *
     * @param where the checkpoint, for messages
     * @throws Problem if tensors and layout differ, in two lines
     */
    public static TensorTable resolve(Layout layout, Map<String, StoredTensor> stored, Path where) {
        Map<String, StoredTensor> tensors = renamed(layout, stored);
        String prefix = detectPrefix(layout, tensors.keySet(), where);
        Map<String, StoredTensor> found = new LinkedHashMap<>();
        Set<String> unexpected = new LinkedHashSet<>(tensors.keySet());
        List<String> missing = new ArrayList<>();
        Map<String, String> misshapen = new LinkedHashMap<>();
        Map<String, String> mistyped = new LinkedHashMap<>();
        for (ExpectedTensor e : layout.all()) {
            String name = e.underPrefix() ? prefix + e.name() : e.name();
            StoredTensor tensor = tensors.get(name);
            if (tensor == null) {
                if (!layout.optional().contains(e)) {
                    missing.add(name);
                }
                continue;
            }
            unexpected.remove(name);
            found.put(e.name(), tensor);
            if (!tensor.shape().equals(e.shape())) {
                misshapen.put(name, "expected " + e.shape() + ", found " + tensor.shape());
            }
            if (!tensor.type().isWeight()) {
                mistyped.put(name, "found " + tensor.type());
            }
        }
        unexpected.removeIf(name -> isIgnorable(layout, prefix, name));
        refuse(where, missing, unexpected, misshapen, mistyped);
        return new TensorTable(prefix, found);
    }

    /**
     * The tensor of a canonical name.
     *
     * @throws IllegalArgumentException if the layout did not expect it: a programming error
     */
    public StoredTensor get(String canonicalName) {
        return Optional.ofNullable(byCanonicalName.get(canonicalName))
                .orElseThrow(() -> new IllegalArgumentException("tensor " + canonicalName + " is not in the layout"));
    }

    /** Whether an optional tensor is there. */
    public boolean has(String canonicalName) {
        return byCanonicalName.containsKey(canonicalName);
    }

    /** All tensors by canonical name, in the layout's order. */
    public Map<String, StoredTensor> tensors() {
        return byCanonicalName;
    }

    /** The prefix the file's names carry; empty if none. */
    public String prefix() {
        return prefix;
    }

    /** The tensors under today's names; one whose new name is taken keeps its own, and is unexpected. */
    private static Map<String, StoredTensor> renamed(Layout layout, Map<String, StoredTensor> stored) {
        Map<String, StoredTensor> tensors = new LinkedHashMap<>(stored);
        layout.oldEndings()
                .forEach((old, now) -> stored.forEach((name, tensor) -> {
                    String today = name.substring(0, Math.max(0, name.length() - old.length())) + now;
                    if (name.endsWith(old) && tensors.putIfAbsent(today, tensor) == null) {
                        tensors.remove(name);
                    }
                }));
        return tensors;
    }

    /** The possible prefix under which most expected names are found; names under another one beside it are refused. */
    private static String detectPrefix(Layout layout, Set<String> names, Path where) {
        Map<String, List<String>> hits = new LinkedHashMap<>();
        hits.put("", new ArrayList<>());
        layout.prefixes().forEach(prefix -> hits.put(prefix, new ArrayList<>()));
        for (ExpectedTensor e : layout.expected()) {
            hits.forEach((prefix, found) -> {
                if (e.underPrefix() && names.contains(prefix + e.name())) {
                    found.add(prefix + e.name());
                }
            });
        }
        List<List<String>> present =
                hits.values().stream().filter(found -> !found.isEmpty()).toList();
        if (present.size() > 1) {
            throw Problem.input(
                    "%s: tensor names carry different prefixes; expected one for all.%nFound %s.",
                    where,
                    present.stream()
                            .map(found -> found.size() + " like " + Shown.text(found.get(0)))
                            .collect(Collectors.joining(" and ")));
        }
        return hits.entrySet().stream()
                .max(Comparator.comparingInt(entry -> entry.getValue().size()))
                .map(Map.Entry::getKey)
                .orElse("");
    }

    private static boolean isIgnorable(Layout layout, String prefix, String name) {
        String canonical = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
        return layout.ignorable().stream().anyMatch(p -> p.matcher(canonical).matches());
    }

    private static void refuse(
            Path where,
            Collection<String> missing,
            Collection<String> unexpected,
            Map<String, String> misshapen,
            Map<String, String> mistyped) {
        List<String> counts = new ArrayList<>();
        List<String> details = new ArrayList<>();
        report("missing", withoutDetail(missing), counts, details);
        report("unexpected", withoutDetail(unexpected), counts, details);
        report("of another shape", misshapen, counts, details);
        report("of a type that is no weight (F64, F32, F16, BF16)", mistyped, counts, details);
        if (!counts.isEmpty()) {
            throw Problem.input(
                    "%s: the tensors are not those that config.json describes: %s.%n%s.",
                    where, String.join(", ", counts), String.join("; ", details));
        }
    }

    private static Map<String, String> withoutDetail(Collection<String> names) {
        Map<String, String> details = new LinkedHashMap<>();
        names.forEach(name -> details.put(name, ""));
        return details;
    }

    /** Adds {@code 24 missing} and {@code Missing: h.N.ln_1.weight (12, first h.0.ln_1.weight, ...)}. */
    private static void report(String what, Map<String, String> detailOf, List<String> counts, List<String> details) {
        if (detailOf.isEmpty()) {
            return;
        }
        counts.add(detailOf.size() + " " + what);
        Map<String, List<String>> groups = detailOf.keySet().stream()
                .collect(Collectors.groupingBy(
                        name -> NUMBER.matcher(name).replaceAll("N"), LinkedHashMap::new, Collectors.toList()));
        List<String> shown = groups.entrySet().stream()
                .limit(MOST_GROUPS)
                .map(group -> describe(group.getKey(), group.getValue(), detailOf))
                .collect(Collectors.toCollection(ArrayList::new));
        if (groups.size() > MOST_GROUPS) {
            shown.add("and " + (groups.size() - MOST_GROUPS) + " more kinds");
        }
        details.add(what + ": " + String.join(", ", shown));
    }

    private static String describe(String pattern, List<String> names, Map<String, String> detailOf) {
        String first = names.get(0);
        String detail = detailOf.get(first).isEmpty() ? "" : ": " + detailOf.get(first);
        return names.size() == 1
                ? Shown.text(first) + detail
                : names.size() + " x " + Shown.text(pattern) + " (" + Shown.firstFew(names) + detail + ")";
    }
}
