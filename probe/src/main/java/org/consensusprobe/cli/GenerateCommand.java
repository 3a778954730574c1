package org.consensusprobe.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.consensusprobe.common.Home;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.ExperimentPlan;
import org.consensusprobe.experiment.Generation;
import org.consensusprobe.experiment.MemoryPlan;
import org.consensusprobe.experiment.Recycling;
import org.consensusprobe.experiment.Sampling;
import org.consensusprobe.experiment.WeightMode;
import org.consensusprobe.experiment.sweep.Machine;
import org.consensusprobe.measure.Similarity;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.prompts.PromptContext;
import org.consensusprobe.prompts.PromptReader;
import org.consensusprobe.prompts.PromptSet;
import org.consensusprobe.prompts.Tokenizer;
import org.consensusprobe.torch.DType;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code consensus generate}: text after N recycled passes. */
@Command(
        name = "generate",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Continue prompts by the text that the model writes after N recycled passes, to see what collapse does to it.",
            "Every step sends all tokens so far through the passes; the last token's state scores the next token.",
            "The error and the entropy of the next token's distribution are recorded at every step."
        },
        footer = {
            "",
            "Examples:",
            "  consensus generate --model demo-gpt2 --prompt \"In the beginning God\" --passes 1,2,4,8",
            "  consensus generate --model openai-community/gpt2 --prompts mine.txt --passes 3 --greedy --tokens 60"
        })
