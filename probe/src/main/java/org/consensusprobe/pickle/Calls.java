package org.consensusprobe.pickle;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.consensusprobe.common.Problem;
import org.consensusprobe.pickle.Values.Dict;
import org.consensusprobe.pickle.Values.Global;
import org.consensusprobe.pickle.Values.Role;
import org.consensusprobe.pickle.Values.Sequence;
import org.consensusprobe.pickle.Values.Storage;
import org.consensusprobe.pickle.Values.Tuple;
import org.consensusprobe.pickle.Values.View;

/** What the names of {@link Globals} make of their arguments: values of this program, by code of this program. */
final class Calls {
    /** As many as libtorch has. */
    private static final int MAX_DIMENSIONS = 64;

    private Calls() {}

    /**
     * The value of a call.
     *
     * @param wrong the refusal of arguments that are not those of torch's own pickles
     */
    static Object value(Global called, List<Object> arguments, Supplier<Problem> wrong) {
        return switch (called.role()) {
            case ORDERED_DICT -> orderedDict(arguments, wrong);
            case TENSOR -> tensor(arguments, null, wrong);
            case TENSOR_WITH_DTYPE -> tensor(arguments, dtype(at(arguments, 6, wrong), wrong), wrong);
            case PARAMETER -> require(at(arguments, 0, wrong), View.class, wrong);
            case SIZE -> require(at(arguments, 0, wrong), Tuple.class, wrong);
            case DEVICE -> require(at(arguments, 0, wrong), String.class, wrong);
            default -> throw wrong.get();
        };
    }

    /** {@code ('storage', class, key, device, elements)}, the only thing that is kept outside of the pickle. */
    static Storage storage(Object persistentId, Supplier<Problem> wrong) {
        List<Object> items = require(persistentId, Tuple.class, wrong).items;
        if (items.size() != 5 || !"storage".equals(items.get(0))) {
            throw wrong.get();
        }
        Global kind = require(items.get(1), Global.class, wrong);
        if (kind.role() != Role.STORAGE_CLASS && kind.role() != Role.UNTYPED_STORAGE_CLASS) {
            throw wrong.get();
        }
        return new Storage(require(items.get(2), String.class, wrong), kind.type(), size(items.get(4), wrong));
    }

    /** Old pickles fill it from pairs; today's fill it afterwards. */
    private static Dict orderedDict(List<Object> arguments, Supplier<Problem> wrong) {
        Dict dict = new Dict();
        if (!arguments.isEmpty()) {
            for (Object pair : require(arguments.get(0), Sequence.class, wrong).items) {
                List<Object> items =
                        pair instanceof Sequence list ? list.items : require(pair, Tuple.class, wrong).items;
                if (items.size() != 2 || !isKey(items.get(0))) {
                    throw wrong.get();
                }
                dict.entries.put(items.get(0), items.get(1));
            }
        }
        return dict;
    }

    static boolean isKey(Object value) {
        return value instanceof String || value instanceof Long;
    }

    /** {@code (storage, offset, size, stride, requires_grad, hooks, ...)}. */
    private static View tensor(List<Object> arguments, TorchType dtype, Supplier<Problem> wrong) {
        Storage storage = require(at(arguments, 0, wrong), Storage.class, wrong);
        long offset = size(at(arguments, 1, wrong), wrong);
        List<Long> shape = sizes(at(arguments, 2, wrong), wrong);
        List<Long> strides = sizes(at(arguments, 3, wrong), wrong);
        TorchType type = storage.type == null ? dtype : storage.type;
        if (type == null || shape.size() != strides.size() || dtype != null && dtype != type) {
            throw wrong.get();
        }
        return new View(storage, type, offset, shape, strides);
    }

    private static TorchType dtype(Object value, Supplier<Problem> wrong) {
        Global global = require(value, Global.class, wrong);
        if (global.role() != Role.DTYPE) {
            throw wrong.get();
        }
        return global.type();
    }

    private static List<Long> sizes(Object value, Supplier<Problem> wrong) {
        List<Object> items = require(value, Tuple.class, wrong).items;
        if (items.size() > MAX_DIMENSIONS) {
            throw wrong.get();
        }
        List<Long> sizes = new ArrayList<>(items.size());
        items.forEach(item -> sizes.add(size(item, wrong)));
        return sizes;
    }

    private static long size(Object value, Supplier<Problem> wrong) {
        long size = require(value, Long.class, wrong);
        if (size < 0) {
            throw wrong.get();
        }
        return size;
    }

    private static Object at(List<Object> arguments, int index, Supplier<Problem> wrong) {
        if (index >= arguments.size()) {
            throw wrong.get();
        }
        return arguments.get(index);
    }

    private static <T> T require(Object value, Class<T> type, Supplier<Problem> wrong) {
        if (!type.isInstance(value)) {
            throw wrong.get();
        }
        return type.cast(value);
    }
}
