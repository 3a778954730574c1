package org.consensusprobe.gguf;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * An element type of a tensor in a GGUF file, under ggml's name and number.
 *
 * <p>Quantised types keep blocks of neighbouring elements of a row in so many bytes.
 */
public enum GgmlType {
    F32(0, 1, 4),
    F16(1, 1, 2),
    Q4_0(2, 32, 18),
    Q4_1(3, 32, 20),
    Q5_0(6, 32, 22),
    Q5_1(7, 32, 24),
    Q8_0(8, 32, 34),
    Q8_1(9),
    Q2_K(10, 256, 84),
    Q3_K(11, 256, 110),
    Q4_K(12, 256, 144),
    Q5_K(13, 256, 176),
    Q6_K(14, 256, 210),
    Q8_K(15, 256, 292),
    IQ2_XXS(16, 256, 66),
    IQ2_XS(17, 256, 74),
    IQ3_XXS(18, 256, 98),
    IQ1_S(19, 256, 50),
    IQ4_NL(20, 32, 18),
    IQ3_S(21, 256, 110),
    IQ2_S(22, 256, 82),
    IQ4_XS(23, 256, 136),
    I8(24),
    I16(25),
    I32(26),
    I64(27),
    F64(28),
    IQ1_M(29, 256, 56),
    BF16(30, 1, 2),
    TQ1_0(34, 256, 54),
    TQ2_0(35, 256, 66),
    MXFP4(39, 32, 17),
    NVFP4(40, 64, 36);

    private final int number;
    private final int blockElements;
    private final int blockBytes;

    /** A type whose name is known, and no more. */
    GgmlType(int number) {
        this(number, 0, 0);
    }

    GgmlType(int number, int blockElements, int blockBytes) {
        this.number = number;
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
    }

    /** The number that stands for it in files. */
    int number() {
        return number;
    }

    /** Elements of one block; 1 for plain types. */
    public int blockElements() {
        return blockElements;
    }

    /** Bytes of one block. */
    public int blockBytes() {
        return blockBytes;
    }

    /** Whether tensors of this type can be read here. */
    boolean isImplemented() {
        return blockElements > 0;
    }

    static Optional<GgmlType> numbered(long number) {
        return Arrays.stream(values()).filter(t -> t.number == number).findFirst();
    }

    static String implementedNames() {
        return Arrays.stream(values())
                .filter(GgmlType::isImplemented)
                .map(Enum::name)
                .collect(Collectors.joining(", "));
    }
}
