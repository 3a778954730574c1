package org.consensusprobe.torch;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A handle to a native tensor: shape, dtype, and a way to free it.
 *
 * <p>A tensor belongs to the {@link Scope} it was made in and dies with it, unless it is {@linkplain Scope#keep kept} or
 * closed before. Nothing native is ever left to the garbage collector.
 */
public final class Tensor implements AutoCloseable {
    private final PtNDArray array;

    Tensor(PtNDArray array) {
        this.array = array;
    }

    PtNDArray array() {
        return array;
    }

    /** Sizes of the axes. */
    public long[] shape() {
        return array.getShape().getShape();
    }

    /** Size of one axis. */
    public long size(int axis) {
        return array.getShape().get(axis);
    }

    /** Number of elements. */
    public long elements() {
        return array.getShape().size();
    }

    /**
     * Copies the elements to Java.
     *
     * @return float64 values in row-major order
     * @throws IllegalStateException unless the tensor is float64
     */
    public double[] toDoubles() {
        requireType(DataType.FLOAT64);
        return array.toDoubleArray();
    }

    /**
     * Copies the elements to Java.
     *
     * @return float32 values in row-major order
     * @throws IllegalStateException unless the tensor is float32
     */
    public float[] toFloats() {
        requireType(DataType.FLOAT32);
        return array.toFloatArray();
    }

    /**
     * Copies the elements to Java.
     *
     * @return int64 values in row-major order
     * @throws IllegalStateException unless the tensor is int64
     */
    long[] toLongs() {
        requireType(DataType.INT64);
        return array.toLongArray();
    }

    /** Whether its elements are float64. */
    public boolean isFloat64() {
        return array.getDataType() == DataType.FLOAT64;
    }

    /**
     * The elements of a contiguous tensor on the CPU where they are, in native order of bytes; to be used while the tensor
     * is open, and no longer.
     *
     * @throws IllegalStateException if they take 2 GiB or more, which no buffer holds
     */
    public ByteBuffer memory() {
        long bytes = elements() * array.getDataType().getNumOfBytes();
        if (bytes > Integer.MAX_VALUE) {
            throw new IllegalStateException(this + " has " + bytes + " bytes");
        }
        return array.toByteBuffer(true).order(ByteOrder.nativeOrder());
    }

    private void requireType(DataType type) {
        if (array.getDataType() != type) {
            throw new IllegalStateException("expected a " + type + " tensor, found " + array.getDataType());
        }
    }

    /** Frees the native tensor now; closing twice is harmless. */
    @Override
    public void close() {
        array.close();
    }

    @Override
    public String toString() {
        return "Tensor" + Arrays.toString(shape());
    }
}
