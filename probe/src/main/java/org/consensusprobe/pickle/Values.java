package org.consensusprobe.pickle;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a pickle of tensors is made of, besides {@link Long}, {@link Double}, {@link Boolean} and {@link String}. None is ever
 * compared, hashed or printed whole: values may contain one another without end.
 */
final class Values {
    private Values() {}

    /** Python's None, and the mark that opens a run of values on the stack. */
    enum Single {
        NONE,
        MARK
    }

    /** A name that the pickle may use. */
    record Global(Role role, TorchType type) {}

    /** What calling a name means. */
    enum Role {
        ORDERED_DICT,
        TENSOR,
        TENSOR_WITH_DTYPE,
        PARAMETER,
        SIZE,
        DEVICE,
        STORAGE_CLASS,
        UNTYPED_STORAGE_CLASS,
        DTYPE
    }

    /** A tuple, or what is made of one and is as good: a size. */
    static final class Tuple {
        final List<Object> items;

        Tuple(List<Object> items) {
            this.items = items;
        }
    }

    static final class Sequence {
        final List<Object> items = new ArrayList<>(0);
    }

    /** A dict of either kind; keys are strings and numbers. */
    static final class Dict {
        final Map<Object, Object> entries = new LinkedHashMap<>();
    }

    /**
     * Bytes that tensors lie in.
     *
     * @param key the name of its entry in the archive
     * @param type the element type; null if it is told by each tensor
     * @param elements how many there are; bytes where there is no type
     */
    static final class Storage {
        final String key;
        final TorchType type;
        final long elements;

        Storage(String key, TorchType type, long elements) {
            this.key = key;
            this.type = type;
            this.elements = elements;
        }
    }

    /** A tensor without a name yet; offset and strides count elements. */
    static final class View {
        final Storage storage;
        final TorchType type;
        final long offset;
        final List<Long> shape;
        final List<Long> strides;

        View(Storage storage, TorchType type, long offset, List<Long> shape, List<Long> strides) {
            this.storage = storage;
            this.type = type;
            this.offset = offset;
            this.shape = shape;
            this.strides = strides;
        }
    }
}
