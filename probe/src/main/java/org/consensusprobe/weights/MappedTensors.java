package org.consensusprobe.weights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.consensusprobe.common.Problem;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;

/**
 * Stored tensors as views of memory-mapped files: nothing is read before it is used, nothing is copied where its start is
 * aligned to its element size.
 */
final class MappedTensors implements AutoCloseable {
    private final Scope maps = Scope.open();
    private final Map<MapKey, Tensor> byFile = new HashMap<>();

    private record MapKey(Path file, DType dtype) {}

    /** The tensor in its stored dtype and shape, in the kernels' scope. */
    Tensor get(Kernels kernels, StoredTensor stored) {
        DType dtype = dtype(stored.type());
        long[] shape = stored.shape().stream().mapToLong(Long::longValue).toArray();
        if (stored.offset() % dtype.bytes() == 0) {
            return kernels.cut(map(kernels, stored.file(), dtype), shape, stored.offset() / dtype.bytes());
        }
        Tensor bytes = map(kernels, stored.file(), DType.UINT8);
        return kernels.cutCopy(bytes, shape, stored.offset(), stored.bytes(), dtype);
    }

    private Tensor map(Kernels kernels, Path file, DType dtype) {
        return byFile.computeIfAbsent(new MapKey(file, dtype), key -> kernels.in(maps)
                .mapFile(file.toAbsolutePath(), size(file) / dtype.bytes(), dtype));
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw Problem.failed(e, "%s: cannot be read any more: %s.", file, e.getMessage());
        }
    }

    private static DType dtype(StoredType type) {
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