final class GenerateCommand implements Callable<Integer> {
    private static final int MOST_TOKENS = 1_000_000;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "M",
            description = "A decoder: an alias, a hub id (org/name[@revision]) or a checkpoint's directory or file.")
    private String model;

    @ArgGroup
    private Source source = new Source();

    /** One of two ways to give prompts. */
    static final class Source {
        @Option(names = "--prompt", paramLabel = "TEXT", description = "A prompt; give it again for another.")
        private List<String> texts;

        @Option(
                names = "--prompts",
                paramLabel = "P",
                description =
                        "As for run: a .txt, .jsonl or .json file, paper, or random:COUNTxLENGTH[@SEED] (the first"
                                + " of prompts/natural.txt).")
        private String form;
    }

    @Option(names = "--limit-prompts", paramLabel = "K", description = "Only the first K of --prompts.")
    private Integer limitPrompts;

    @Option(
            names = "--passes",
            paramLabel = "N,...",
            split = ",",
            defaultValue = "1,2,4",
            description =
                    "Passes through all blocks; a text for each number (${DEFAULT-VALUE}). 1 is the model itself.")
    private List<Integer> passes;

    @Option(
            names = "--tokens",
            paramLabel = "N",
            defaultValue = "40",
            description = "Tokens to add to each prompt (${DEFAULT-VALUE}).")
    private int tokens;

    @Option(names = "--greedy", description = "Take the most probable token.")
    private boolean greedy;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            defaultValue = "0.8",
            description = "Nucleus: every token whose inclusive cumulative probability exceeds P is dropped, except the"
                    + " first (${DEFAULT-VALUE}).")
    private double topP;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            defaultValue = "1",
            description = "Divides the scores (${DEFAULT-VALUE}).")
    private double temperature;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "42",
            description = "Of the choice of tokens (S + i for prompt i), and of random and shuffled weights"
                    + " (${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--weights",
            paramLabel = "W",
            defaultValue = "trained",
            description = "trained, shuffled, random or random-each-pass (${DEFAULT-VALUE}).")
    private String weights;

    @Mixin
    private IngredientOptions ingredients;

    @Option(
            names = "--recycle",
            paramLabel = "R",
            defaultValue = "final-norm",
            description = "What a pass hands to the next: final-norm or raw (${DEFAULT-VALUE}).")
    private String recycle;

    @Option(
            names = "--dtype",
            paramLabel = "T",
            defaultValue = "float32",
            description = "float64, float32, bfloat16 or float16 (${DEFAULT-VALUE}).")
    private String dtype;

    @Option(
            names = "--tokenizer",
            paramLabel = "FILE",
            description = "tokenizer.json for prompts and texts (the model's own).")
    private Path tokenizerFile;

    @Option(names = "--special-tokens", description = "Encode prompts with the tokenizer's special tokens.")
    private boolean specialTokens;

    @Option(names = "--out", paramLabel = "DIR", description = "Where files go (a new folder in results/).")
    private Path out;

    @Option(names = "--force", description = "Write into --out even if it holds something.")
    private boolean force;

    @Mixin
    private MachineOptions machineOptions;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter stdout = spec.commandLine().getOut();
        PrintWriter stderr = spec.commandLine().getErr();
        requireSense();
        Sampling sampling = new Sampling(greedy, topP, temperature);
        WeightMode mode =
                RunOptions.choose("--weights", weights, WeightMode.optionNames(), List.of(WeightMode.values()));
        ModelLookup.Found found =
                ModelLookup.online(machineOptions.offline(), stderr).find(model, mode);
        Optional<Path> file = tokenizer(found);
        PromptSet prompts = prompts(found, file);
        List<ExperimentPlan> plans = passes.stream().map(n -> plan(mode, n)).toList();
        for (ExperimentPlan plan : plans) {
            Generation.prepare(found.subject(), plan, prompts.ids(), tokens, sampling)
                    .close(); // what is wrong is said before anything runs
        }
        Path folder = out != null ? out : Path.of("results", "generate-" + DemoFolder.time(Instant.now()));
        DemoFolder.prepare(folder, force);
        try (GeneratedTexts texts = new GeneratedTexts(file, prompts, sampling, seed)) {
            for (ExperimentPlan plan : plans) {
                try (Generation generation =
                        Generation.prepare(found.subject(), plan, prompts.ids(), tokens, sampling)) {
                    List<List<Generation.Step>> steps = steps(generation, plan);
                    texts.add(plan, found.subject().transformer().layers(), generation, steps);
                    texts.printLast(stdout);
                }
            }
            texts.write(folder, found);
            stdout.println("written to " + folder);
            stdout.flush();
        }
        return 0;
    }

    private List<List<Generation.Step>> steps(Generation generation, ExperimentPlan plan) {
        try (StepBar bar = StepBar.start(spec.commandLine().getErr(), plan.passes(), tokens)) {
            return generation.run(seed, bar::onStep, Interruption::requested);
        }
    }

    private void requireSense() {
        if (tokens < 1 || tokens > MOST_TOKENS) {
            throw Problem.input("--tokens is %d: expected 1 to %d.", tokens, MOST_TOKENS);
        }
        if (passes.isEmpty() || passes.stream().distinct().count() < passes.size()) {
            throw Problem.input("--passes: expected different numbers such as 1,2,4.");
        }
        if (limitPrompts != null && source.texts != null) {
            throw Problem.input("--limit-prompts goes with --prompts; each --prompt is taken.");
        }
    }

    private ExperimentPlan plan(WeightMode mode, int count) {
        Machine machine = machineOptions.machine();
        return new ExperimentPlan(
                mode,
                ingredients.ingredients(),
                count,
                DType.floatingPoint(dtype.toLowerCase(Locale.ROOT))
                        .orElseThrow(() ->
                                Problem.input("--dtype %s: expected one of %s.", dtype, DType.floatingPointNames())),
                machine.device(),
                seed,
                OptionalInt.empty(),
                machine.threads(),
                // every step runs all layers, so they stay where they fit
                machine.memory().isPresent() ? machine.memory() : OptionalLong.of(MemoryPlan.halfOfMachine()),
                false,
                RunOptions.choose("--recycle", recycle, Recycling.optionNames(), List.of(Recycling.values())),
                Similarity.COSINE,
                List.of());
    }

    private Optional<Path> tokenizer(ModelLookup.Found found) {
        if (tokenizerFile == null) {
            return found.tokenizer().get();
        }
        Path file = Tokenizer.locate(Optional.of(tokenizerFile), Optional.empty(), 0)
                .orElseThrow();
        if (!Files.isRegularFile(file)) {
            throw Problem.input("--tokenizer %s: no such file; expected a tokenizer.json.", file);
        }
        return Optional.of(file);
    }

    private PromptSet prompts(ModelLookup.Found found, Optional<Path> file) {
        Transformer.Sizes sizes = found.subject().transformer().sizes();
        if (source.texts != null) {
            List<Optional<String>> texts =
                    source.texts.stream().map(Optional::of).toList();
            return new PromptSet(
                    "--prompt", encode(file, sizes, found), texts, specialTokens, file, OptionalInt.empty());
        }
        boolean own = source.form == null;
        return PromptReader.read(
                own ? Home.prompts().resolve("natural.txt").toString() : source.form,
                new PromptContext(
                        sizes.vocabulary(),
                        sizes.context(),
                        found.subject().name(),
                        file,
                        specialTokens,
                        limitPrompts != null
                                ? OptionalInt.of(limitPrompts)
                                : own ? OptionalInt.of(1) : OptionalInt.empty()));
    }

    private List<int[]> encode(Optional<Path> file, Transformer.Sizes sizes, ModelLookup.Found found) {
        Path path = file.orElseThrow(() -> Problem.input(
                "--prompt: %s has no tokenizer; name one with --tokenizer, or give ids with --prompts.",
                found.subject().name()));
        List<int[]> ids = new ArrayList<>();
        try (Tokenizer tokenizer = Tokenizer.load(path)) {
            for (String text : source.texts) {
                int[] encoded = encode(tokenizer, text);
                for (int id : encoded) {
                    if (id >= sizes.vocabulary()) {
                        throw Problem.input(
                                "--prompt \"%s\": %s gives the id %d; %s has ids 0 to %d. Is it another model's tokenizer?",
                                text, path, id, found.subject().name(), sizes.vocabulary() - 1);
                    }
                }
                ids.add(encoded);
            }
        }
        return ids;
    }

    private int[] encode(Tokenizer tokenizer, String text) {
        try {
            int[] encoded = tokenizer.encode(text, specialTokens);
            if (encoded.length == 0) {
                throw Problem.input("--prompt \"%s\": no tokens; expected a text to continue.", text);
            }
            return encoded;
        } catch (IllegalArgumentException e) {
            throw Problem.input("--prompt: %s.", e.getMessage());
        }
    }
}
