package org.consensusprobe.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.ExperimentPlan;
import org.consensusprobe.experiment.Recycling;
import org.consensusprobe.experiment.WeightMode;
import org.consensusprobe.measure.Measures;
import org.consensusprobe.measure.Similarity;
import org.consensusprobe.torch.DType;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that say what a run computes and how it uses the machine. */
final class RunOptions {
    private static final Pattern SIZE =
            Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([kmgt]?)i?b?", Pattern.CASE_INSENSITIVE);
    private static final Pattern DEVICE = Pattern.compile("auto|cpu|mps|cuda(:\\d{1,3})?");

    @Option(
            names = "--weights",
            paramLabel = "W",
            defaultValue = "trained",
            description =
                    "trained, shuffled (entries permuted within each tensor), random (one draw) or random-each-pass "
                            + "(${DEFAULT-VALUE}).")
    private String weights;

    @Mixin
    private IngredientOptions ingredients;

    @Option(
            names = "--passes",
            paramLabel = "N",
            defaultValue = "20",
            description = "Passes through all blocks (${DEFAULT-VALUE}).")
    private int passes;

    @Option(
            names = "--prompts",
            paramLabel = "P",
            description = "paper, random:COUNTxLENGTH[@SEED], or a .json, .jsonl or .txt file (paper).")
    private String prompts;

    @Option(names = "--limit-prompts", paramLabel = "K", description = "Only the first K prompts.")
    private Integer limitPrompts;

    @Option(
            names = "--skip-zero-rows",
            description = "Leave ids out of random prompts whose embedding is the zero vector, which has no direction.")
    private boolean skipZeroRows;

    @Option(
            names = "--dtype",
            paramLabel = "T",
            defaultValue = "float32",
            description =
                    "float64, float32, bfloat16 or float16 (${DEFAULT-VALUE}); the last two are mixed with float32.")
    private String dtype;

    @Option(
            names = "--device",
            paramLabel = "D",
            defaultValue = "auto",
            description = "auto, cpu, cuda[:i] or mps (${DEFAULT-VALUE}).")
    private String device;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "42",
            description = "Of random and shuffled weights, and of drawn states (${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--chunk",
            paramLabel = "K",
            description = "Prompts computed together (by a fixed rule on their length).")
    private Integer chunk;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of one operation (one per core).")
    private Integer threads;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            description =
                    "Ceiling on resident memory without file-mapped pages, such as 4g; layers stay in memory as far as "
                            + "it allows. Without it layers are streamed, and half of the machine's memory is the ceiling.")
    private String memory;

    @Option(
            names = "--tokenizer",
            paramLabel = "FILE",
            description = "tokenizer.json for text prompts (the model's own).")
    private Path tokenizer;

    @Option(names = "--special-tokens", description = "Encode text prompts with the tokenizer's special tokens.")
    private boolean specialTokens;

    @Option(names = "--save-hidden", description = "Keep the hidden states after the last pass in hidden.npy.")
    private boolean saveHidden;

    @Mixin
    private StateOptions states;

    @Option(names = "--offline", description = "Make no request: use what the Hugging Face cache holds.")
    private boolean offline;

    @Option(
            names = "--recycle",
            paramLabel = "R",
            defaultValue = "final-norm",
            description = "What a pass hands to the next: final-norm (its output) or raw (the last block's output as it"
                    + " is) (${DEFAULT-VALUE}).")
    private String recycle;

    @Option(
            names = "--similarity",
            paramLabel = "S",
            defaultValue = "cosine",
            description = "Of tokens, in the error: cosine or absolute, its absolute value (${DEFAULT-VALUE}).")
    private String similarity;

    @Option(
            names = "--measures",
            paramLabel = "NAME,...",
            split = ",",
            description = "Record these of 'consensus measures' beside the error, in measures/; or all, default or none"
                    + " (default: error-without-token-1, pairwise-mean, pairwise-max, order-parameter,"
                    + " across-prompt-similarity).")
    private List<String> measures = List.of(Measures.DEFAULT);

    /** The plan these options describe. */
    ExperimentPlan plan() {
        requireDevice(device);
        if (threads != null && threads < 1) {
            throw Problem.input("--threads is %d: expected 1 or more.", threads);
        }
        return new ExperimentPlan(
                weightMode(),
                ingredients.ingredients(),
                passes,
                dtype(),
                device,
                seed,
                chunk == null ? OptionalInt.empty() : OptionalInt.of(chunk),
                threads == null ? 0 : threads,
                memory == null ? OptionalLong.empty() : OptionalLong.of(bytes(memory)),
                saveHidden,
                choose("--recycle", recycle, Recycling.optionNames(), List.of(Recycling.values())),
                choose("--similarity", similarity, Similarity.optionNames(), List.of(Similarity.values())),
                Measures.choose(measures),
                states.states());
    }

    static void requireDevice(String device) {
        if (!DEVICE.matcher(device).matches()) {
            throw Problem.input("--device %s: expected auto, cpu, cuda, cuda:0 (or another index) or mps.", device);
        }
    }

    WeightMode weightMode() {
        return choose("--weights", weights, WeightMode.optionNames(), List.of(WeightMode.values()));
    }

    private DType dtype() {
        return DType.floatingPoint(dtype.toLowerCase(Locale.ROOT))
                .orElseThrow(() -> Problem.input("--dtype %s: expected one of %s.", dtype, DType.floatingPointNames()));
    }

    String prompts() {
        return prompts == null ? "paper" : prompts;
    }

    /** Whether prompts were asked for, so that a file of states has to fit them. */
    boolean namesPrompts() {
        return prompts != null || limitPrompts != null;
    }

    OptionalInt limitPrompts() {
        return limitPrompts == null ? OptionalInt.empty() : OptionalInt.of(limitPrompts);
    }

    Optional<Path> tokenizer() {
        return Optional.ofNullable(tokenizer);
    }

    boolean offline() {
        return offline;
    }

    boolean specialTokens() {
        return specialTokens;
    }

    boolean skipZeroRows() {
        return skipZeroRows;
    }

    static <T> T choose(String option, String text, List<String> names, List<T> values) {
        int i = names.indexOf(text.toLowerCase(Locale.ROOT));
        if (i < 0) {
            throw Problem.input("%s %s: expected one of %s.", option, text, String.join(", ", names));
        }
        return values.get(i);
    }

    /** A size such as 4g, 512m or 1.5GiB in bytes; units are powers of 1024. */
    static long bytes(String text) {
        Matcher m = SIZE.matcher(text.strip());
        if (!m.matches()) {
            throw Problem.input("--memory %s: expected a size such as 4g or 900m.", text);
        }
        String unit = m.group(2).toLowerCase(Locale.ROOT);
        double bytes = Double.parseDouble(m.group(1)) * Math.pow(1024, unit.isEmpty() ? 0 : "kmgt".indexOf(unit) + 1);
        if (bytes < 1 || bytes > Long.MAX_VALUE / 2.0) {
            throw Problem.input("--memory %s: expected a size such as 4g or 900m.", text);
        }
        return (long) bytes;
    }
}
