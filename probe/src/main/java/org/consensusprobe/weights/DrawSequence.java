package org.consensusprobe.weights;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
     * Values of the wanted tensors, as the draws first (included) to last (excluded) leave them.
     *
     * @return float32, flat, by name; a tensor that those draws do not touch is absent
     */
    Map<String, Tensor> draw(Kernels kernels, Set<String> wanted, int first, int last) {
        moveTo(kernels, first);
        Map<String, Integer> finalDraw = new HashMap<>();
        for (int i = first; i < last; i++) {
            finalDraw.put(draws.get(i).name(), i);
        }
        Map<String, Tensor> values = new HashMap<>();
        for (; next < last; next++) {
            Draw draw = draws.get(next);
            if (wanted.contains(draw.name()) && finalDraw.get(draw.name()) == next) {
                values.put(draw.name(), stream.draw(kernels, draw));
            } else {
                stream.passOver(kernels, draw);
            }
        }
        return values;
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
