package org.consensusprobe.weights;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * An element type of a stored tensor, under the name that safetensors headers give it.
 *
 * <p>Types that pack several elements into a byte ({@code F4}, {@code F6_E2M3}, {@code F6_E3M2}) are left out: their
 * tensors need scales that live elsewhere.
 */
public enum StoredType {
    BOOL(1),
    U8(1),
    I8(1),
    F8_E5M2(1),
    F8_E4M3(1),
    F8_E8M0(1),
    F8_E4M3FNUZ(1),
    F8_E5M2FNUZ(1),
    I16(2),
    U16(2),
    F16(2),
    BF16(2),
    I32(4),
    U32(4),
    F32(4),
    C64(8),
    F64(8),
    I64(8),
    U64(8);

    private static final Map<String, StoredType> BY_NAME =
            Arrays.stream(values()).collect(Collectors.toMap(Enum::name, Function.identity()));

    private final int bytes;

    StoredType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }

    /** Whether weights of this type are computed with: the IEEE formats and bfloat16. */
    public boolean isWeight() {
        return this == F64 || this == F32 || this == F16 || this == BF16;
    }

    static Optional<StoredType> named(String dtype) {
        return Optional.ofNullable(BY_NAME.get(dtype));
    }

    static String knownNames() {
        return Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", "));
    }
}
