package org.consensusprobe.pickle;

/** An element type of a stored tensor, under safetensors' name, with the names that pickles know it by. */
public enum TorchType {
    F64(8, "DoubleStorage", "float64"),
    F32(4, "FloatStorage", "float32"),
    F16(2, "HalfStorage", "float16"),
    BF16(2, "BFloat16Storage", "bfloat16"),
    I64(8, "LongStorage", "int64"),
    I32(4, "IntStorage", "int32"),
    I16(2, "ShortStorage", "int16"),
    I8(1, "CharStorage", "int8"),
    U8(1, "ByteStorage", "uint8"),
    BOOL(1, "BoolStorage", "bool"),
    C64(8, "ComplexFloatStorage", "complex64"),
    U16(2, "", "uint16"),
    U32(4, "", "uint32"),
    U64(8, "", "uint64"),
    F8_E4M3(1, "", "float8_e4m3fn"),
    F8_E5M2(1, "", "float8_e5m2"),
    F8_E4M3FNUZ(1, "", "float8_e4m3fnuz"),
    F8_E5M2FNUZ(1, "", "float8_e5m2fnuz"),
    F8_E8M0(1, "", "float8_e8m0fnu");

    private final int bytes;
    private final String storage;
    private final String dtype;

    TorchType(int bytes, String storage, String dtype) {
        this.bytes = bytes;
        this.storage = storage;
        this.dtype = dtype;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }

    /** The class of its storages in the module {@code torch}; empty for types that have none and name their dtype instead. */
    String storage() {
        return storage;
    }

    /** The dtype's name in the module {@code torch}. */
    String dtype() {
        return dtype;
    }
}
