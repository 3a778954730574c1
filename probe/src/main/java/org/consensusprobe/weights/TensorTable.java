package org.consensusprobe.weights;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;

/**
 * A checkpoint's tensors under their canonical names: exactly those an architecture expects, with their shapes.
 *
 * <p>Strict both ways. A tensor that is missing, unexpected, of another shape or of an element type that is no weight is
 * an error; all of them are reported at once. Heads are looked at when they are asked for.
 */
public final class TensorTable {
    /** What training tools put before every name: DataParallel, torch.compile, FSDP, DeepSpeed, PEFT. */
    private static final List<String> WRAPPERS =
            List.of("module.", "_orig_mod.", "_fsdp_wrapped_module.", "_forward_module.", "base_model.model.");

    private final String prefix;
    private final Map<String, StoredTensor> byCanonicalName;
    private final Map<String, String> besideTied;

    private TensorTable(String prefix, Map<String, StoredTensor> byCanonicalName, Map<String, String> besideTied) {
        this.prefix = prefix;
        this.byCanonicalName = Collections.unmodifiableMap(byCanonicalName);
        this.besideTied = besideTied;
    }

    /**
     * What an architecture's files contain.
     *
     * @param expected every tensor that is needed
     * @param optional tensors that are read only on request and may be missing: heads
     * @param tied heads that the config ties to a table, by the table's name: a file may have another one all the same
     * @param prefixes what may stand before all names, such as {@code transformer.}; no prefix is always possible
     * @param ignorable full matches of names, without the prefix, that may be there and are not read: mask buffers,
     *     heads of tasks
     * @param oldEndings endings that names had in old files, and what has become of them
     * @param stacks tensors that some files have in place of several of the expected
     */
    public record Layout(
            List<ExpectedTensor> expected,
            List<ExpectedTensor> optional,
            Map<String, ExpectedTensor> tied,
            List<String> prefixes,
            List<Pattern> ignorable,
            Map<String, String> oldEndings,
            List<Stack> stacks) {
        public Layout {
            expected = List.copyOf(expected);
            optional = List.copyOf(optional);
            tied = Map.copyOf(tied);
            prefixes = List.copyOf(prefixes);
            ignorable = List.copyOf(ignorable);
            oldEndings = Map.copyOf(oldEndings);
            stacks = List.copyOf(stacks);
        }

        /** A layout of tensors that stand by themselves in every file. */
        public Layout(
                List<ExpectedTensor> expected,
                List<ExpectedTensor> optional,
                Map<String, ExpectedTensor> tied,
                List<String> prefixes,
                List<Pattern> ignorable,
                Map<String, String> oldEndings) {
            this(expected, optional, tied, prefixes, ignorable, oldEndings, List.of());
        }

        /** A layout of tensors that are all needed. */
        public Layout(List<ExpectedTensor> expected, List<String> prefixes, List<Pattern> ignorable) {
            this(expected, List.of(), Map.of(), prefixes, ignorable, Map.of());
        }
    }

    /**
     * Finds every expected tensor of a checkpoint.
     *
     * @throws Problem if tensors and layout differ, in two lines
     */
    public static TensorTable resolve(Layout layout, Checkpoint checkpoint) {
        return resolve(layout, checkpoint.tensors(), checkpoint.path(), checkpoint::whyMissing);
    }

    /**
     * As {@link #resolve(Layout, Checkpoint)}, of tensors from anywhere.
     *
     * @param where the checkpoint, for messages
     */
    public static TensorTable resolve(Layout layout, Map<String, StoredTensor> stored, Path where) {
        return resolve(layout, stored, where, names -> Optional.empty());
    }

