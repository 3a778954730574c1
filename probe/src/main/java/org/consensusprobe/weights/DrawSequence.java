package org.consensusprobe.weights;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;

/**
 * The draws of one initialisation, by one generator, in their order.
 *
 * <p>A generator only goes forwards: draws that are not wanted are passed over, and going back starts again at the seed.
 */
final class DrawSequence implements AutoCloseable {
    private final List<Draw> draws;
    private final long seed;
    private NormalStream stream;
    private int next;

    DrawSequence(List<Draw> draws, long seed) {
        this.draws = List.copyOf(draws);
        this.seed = seed;
    }

    /**
     * The wanted tensors, as the draws first (included) to last (excluded) leave them.
     *
     * @return prepared for use, by name; a tensor that those draws do not touch is absent
     */
    Map<String, Tensor> draw(Kernels kernels, List<TensorSpec> wanted, int first, int last, Precision precision) {
        moveTo(kernels, first);
        Map<String, Integer> finalDraw = new HashMap<>();
        for (int i = first; i < last; i++) {
            finalDraw.put(draws.get(i).name(), i);
        }
        Map<String, TensorSpec> specs =
                wanted.stream().collect(Collectors.toMap(TensorSpec::name, Function.identity()));
        Map<String, Tensor> tensors = new HashMap<>();
        for (; next < last; next++) {
            Draw draw = draws.get(next);
            TensorSpec spec = specs.get(draw.name());
            if (spec != null && finalDraw.get(draw.name()) == next) {
                tensors.put(draw.name(), draw(kernels, draw, spec, precision));
            } else {
                stream.passOver(kernels, draw);
            }
        }
        return tensors;
    }

    private Tensor draw(Kernels kernels, Draw draw, TensorSpec spec, Precision precision) {
        return precision.prepare(kernels, spec, DType.FLOAT32, k -> {
            Tensor values = stream.draw(k, draw); // float32, flat
            return k.tensors().reshape(values, spec.shapeArray());
        });
    }

    private void moveTo(Kernels kernels, int index) {
        if (stream == null || index < next) {
            close();
            stream = NormalStream.of(kernels, draws, seed);
            next = 0;
        }
        for (; next < index; next++) {
            stream.passOver(kernels, draws.get(next));
        }
    }

    @Override
    public void close() {
        if (stream != null) {
            stream.close();
            stream = null;
        }
    }
}
