package org.consensusprobe.torch;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The element types that the program computes in or reads, under PyTorch's names. */
public enum DType {
    FLOAT64(7, 8),
    FLOAT32(6, 4),
    BFLOAT16(15, 2),
    FLOAT16(5, 2),
    INT64(4, 8),
    UINT8(0, 1);

    private final int torchCode;
    private final int bytes;

    DType(int torchCode, int bytes) {
        this.torchCode = torchCode;
        this.bytes = bytes;
    }

    /** libtorch's {@code ScalarType} number, which TorchScript takes where Python takes a {@code torch.dtype}. */
    int torchCode() {
        return torchCode;
    }

    /** The type of that {@code ScalarType} number. */
    static DType ofTorchCode(int code) {
        return Arrays.stream(values())
                .filter(d -> d.torchCode == code)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no tensor here has torch's type " + code));
    }

    /** Size of one element in bytes. */
    public int bytes() {
        return bytes;
    }

    /** PyTorch's name without the {@code torch.} prefix, such as {@code float32}. */
    public String torchName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The floating-point type of that name, if there is one. */
    public static Optional<DType> floatingPoint(String name) {
        return Arrays.stream(values())
                .filter(d -> d.isFloatingPoint() && d.torchName().equals(name))
                .findFirst();
    }

    /** Names of the floating-point types, for messages. */
    public static String floatingPointNames() {
        return Arrays.stream(values())
                .filter(DType::isFloatingPoint)
                .map(DType::torchName)
                .collect(Collectors.joining(", "));
    }

    private boolean isFloatingPoint() {
        return this != INT64 && this != UINT8;
    }
}
