package org.consensusprobe.pickle;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.pickle.Values.Dict;
import org.consensusprobe.pickle.Values.Global;
import org.consensusprobe.pickle.Values.Sequence;
import org.consensusprobe.pickle.Values.Single;
import org.consensusprobe.pickle.Values.Tuple;

/**
 * Reads the pickle of a state dict without running anything: the opcodes that torch writes, over values of {@link Values}; of
 * names, those of {@link Globals}, of calls, those of {@link Calls}. Everything else is refused where it stands.
 *
 * <p>Source: Python's {@code Lib/pickletools.py}. Memory stays within a multiple of the pickle's size, and time too: every
 * opcode makes one value at most, and none copies what it refers to.
 */
final class Unpickler {
    /** Some 40 make a tensor; the largest files have a few thousand tensors. */
    private static final int MAX_OPCODES = 4_000_000;

    private final Object where;
    private final PickleBytes bytes;
    private final List<Object> stack = new ArrayList<>();
    private final Map<Long, Object> memo = new HashMap<>();
    private int opcodeAt;

    private Unpickler(byte[] pickle, Object where) {
        this.where = where;
        this.bytes = new PickleBytes(pickle, this::refusal);
    }

    /**
     * The value of a pickle.
     *
     * @param where the file, for messages
     * @throws Problem if it asks for anything but tables of tensors, or is damaged
     */
    static Object read(byte[] pickle, Object where) {
        return new Unpickler(pickle, where).value();
    }

    private Object value() {
        for (int count = 0; count < MAX_OPCODES; count++) {
            opcodeAt = bytes.position();
            int opcode = bytes.unsigned8();
            if (opcode == '.') {
                Object result = pop();
                if (!stack.isEmpty() || bytes.remaining() > 0) {
                    throw refusal("does not end with its value");
                }
                return result;
            }
            if (!constant(opcode) && !container(opcode) && !reference(opcode)) {
                throw refusal(String.format("has the opcode 0x%02x, which no state dict needs", opcode));
            }
        }
        throw refusal("has more than " + MAX_OPCODES + " opcodes");
    }

