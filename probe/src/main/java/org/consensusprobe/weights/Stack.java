package org.consensusprobe.weights;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;

/**
 * One tensor that files have in place of several: the matrices of all experts of a layer, one after another. It is seen as the
 * several, so that what is not chosen is not read.
 *
 * @param name its canonical name
 * @param parts the names of what it holds: of every entry of its first axis, the tensors that lie in it one below the other
 */
public record Stack(String name, List<List<String>> parts) {
    public Stack {
        parts = parts.stream().map(List::copyOf).toList();
    }

    /** The shape of the whole, for parts of those shapes. */
    List<Long> shape(Map<String, ExpectedTensor> expected) {
        List<Long> first = expected.get(parts.get(0).get(0)).shape();
        long rows = parts.get(0).stream()
                .mapToLong(name -> expected.get(name).shape().get(0))
                .sum();
        List<Long> shape = new ArrayList<>(List.of((long) parts.size(), rows));
        shape.addAll(first.subList(1, first.size()));
        return shape;
    }

    /**
     * The parts of the whole as tensors of their own, by name.
     *
     * @param whole of the {@linkplain #shape shape} that its parts make
     * @throws Problem if it is kept in a form that cannot be taken apart
     */
    Map<String, StoredTensor> apart(StoredTensor whole, Map<String, ExpectedTensor> expected) {
        Map<String, StoredTensor> apart = new LinkedHashMap<>();
        long done = 0;
        for (List<String> entry : parts) {
            for (String part : entry) {
                List<Long> shape = expected.get(part).shape();
                long first = done;
                apart.put(
                        part,
                        whole.part(part, shape, first)
                                .orElseThrow(() -> Problem.input(
                                        "%s: the tensor %s is kept in a form (%s) that is not read for a stack of matrices.",
                                        whole.file(),
                                        Shown.text(whole.name()),
                                        whole.recipe().map(Recipe::form).orElseGet(() -> whole.type()
                                                .name()))));
                done += StoredTensor.product(shape);
            }
        }
        return apart;
    }
}
