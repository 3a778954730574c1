package org.consensusprobe.weights;

import java.util.LinkedHashMap;
import java.util.Map;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;

/** The values of stored tensors, for tests. */
public final class TensorValues {
    private TensorValues() {}

    /** All tensors of a table, by canonical name. */
    public static Map<String, double[]> of(TensorTable table) {
        Map<String, double[]> values = new LinkedHashMap<>();
        table.tensors().forEach((name, stored) -> values.put(name, of(stored)));
        return values;
    }

    /** One tensor, row-major. */
    public static double[] of(StoredTensor stored) {
        try (Scope scope = Scope.open();
                MappedTensors files = new MappedTensors()) {
            Kernels kernels = Kernels.plain(scope);
            return kernels.tensors()
                    .copy(kernels.tensors().convert(files.get(kernels, stored), DType.FLOAT64))
                    .toDoubles();
        }
    }
}
