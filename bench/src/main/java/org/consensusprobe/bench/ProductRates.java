package org.consensusprobe.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;

/**
 * The rate of the program's own matrix products, for the comparison: the same arguments and the same output as {@code
 * product_rates.py}.
 *
 * <p>{@code ProductRates ROWS INxOUT,INxOUT,... DTYPE THREADS SECONDS} prints {@code [{way, in, out, gflops}]}.
 */
public final class ProductRates {
    private static final int FEWEST = 3;

    private ProductRates() {}

    public static void main(String[] args) {
        long rows = Long.parseLong(args[0]);
        DType dtype = DType.valueOf(args[2].toUpperCase(Locale.ROOT));
        double seconds = Double.parseDouble(args[4]);
        ArrayNode found = new ObjectMapper().createArrayNode();
        for (String shape : args[1].split(",")) {
            String[] sizes = shape.split("x");
            long in = Long.parseLong(sizes[0]);
            long out = Long.parseLong(sizes[1]);
            double gflops = 2e-9 * rows * in * out / median(times(rows, in, out, dtype, args[3], seconds));
            found.addObject()
                    .put("way", "consensus")
                    .put("in", in)
                    .put("out", out)
                    .put("gflops", gflops);
        }
        System.out.println(found);
    }

    private static List<Double> times(long rows, long in, long out, DType dtype, String threads, double seconds) {
        try (Tensors tensors = new Tensors(Integer.parseInt(threads))) {
            Tensor x = tensors.normal(Tensors.stateOf(dtype), 1, rows, in);
            Tensor w = tensors.normal(dtype, 1, out, in);
            product(tensors.kernels(), x, w); // the first call chooses and compiles
            List<Double> times = new ArrayList<>();
            double spent = 0;
            while (times.size() < FEWEST || spent < seconds) {
                double time = product(tensors.kernels(), x, w);
                times.add(time);
                spent += time;
                if (time > seconds) {
                    break;
                }
            }
            return times;
        }
    }

    private static double product(Kernels kernels, Tensor x, Tensor w) {
        long began = System.nanoTime();
        try (Scope scope = Scope.open()) {
            kernels.in(scope).linear(x, w, null);
        }
        return (System.nanoTime() - began) * 1e-9;
    }

    private static double median(List<Double> times) {
        Collections.sort(times);
        int half = times.size() / 2;
        return times.size() % 2 == 1 ? times.get(half) : (times.get(half - 1) + times.get(half)) / 2;
    }
}
