package org.consensusprobe.weights;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.consensusprobe.common.Problem;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;

/**
 * Stored tensors as views of memory-mapped files: nothing is read before it is used, nothing is copied where its start is
 * aligned to its element size. Quantised ones are expanded to float32 each time they are asked for.
 */
public final class MappedTensors implements AutoCloseable {
    /** Elements expanded at once: a Java buffer holds less than 2 GiB. */
    private static final long PIECE = 1 << 22;

    private final Scope maps = Scope.open();
    private final Map<MapKey, Tensor> byFile = new HashMap<>();

    private record MapKey(Path file, DType dtype) {}

    /** The tensor in Hugging Face's shape and its stored dtype, float32 if that is quantised; in the kernels' scope. */
    public Tensor get(Kernels kernels, StoredTensor stored) {
        if (stored.recipe().isPresent()) {
            return stored.recipe().get().make(kernels, this::get);
        }
        long[] shape = array(stored.fileShape());
        Tensor tensor;
        if (stored.type().isExpanded()) {
            tensor = expanded(kernels, stored, shape);
        } else if (stored.isWeight()) {
            tensor = view(kernels, stored, shape);
        } else { // of a packed weight: bytes, for a recipe that knows what they are
            Tensor bytes = map(kernels, stored.file(), DType.UINT8);
            return kernels.tensors().cut(bytes, new long[] {stored.bytes()}, stored.offset());
        }
        Tensor undone = stored.convention().undo(kernels, tensor, stored.shape());
        if (undone != tensor) {
            tensor.close(); // not only with its layer: a copy was made
        }
        return undone;
    }

    /** Whether a tensor is seen where it lies, without a copy. */
    static boolean isView(StoredTensor stored) {
        return stored.recipe().isEmpty()
                && !stored.type().isExpanded()
                && stored.convention() == Convention.HUGGING_FACE
                && isAligned(stored);
    }

    private static boolean isAligned(StoredTensor stored) {
        return stored.offset() % dtype(stored.type()).bytes() == 0;
    }

    private Tensor view(Kernels kernels, StoredTensor stored, long[] shape) {
        DType dtype = dtype(stored.type());
        if (isAligned(stored)) {
            return kernels.tensors().cut(map(kernels, stored.file(), dtype), shape, stored.offset() / dtype.bytes());
        }
        Tensor bytes = map(kernels, stored.file(), DType.UINT8);
        return kernels.tensors().cutCopy(bytes, shape, stored.offset(), stored.bytes(), dtype);
    }

    private Tensor expanded(Kernels kernels, StoredTensor stored, long[] shape) {
        StoredType type = stored.type();
        Tensor mapped = map(kernels, stored.file(), DType.UINT8);
        Tensor flat = kernels.tensors().uninitialised(new long[] {stored.elements()}, DType.FLOAT32);
        for (long done = 0; done < stored.elements(); done += PIECE) {
            long elements = Math.min(PIECE, stored.elements() - done);
            long from = stored.offset() + type.bytesOf(done);
            try (Tensor blocks = kernels.tensors().cut(mapped, new long[] {type.bytesOf(elements)}, from);
                    Tensor values = kernels.tensors().cut(flat, new long[] {elements}, done)) {
                Dequantiser.expand(
                        type,
                        blocks.memory(),
                        values.memory().order(ByteOrder.nativeOrder()).asFloatBuffer());
            }
        }
        return kernels.tensors().reshape(flat, shape);
    }

    // experts are mapped while the next layer is
    private synchronized Tensor map(Kernels kernels, Path file, DType dtype) {
        return byFile.computeIfAbsent(
                new MapKey(file, dtype),
                key -> kernels.in(maps).tensors().mapFile(file.toAbsolutePath(), size(file) / dtype.bytes(), dtype));
    }

    private static long[] array(List<Long> shape) {
        return shape.stream().mapToLong(Long::longValue).toArray();
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw Problem.failed(e, "%s: cannot be read any more: %s.", file, e.getMessage());
        }
    }

    /** The dtype that a stored tensor is seen in. */
    static DType dtype(StoredType type) {
        if (type.isExpanded()) {
            return DType.FLOAT32;
        }
        return switch (type) {
            case F64 -> DType.FLOAT64;
            case F32 -> DType.FLOAT32;
            case F16 -> DType.FLOAT16;
            case BF16 -> DType.BFLOAT16;
            default -> throw new IllegalArgumentException(type + " holds no weights");
        };
    }

    @Override
    public void close() {
        maps.close();
    }
}
