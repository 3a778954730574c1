package org.consensusprobe.experiment;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.consensusprobe.common.Home;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Torch;

/** Plans and runs for tests, without a run directory. */
record Runs(ExperimentPlan plan) {
    /** What a run gave: errors [prompts][depths], last hidden states [prompts][T * D], and the floor it measured. */
    record Result(double[][] error, double[][] hidden, double floor, int residentLayers) {
        /** Whether every bit of errors and hidden states is the same. */
        boolean sameBits(Result other) {
            return Arrays.deepEquals(bits(error), bits(other.error))
                    && Arrays.deepEquals(bits(hidden), bits(other.hidden));
        }

        double largestErrorDifference(Result other) {
            double largest = 0;
            for (int i = 0; i < error.length; i++) {
                for (int j = 0; j < error[i].length; j++) {
                    largest = Math.max(largest, Math.abs(error[i][j] - other.error[i][j]));
                }
            }
            return largest;
        }

        private static long[][] bits(double[][] rows) {
            return Arrays.stream(rows)
                    .map(row -> Arrays.stream(row)
                            .mapToLong(Double::doubleToRawLongBits)
                            .toArray())
                    .toArray(long[][]::new);
        }
    }

    static Runs of(WeightMode weights, DType dtype, int passes) {
        return new Runs(new ExperimentPlan(
                weights, true, passes, dtype, "cpu", 42, OptionalInt.empty(), 0, OptionalLong.empty(), true));
    }

    Runs threads(int threads) {
        return with(plan.chunk(), threads, plan.memory(), plan.feedForward());
    }

    Runs chunk(int chunk) {
        return with(OptionalInt.of(chunk), plan.threads(), plan.memory(), plan.feedForward());
    }

    Runs memory(long bytes) {
        return with(plan.chunk(), plan.threads(), OptionalLong.of(bytes), plan.feedForward());
    }

    Runs feedForward(boolean feedForward) {
        return with(plan.chunk(), plan.threads(), plan.memory(), feedForward);
    }

    private Runs with(OptionalInt chunk, int threads, OptionalLong memory, boolean feedForward) {
        return new Runs(new ExperimentPlan(
                plan.weights(),
                feedForward,
                plan.passes(),
                plan.dtype(),
                plan.device(),
                plan.seed(),
                chunk,
                threads,
                memory,
                plan.saveHidden()));
    }

    Result run(Subject subject, List<int[]> prompts) {
        return run(subject, prompts, new RunListener() {});
    }

    Result run(Subject subject, List<int[]> prompts, RunListener listener) {
        List<double[]> columns = new ArrayList<>();
        double[][] hidden = new double[prompts.size()][];
        RunListener collect = new RunListener() {
            @Override
            public void onEmbedded(double[] errors) {
                columns.add(errors);
            }

            @Override
            public void onBlock(int pass, int layer, double[] errors) {
                columns.add(errors);
            }
        };
        try (Experiment experiment = Experiment.prepare(subject, plan, prompts)) {
            Experiment.Outcome outcome =
                    experiment.run(RunListeners.of(collect, listener), (i, x) -> hidden[i] = x, () -> false);
            double[][] error = new double[prompts.size()][columns.size()];
            for (int i = 0; i < prompts.size(); i++) {
                for (int j = 0; j < columns.size(); j++) {
                    error[i][j] = columns.get(j)[i];
                }
            }
            return new Result(
                    error, hidden, outcome.floor(), experiment.memory().residentLayers());
        }
    }

    /** As many threads as a run without --threads has. */
    static void defaultThreads() {
        Torch.start(Runtime.getRuntime().availableProcessors());
    }

    /** Whether MKL, in strict mode, multiplies matrices: then a row's bits do not depend on other rows. */
    static boolean strictMkl() {
        return String.valueOf(System.getenv("MKL_CBWR")).endsWith("STRICT")
                && Torch.processor().get("model").toString().contains("Intel");
    }

    static Subject demo(String name) {
        return Subject.fromDirectory(name, Home.models().resolve(name), WeightMode.TRAINED);
    }

    /** A GPT-2 of any size, for drawn weights. */
    static Subject gpt2(int width, int heads, int inner, int layers, int vocabulary, int context) {
        ObjectNode config = StrictJson.mapper().createObjectNode();
        config.put("model_type", "gpt2")
                .put("n_embd", width)
                .put("n_head", heads)
                .put("n_inner", inner);
        config.put("n_layer", layers).put("vocab_size", vocabulary).put("n_positions", context);
        return Subject.fromConfig("gpt2-" + width, config, "a test's config");
    }

    /** A GPT-Neo of any size whose layers alternate between global and local, for drawn weights. */
    static Subject gptNeo(int width, int heads, int inner, int pairs, int window, int vocabulary, int context) {
        ObjectNode config = StrictJson.mapper().createObjectNode();
        config.put("model_type", "gpt_neo").put("hidden_size", width).put("num_heads", heads);
        config.put("intermediate_size", inner).put("num_layers", 2 * pairs).put("window_size", window);
        config.put("vocab_size", vocabulary).put("max_position_embeddings", context);
        config.putArray("attention_types")
                .addArray()
                .add(StrictJson.mapper().createArrayNode().add("global").add("local"))
                .add(pairs);
        return Subject.fromConfig("gpt-neo-" + width, config, "a test's config");
    }

    /** Prompts of the given lengths, of ids drawn from a seed. */
    static List<int[]> prompts(int vocabulary, long seed, int... lengths) {
        SplittableRandom random = new SplittableRandom(seed);
        return Arrays.stream(lengths)
                .mapToObj(n -> random.ints(n, 0, vocabulary).toArray())
                .toList();
    }
}
