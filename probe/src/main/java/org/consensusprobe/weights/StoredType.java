package org.consensusprobe.weights;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * An element type of a stored tensor, under the name that safetensors headers or, for quantised ones, ggml gives it.
 *
 * <p>Quantised types keep blocks of neighbouring elements of a row, a few bits each, with the block's scale. Safetensors
 * types that pack several elements into a byte ({@code F4}, {@code F6_E2M3}, {@code F6_E3M2}) are left out: their tensors
 * need scales that live elsewhere.
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
    U64(8),
    Q4_0(18, 32),
    Q4_1(20, 32),
    Q5_0(22, 32),
    Q5_1(24, 32),
    Q8_0(34, 32),
    Q2_K(84, 256),
    Q3_K(110, 256),
    Q4_K(144, 256),
    Q5_K(176, 256),
    Q6_K(210, 256),
    Q8_K(292, 256),
    IQ2_XXS(66, 256),
    IQ2_XS(74, 256),
    IQ2_S(82, 256),
    IQ3_XXS(98, 256),
    IQ3_S(110, 256),
    IQ1_S(50, 256),
    IQ1_M(56, 256),
    IQ4_NL(18, 32),
    IQ4_XS(136, 256),
    TQ1_0(54, 256),
    TQ2_0(66, 256),
    MXFP4(17, 32),
    NVFP4(36, 64);

    private static final Map<String, StoredType> SAFETENSORS = Arrays.stream(values())
            .filter(type -> !type.isQuantised())
            .collect(Collectors.toMap(Enum::name, Function.identity()));

    private final int bytes;
    private final int elements;

    StoredType(int bytes) {
        this(bytes, 1);
    }

    StoredType(int bytes, int elements) {
        this.bytes = bytes;
        this.elements = elements;
    }

    /** Bytes of one element; of one block where the type is quantised. */
    public int bytes() {
        return bytes;
    }

    /** Elements of one block; 1 where the type is not quantised. */
    public int blockElements() {
        return elements;
    }

    /** Whether elements are kept as a few bits and a scale of their block. */
    public boolean isQuantised() {
        return elements > 1;
    }

    /** Whether its values are made one by one, in float32, before they are computed with. */
    boolean isExpanded() {
        return isQuantised() || this == F8_E4M3 || this == F8_E5M2;
    }

    /** Whether weights of this type are computed with: the IEEE formats, bfloat16 and the quantised types. */
    public boolean isWeight() {
        return this == F64 || this == F32 || this == F16 || this == BF16 || isQuantised();
    }

    /** Whether so many elements are whole blocks. */
    boolean isWhole(long count) {
        return count % elements == 0;
    }

    /**
     * Bytes of so many elements.
     *
     * @throws ArithmeticException if they exceed 64 bits
     */
    long bytesOf(long count) {
        return Math.multiplyExact(count / elements, bytes);
    }

    static Optional<StoredType> inSafetensors(String dtype) {
        return Optional.ofNullable(SAFETENSORS.get(dtype));
    }

    static String safetensorsNames() {
        return Arrays.stream(values())
                .filter(type -> !type.isQuantised())
                .map(Enum::name)
                .collect(Collectors.joining(", "));
    }
}