    private static TensorTable resolve(
            Layout layout,
            Map<String, StoredTensor> stored,
            Path where,
            Function<Set<String>, Optional<Problem>> whyMissing) {
        String wrapper = wrapper(stored.keySet());
        Map<String, StoredTensor> tensors = renamed(layout, without(wrapper, stored));
        String prefix = detectPrefix(layout, tensors.keySet(), where);
        takeApart(layout, prefix, tensors);
        Map<String, StoredTensor> found = new LinkedHashMap<>();
        Map<String, String> besideTied = new LinkedHashMap<>();
        Set<String> unexpected = new LinkedHashSet<>(tensors.keySet());
        TensorDifferences differences = new TensorDifferences();
        for (ExpectedTensor e : layout.expected()) {
            String name = e.nameUnder(prefix);
            Optional<ExpectedTensor> head = Optional.ofNullable(layout.tied().get(e.name()))
                    .filter(h -> tensors.containsKey(h.nameUnder(prefix)));
            if (tensors.containsKey(name)) {
                found.put(e.name(), tensors.get(name));
                head.ifPresent(h -> {
                    found.put(h.name(), tensors.get(h.nameUnder(prefix)));
                    besideTied.put(e.name(), h.name());
                });
                differences.compare(name, e, tensors.get(name));
            } else if (head.isPresent()) { // tied the other way round: the file has the head alone
                String only = head.get().nameUnder(prefix);
                found.put(e.name(), tensors.get(only));
                differences.compare(only, e, tensors.get(only));
            } else {
                differences.missing(name);
            }
            unexpected.remove(name);
            head.ifPresent(h -> unexpected.remove(h.nameUnder(prefix)));
        }
        for (ExpectedTensor e : layout.optional()) {
            String name = e.nameUnder(prefix);
            Optional.ofNullable(tensors.get(name)).ifPresent(tensor -> found.put(e.name(), tensor));
            unexpected.remove(name);
        }
        unexpected.removeIf(name -> isIgnorable(layout, prefix, name));
        unexpected.forEach(differences::unexpected);
        if (!differences.isEmpty()) {
            Set<String> missing =
                    differences.missing().stream().map(wrapper::concat).collect(Collectors.toSet());
            throw whyMissing.apply(missing).orElseGet(() -> differences.problem(where));
        }
        return new TensorTable(prefix, found, besideTied);
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

    /**
     * The head that a file has beside the table that its config ties it to, where the two differ: transformers keeps it then,
     * and says that the config should not call it tied. Reads both tensors.
     *
     * @param table the table's canonical name
     * @return the head's canonical name
     */
    public Optional<String> headDespiteTie(String table) {
        return Optional.ofNullable(besideTied.get(table)).filter(head -> !SameBytes.in(get(table), get(head)));
    }

    /** All that {@link #headDespiteTie} finds. */
    public List<String> headsDespiteTie() {
        return besideTied.keySet().stream()
                .flatMap(table -> headDespiteTie(table).stream())
                .toList();
    }

    /** The canonical name of a tensor under the name that its module has in a whole model; empty if it is not here. */
    Optional<String> canonical(Layout layout, String name) {
        return Stream.concat(Stream.of("", prefix), layout.prefixes().stream())
                .filter(name::startsWith)
                .map(before -> name.substring(before.length()))
                .filter(byCanonicalName::containsKey)
                .findFirst();
    }

    /** The same with some tensors changed; a head beside its table that is no other changes with it. Reads both then. */
    TensorTable with(Map<String, StoredTensor> changed) {
        Map<String, StoredTensor> all = new LinkedHashMap<>(byCanonicalName);
        Map<String, String> apart = new LinkedHashMap<>(besideTied);
        apart.keySet()
                .removeIf(table ->
                        changed.containsKey(table) && headDespiteTie(table).isEmpty());
        all.putAll(changed);
        return new TensorTable(prefix, all, apart);
    }

    /** All tensors by canonical name, in the layout's order. */
    public Map<String, StoredTensor> tensors() {
        return byCanonicalName;
    }

    /** The prefix the file's names carry; empty if none. */
    public String prefix() {
        return prefix;
    }

    /** Tensors that stand for several are replaced by those; one of another shape stays, and is unexpected. */
    private static void takeApart(Layout layout, String prefix, Map<String, StoredTensor> tensors) {
        if (layout.stacks().stream().noneMatch(stack -> tensors.containsKey(prefix + stack.name()))) {
            return;
        }
        Map<String, ExpectedTensor> expected =
                layout.expected().stream().collect(Collectors.toMap(ExpectedTensor::name, Function.identity()));
        for (Stack stack : layout.stacks()) {
            StoredTensor whole = tensors.get(prefix + stack.name());
            if (whole != null && whole.shape().equals(stack.shape(expected))) {
                tensors.remove(prefix + stack.name());
                stack.apart(whole, expected).forEach((name, part) -> tensors.putIfAbsent(prefix + name, part));
            }
        }
    }

    /** What wrappers have put before every name, one before another; empty if one name lacks it. */
    private static String wrapper(Set<String> names) {
        String wrapper = "";
        Optional<String> next = Optional.of("");
        while (next.isPresent() && !names.isEmpty()) {
            wrapper += next.get();
            String before = wrapper;
            next = WRAPPERS.stream()
                    .filter(w -> names.stream().allMatch(name -> name.startsWith(before + w)))
                    .findFirst();
        }
        return wrapper;
    }

    private static Map<String, StoredTensor> without(String wrapper, Map<String, StoredTensor> stored) {
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        stored.forEach((name, tensor) -> tensors.put(name.substring(wrapper.length()), tensor));
        return tensors;
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

    static boolean isIgnorable(Layout layout, String prefix, String name) {
        return Stream.of(name, name.startsWith(prefix) ? name.substring(prefix.length()) : name)
                .anyMatch(n ->
                        layout.ignorable().stream().anyMatch(p -> p.matcher(n).matches()));
    }
}