    /** Values that stand in the pickle itself, and frames, which say nothing. */
    private boolean constant(int opcode) {
        switch (opcode) {
            case 0x80 -> protocol(bytes.unsigned8());
            case 0x95 -> bytes.int64();
            case 'N' -> stack.add(Single.NONE);
            case 0x88 -> stack.add(true);
            case 0x89 -> stack.add(false);
            case 'J' -> stack.add((long) bytes.int32());
            case 'K' -> stack.add((long) bytes.unsigned8());
            case 'M' -> stack.add((long) bytes.unsigned16());
            case 0x8a -> stack.add(bytes.integer(bytes.unsigned8()));
            case 0x8b -> stack.add(bytes.integer(bytes.unsigned32()));
            case 'G' -> stack.add(bytes.float64());
            case 'X', 'T' -> stack.add(bytes.text(bytes.unsigned32()));
            case 0x8c, 'U' -> stack.add(bytes.text(bytes.unsigned8()));
            case 0x8d -> stack.add(bytes.text(bytes.int64()));
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean container(int opcode) {
        switch (opcode) {
            case '(' -> stack.add(Single.MARK);
            case ')' -> stack.add(new Tuple(List.of()));
            case 't' -> stack.add(new Tuple(popToMark()));
            case 0x85, 0x86, 0x87 -> stack.add(new Tuple(popLast(opcode - 0x84)));
            case ']' -> stack.add(new Sequence());
            case 'l' -> {
                Sequence list = new Sequence();
                list.items.addAll(popToMark());
                stack.add(list);
            }
            case 'a' -> {
                Object item = pop();
                top(Sequence.class).items.add(item);
            }
            case 'e' -> {
                List<Object> items = popToMark();
                top(Sequence.class).items.addAll(items);
            }
            case '}' -> stack.add(new Dict());
            case 's' -> {
                List<Object> item = popLast(2);
                put(top(Dict.class), item);
            }
            case 'u' -> {
                List<Object> items = popToMark();
                put(top(Dict.class), items);
            }
            case '0' -> pop();
            default -> {
                return false;
            }
        }
        return true;
    }

    /** Names, calls, storages and what was remembered. */
    private boolean reference(int opcode) {
        switch (opcode) {
            case 'c' -> {
                String module = bytes.line();
                stack.add(global(module, bytes.line()));
            }
            case 0x93 -> {
                List<Object> names = popLast(2);
                stack.add(global(String.valueOf(text(names.get(0))), text(names.get(1))));
            }
            case 'R' -> {
                Tuple arguments = pop(Tuple.class);
                stack.add(Calls.value(
                        pop(Global.class), arguments.items, wrong("calls a name with what torch does not")));
            }
            case 'b' -> { // attributes such as _metadata, the versions of modules: nothing for a reader of tensors
                pop(Dict.class);
                top(Dict.class);
            }
            case 'Q' -> stack.add(Calls.storage(pop(), wrong("has a persistent id that is no storage of tensors")));
            case 'q' -> memo.put((long) bytes.unsigned8(), top(Object.class));
            case 'r' -> memo.put(bytes.unsigned32(), top(Object.class));
            case 0x94 -> memo.put((long) memo.size(), top(Object.class));
            case 'h' -> stack.add(remembered(bytes.unsigned8()));
            case 'j' -> stack.add(remembered(bytes.unsigned32()));
            default -> {
                return false;
            }
        }
        return true;
    }

    private void protocol(int version) {
        if (version > 5) {
            throw refusal("is of protocol " + version + "; expected at most 5");
        }
    }

    private Global global(String module, String name) {
        return Globals.find(module, name)
                .orElseThrow(() -> Problem.input(
                        "%s: its pickle asks for %s.%s, which no table of weights needs: refused, and nothing in it was run.%n"
                                + "If you trust its source, load it in Python with torch.load and save its tensors with"
                                + " safetensors.torch.save_file.",
                        where, shown(module), shown(name)));
    }

    private static String shown(String name) {
        return Shown.text(name.length() > 200 ? name.substring(0, 200) : name);
    }

    private void put(Dict dict, List<Object> items) {
        if (items.size() % 2 != 0) {
            throw refusal("has a dict with a key without a value");
        }
        for (int i = 0; i < items.size(); i += 2) {
            if (!Calls.isKey(items.get(i))) {
                throw refusal("has a dict with a key that is neither text nor a number");
            }
            dict.entries.put(items.get(i), items.get(i + 1));
        }
    }

    private Object remembered(long index) {
        Object value = memo.get(index);
        if (value == null) {
            throw refusal("refers to a value that it does not have");
        }
        return value;
    }

    private String text(Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw refusal("has a name that is no text");
    }

    private Object pop() {
        if (stack.isEmpty() || stack.get(stack.size() - 1) == Single.MARK) {
            throw refusal("takes a value that is not there");
        }
        return stack.remove(stack.size() - 1);
    }

    private <T> T pop(Class<T> type) {
        T value = top(type);
        pop();
        return value;
    }

    private <T> T top(Class<T> type) {
        Object value = stack.isEmpty() ? Single.MARK : stack.get(stack.size() - 1);
        if (value == Single.MARK || !type.isInstance(value)) {
            throw refusal("has another value than its opcode takes");
        }
        return type.cast(value);
    }

    private List<Object> popLast(int count) {
        List<Object> items = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            items.add(0, pop());
        }
        return items;
    }

    private List<Object> popToMark() {
        int mark = stack.size() - 1;
        while (mark >= 0 && stack.get(mark) != Single.MARK) {
            mark--;
        }
        if (mark < 0) {
            throw refusal("ends a run of values that did not begin");
        }
        List<Object> items = new ArrayList<>(stack.subList(mark + 1, stack.size()));
        stack.subList(mark, stack.size()).clear();
        return items;
    }

    private Supplier<Problem> wrong(String what) {
        return () -> refusal(what);
    }

    private Problem refusal(String what) {
        return Problem.input(
                "%s: its pickle %s (byte %d of data.pkl): no table of weights as torch.save writes it, or damaged."
                        + " Download it again.",
                where, what, opcodeAt);
    }
}
