package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.cli.options.OutFolder;
import org.consensusprobe.cli.options.PlanOptions;
import org.consensusprobe.cli.terminal.Interruption;
import org.consensusprobe.cli.terminal.Progress;
import org.consensusprobe.cli.terminal.Terminal;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.loop.Exit;
import org.consensusprobe.experiment.loop.Generation;
import org.consensusprobe.experiment.loop.MemoryPlan;
import org.consensusprobe.experiment.loop.Sampling;
import org.consensusprobe.experiment.record.GeneratedTexts;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.lookup.PromptsOfRun;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Values;
import org.consensusprobe.prompts.PromptSet;
import org.consensusprobe.prompts.Tokenizer;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code consensus generate}: text after N recycled passes. */
@Command(
        name = "generate",
        modelTransformer = PlanOptions.Adder.class,
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
public final class GenerateCommand extends ConsoleCommand implements PlanOptions.Taker {
    private static final PlanOptions OPTIONS = PlanOptions.without(
                    Fields.REVISION,
                    RouteFields.PASSES,
                    Fields.INITIAL,
                    Fields.PROMPTS,
                    Fields.SAVE_HIDDEN,
                    Fields.SAVE_HIDDEN_AT,
                    Fields.SAVE_ATTENTION_AT,
                    Fields.BOS,
                    Fields.PER_TOKEN,
                    Fields.MEASURES,
                    Fields.SIMILARITY,
                    Fields.CHUNK)
            .requiring(Fields.MODEL, Fields.ADAPTER);

    private static final int MOST_TOKENS = 1_000_000;

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

    @Option(
            names = "--passes",
            paramLabel = "N,...",
            split = ",",
            description =
                    "Passes through all blocks; a text for each number (default: 1,2,4, of which 1 is the model itself; as many as"
                            + " it was trained with of a model that loops by itself).")
    private List<String> passes;

    @Option(
            names = "--exit",
            paramLabel = "X",
            description =
                    "From which pass a model with a gate scores the next token: expected (all passes, weighted with the"
                            + " probability that the gate ends there), last, or a probability such as 0.9 (the first pass up to which"
                            + " the gate ends with so much) (default: expected; last for models without a gate).")
    private String exit;

    @Option(
            names = "--tokens",
            paramLabel = "N",
            defaultValue = "40",
            description = "Tokens to add to each prompt (default: ${DEFAULT-VALUE}).")
    private int tokens;

    @Option(names = "--greedy", description = "Take the most probable token.")
    private boolean greedy;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            defaultValue = "0.8",
            description = "Nucleus: every token whose inclusive cumulative probability exceeds P is dropped, except the"
                    + " first (default: ${DEFAULT-VALUE}).")
    private double topP;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            defaultValue = "1",
            description = "Divides the scores (default: ${DEFAULT-VALUE}).")
    private double temperature;

    @Option(names = "--out", paramLabel = "DIR", description = "Where files go (default: a new folder in results/).")
    private Path out;

    @Option(names = "--force", description = "Write into --out even if it holds something.")
    private boolean force;

    @Override
    public PlanOptions planOptions() {
        return OPTIONS;
    }

    @Override
    public Integer call() {
        PrintWriter stdout = spec.commandLine().getOut();
        PrintWriter stderr = spec.commandLine().getErr();
        Values values = OPTIONS.values(spec).with(Fields.MEASURES, List.of());
        requireSense(values);
        Sampling sampling = new Sampling(greedy, topP, temperature);
        RunPlan first = RunPlan.of(values);
        long seed = values.get(Fields.SEED);
        // every step runs all layers, so they stay where they fit
        Machine machine = OPTIONS.machine(spec).withMemory(MemoryPlan.halfOfMachine());
        ModelLookup.Found found = Terminal.models(machine, stderr).find(first);
        Transformer model = found.subject().transformer();
        if (model.images().isPresent()) {
            throw Problem.input(
                    "%s: a %s model takes images and scores no next token; text needs a decoder.",
                    found.subject().name(), model.sizes().modelType());
        }
        Exit from = Exit.parse(exit, found.subject().name(), model);
        Optional<Path> file = PromptsOfRun.tokenizer(found, first);
        PromptSet prompts = prompts(found, first, file);
        List<RunPlan> plans = numbers(model.fit(first), model).stream()
                .map(n -> model.fit(RunPlan.of(values.parse(RouteFields.PASSES, n))))
                .toList();
        for (RunPlan plan : plans) {
            Generation.prepare(found.subject(), plan, machine, prompts.ids(), tokens, sampling, from)
                    .close(); // what is wrong is said before anything runs
        }
        Path folder = out != null ? out : OutFolder.fresh("generate");
        OutFolder.prepare(folder, force, List.of());
        try (GeneratedTexts texts = new GeneratedTexts(file, prompts, sampling, from, seed)) {
            for (RunPlan plan : plans) {
                try (Generation generation =
                        Generation.prepare(found.subject(), plan, machine, prompts.ids(), tokens, sampling, from)) {
                    List<List<Generation.Step>> steps = steps(generation, plan, seed);
                    texts.add(plan, plan.route(model.layers()), generation, steps);
                    texts.printLast(stdout);
                }
            }
            texts.write(folder, found);
            stdout.println("written to " + folder);
        }
        return 0;
    }

    private List<List<Generation.Step>> steps(Generation generation, RunPlan plan, long seed) {
        try (Progress progress = new Progress(spec.commandLine().getErr(), "tokens", tokens)) {
            return generation.run(
                    seed, (step, made) -> progress.step(message(plan.passes().count(), made)), Interruption::requested);
        }
    }

    private List<String> numbers(RunPlan plan, Transformer model) {
        return passes != null
                ? passes
                : model.ownLoop()
                        .filter(loop -> loop.isThatOf(plan, model.layers()))
                        .map(loop -> List.of(Integer.toString(loop.passes())))
                        .orElse(List.of("1", "2", "4"));
    }

    private static String message(int passes, List<Generation.Step> made) {
        double error = made.stream()
                .mapToDouble(s -> s.errors()[s.errors().length - 1])
                .average()
                .orElseThrow();
        return String.format(Locale.ROOT, "passes %d  error %.4g at the end", passes, error);
    }

    private void requireSense(Values values) {
        if (tokens < 1 || tokens > MOST_TOKENS) {
            throw Problem.input("--tokens is %d: expected 1 to %d.", tokens, MOST_TOKENS);
        }
        if (passes != null && (passes.isEmpty() || passes.stream().distinct().count() < passes.size())) {
            throw Problem.input("--passes: expected different numbers such as 1,2,4.");
        }
        if (values.has(Fields.LIMIT_PROMPTS) && source.texts != null) {
            throw Problem.input("--limit-prompts goes with --prompts; each --prompt is taken.");
        }
    }

    private PromptSet prompts(ModelLookup.Found found, RunPlan plan, Optional<Path> file) {
        if (source.texts != null) {
            List<Optional<String>> texts =
                    source.texts.stream().map(Optional::of).toList();
            return new PromptSet(
                    "--prompt",
                    encode(file, plan, found),
                    texts,
                    plan.prompts().specialTokens(),
                    file,
                    OptionalInt.empty(),
                    0);
        }
        boolean own = source.form == null;
        RunPlan named = plan.with(Fields.PROMPTS, own ? "prompts/natural.txt" : source.form);
        return PromptsOfRun.read(
                found,
                own && plan.prompts().limit().isEmpty() ? named.with(Fields.LIMIT_PROMPTS, Optional.of(1)) : named);
    }

    private List<int[]> encode(Optional<Path> file, RunPlan plan, ModelLookup.Found found) {
        Transformer.Sizes sizes = found.subject().transformer().sizes();
        Path path = file.orElseThrow(() -> Problem.input(
                "--prompt: %s has no tokenizer; name one with --tokenizer, or give ids with --prompts.",
                found.subject().name()));
        List<int[]> ids = new ArrayList<>();
        try (Tokenizer tokenizer = Tokenizer.load(path)) {
            for (String text : source.texts) {
                int[] encoded = encode(tokenizer, text, plan.prompts().specialTokens());
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

    private static int[] encode(Tokenizer tokenizer, String text, boolean specialTokens) {
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
