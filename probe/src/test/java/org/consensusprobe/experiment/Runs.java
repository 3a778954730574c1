package org.consensusprobe.experiment;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.consensusprobe.common.Home;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.experiment.loop.Experiment;
import org.consensusprobe.experiment.loop.Inputs;
import org.consensusprobe.experiment.loop.RunListener;
import org.consensusprobe.experiment.loop.RunListeners;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.plan.Field;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.IngredientFields;
import org.consensusprobe.plan.LayerRange;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Values;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Torch;

/** Plans and runs for tests, without a run directory. */
public record Runs(RunPlan plan, Machine machine) {
    /** The weights that a run can compute with. */
    public static final List<WeightMode> MODES = Arrays.stream(WeightMode.values())
            .filter(mode -> mode != WeightMode.ELSEWHERE)
            .toList();

    /** What a run gave: errors [prompts][depths], last hidden states [prompts][T * D], and the floor it measured. */
    public record Result(double[][] error, double[][] hidden, double floor, int residentLayers) {
        /** Whether every bit of errors and hidden states is the same. */
        public boolean sameBits(Result other) {
            return Arrays.deepEquals(bits(error), bits(other.error))
                    && Arrays.deepEquals(bits(hidden), bits(other.hidden));
        }

        public double largestErrorDifference(Result other) {
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

    public static Runs of(WeightMode weights, DType dtype, int passes) {
        // without a run directory: the last states are handed to a sink
        return new Runs(plan(weights, dtype, passes).with(Fields.SAVE_HIDDEN, false), Machine.CPU);
    }

    /** A plan that records the error alone and keeps the last states. */
    public static RunPlan plan(WeightMode weights, DType dtype, int passes) {
        return RunPlan.of(Values.NONE
                .with(Fields.MODEL, "a test's model")
                .with(Fields.WEIGHTS, weights)
                .with(RouteFields.PASSES, passes)
                .with(Fields.DTYPE, dtype)
                .with(Fields.SAVE_HIDDEN, true)
                .with(Fields.MEASURES, List.of()));
    }

    public Runs threads(int threads) {
        return new Runs(plan, new Machine("cpu", threads, machine.memory(), false));
    }

    public Runs memory(long bytes) {
        return new Runs(plan, new Machine("cpu", machine.threads(), OptionalLong.of(bytes), false));
    }

    public Runs chunk(int chunk) {
        return with(Fields.CHUNK, Optional.of(chunk));
    }

    public Runs feedForward(boolean feedForward) {
        return with(IngredientFields.FEED_FORWARD, feedForward);
    }

    public Runs loop(int first, int last) {
        return with(RouteFields.LOOP, Optional.of(new LayerRange(first, last)));
    }

    public <T> Runs with(Field<T> field, T value) {
        return new Runs(plan.with(field, value), machine);
    }

    public Result run(Subject subject, List<int[]> prompts) {
        return run(subject, prompts, new RunListener() {});
    }

    public Result run(Subject subject, List<int[]> prompts, RunListener listener) {
        return run(subject, Inputs.of(prompts), listener);
    }

    public Result run(Subject subject, Inputs inputs) {
        return run(subject, inputs, new RunListener() {});
    }

    public Result run(Subject subject, Inputs inputs, RunListener listener) {
        List<double[]> columns = new ArrayList<>();
        double[][] hidden = new double[inputs.ids().size()][];
        RunListener collect = new RunListener() {
            @Override
            public void onEmbedded(double[] errors) {
                columns.add(errors);
            }

            @Override
            public void onBlock(int depth, double[] errors) {
                columns.add(errors);
            }
        };
        try (Experiment experiment =
                Experiment.prepare(subject, plan.with(Fields.SAVE_HIDDEN, false), machine, inputs)) {
            Experiment.Outcome outcome =
                    experiment.run(RunListeners.of(collect, listener), (i, x) -> hidden[i] = x, () -> false);
            double[][] error = new double[hidden.length][columns.size()];
            for (int i = 0; i < hidden.length; i++) {
                for (int j = 0; j < columns.size(); j++) {
                    error[i][j] = columns.get(j)[i];
                }
            }
            return new Result(
                    error, hidden, outcome.floor(), experiment.memory().residentLayers());
        }
    }

    /** As many threads as a run without --threads has. */
    public static void defaultThreads() {
        Torch.start(Runtime.getRuntime().availableProcessors());
    }

    /** Whether MKL, in strict mode, multiplies matrices: then a row's bits do not depend on other rows. */
    public static boolean strictMkl() {
        return String.valueOf(System.getenv("MKL_CBWR")).endsWith("STRICT")
                && Torch.processor().get("model").toString().contains("Intel");
    }

    public static Subject demo(String name) {
        return Subject.fromDirectory(name, Home.models().resolve(name), WeightMode.TRAINED);
    }

    /** A GPT-2 of any size, for drawn weights. */
    public static Subject gpt2(int width, int heads, int inner, int layers, int vocabulary, int context) {
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
    public static List<int[]> prompts(int vocabulary, long seed, int... lengths) {
        SplittableRandom random = new SplittableRandom(seed);
        return Arrays.stream(lengths)
                .mapToObj(n -> random.ints(n, 0, vocabulary).toArray())
                .toList();
    }
}
