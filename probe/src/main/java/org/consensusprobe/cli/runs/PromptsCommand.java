package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.consensusprobe.cli.options.ConsoleCommand;
import org.consensusprobe.cli.terminal.Terminal;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Problem;
import org.consensusprobe.lookup.LocalModelFacts;
import org.consensusprobe.lookup.ModelFacts;
import org.consensusprobe.prompts.PromptContext;
import org.consensusprobe.prompts.PromptReader;
import org.consensusprobe.prompts.PromptSet;
import org.consensusprobe.prompts.RandomPrompts;
import org.consensusprobe.prompts.Tokenizer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code consensus prompts make|show}: draws random prompts as the paper does, and shows what a model would be given. */
@Command(
        name = "prompts",
        description = "Make random prompts, or show prompts as text and ids.",
        subcommands = {PromptsCommand.Make.class, PromptsCommand.Show.class},
        synopsisSubcommandLabel = "(make | show)")
public final class PromptsCommand extends ConsoleCommand {
    private final ModelFacts.Lookup models;

    /** With models known by alias, directory or file. */
    public PromptsCommand() {
        this(new LocalModelFacts(() -> Terminal.models(false, new PrintWriter(System.err))));
    }

    /** With another way to find the model that {@code show --model} names. */
    public PromptsCommand(ModelFacts.Lookup models) {
        this.models = models;
    }

    @Override
    public Integer call() {
        throw new CommandLine.ParameterException(spec.commandLine(), "Missing subcommand: make or show.");
    }

    /** {@code consensus prompts make}. */
    @Command(
            name = "make",
            description = {
                "Draw random prompts as Python's random does, one {\"ids\":[...]} a line.",
                "The defaults make the paper's prompts."
            })
    static final class Make extends ConsoleCommand {
        @Option(
                names = "--count",
                paramLabel = "N",
                defaultValue = "100",
                description = "Prompts (default: ${DEFAULT-VALUE}).")
        private int count;

        @Option(
                names = "--length",
                paramLabel = "T",
                defaultValue = "200",
                description = "Tokens of each prompt (default: ${DEFAULT-VALUE}).")
        private int length;

        @Option(
                names = "--vocabulary",
                paramLabel = "V",
                defaultValue = "50257",
                description = "Ids are drawn from 0 to V-1 (default: ${DEFAULT-VALUE}).")
        private int vocabulary;

        @Option(
                names = "--seed",
                paramLabel = "S",
                defaultValue = "42",
                description = "Any integer, as for Python's random.seed (default: ${DEFAULT-VALUE}).")
        private BigInteger seed;

        @Option(names = "--out", paramLabel = "FILE.jsonl", description = "Write a file instead of standard output.")
        private Path out;

        @Option(names = "--force", description = "Overwrite the file.")
        private boolean force;

        @Override
        public Integer call() {
            if (vocabulary < 1) {
                throw Problem.input("--vocabulary must be at least 1, found %d.", vocabulary);
            }
            RandomPrompts prompts = new RandomPrompts(count, length, seed);
            if (out == null) {
                PrintWriter stdout = spec.commandLine().getOut();
                prompts.draw(vocabulary).forEach(ids -> stdout.print(line(ids)));
                stdout.flush();
            } else {
                requireWritable();
                List<int[]> drawn = prompts.draw(vocabulary);
                AtomicFiles.write(out, file -> {
                    for (int[] ids : drawn) {
                        file.write(line(ids).getBytes(StandardCharsets.US_ASCII));
                    }
                });
            }
            return 0;
        }

        private void requireWritable() {
            if (!out.toString().toLowerCase(Locale.ROOT).endsWith(".jsonl")) {
                throw Problem.input("--out %s: expected a name that ends in .jsonl, by which --prompts knows it.", out);
            }
            if (Files.isDirectory(out)) {
                throw Problem.input("--out %s: is a directory; expected a file.", out);
            }
            if (!Files.isDirectory(out.toAbsolutePath().getParent())) {
                throw Problem.input("--out %s: its folder does not exist.", out);
            }
            if (Files.exists(out) && !force) {
                throw Problem.input("--out %s: the file exists. Add --force to overwrite it.", out);
            }
        }

        private static String line(int[] ids) {
            return "{\"ids\":[" + joined(ids, ",") + "]}\n";
        }
    }

    /** {@code consensus prompts show}. */
    @Command(
            name = "show",
            description = {
                "Show prompts as the model would be given them, as text and as ids.",
                "Without --model, --tokenizer and --vocabulary: for GPT-2's vocabulary and tokenizer."
            })
    static final class Show extends ConsoleCommand {
        @Parameters(paramLabel = "PROMPTS", description = "One of: " + PromptReader.FORMS + ".")
        private String form;

        @Option(
                names = "--model",
                paramLabel = "M",
                description = "Show them for this model: an alias, a directory or a .gguf file.")
        private String model;

        @Option(
                names = "--tokenizer",
                paramLabel = "FILE",
                description =
                        "The tokenizer for texts: a tokenizer.json, a SentencePiece model, a GGUF file or a folder.")
        private Path tokenizer;

        @Option(names = "--vocabulary", paramLabel = "V", description = "Ids are 0 to V-1.")
        private Integer vocabulary;

        @Option(names = "--special-tokens", description = "Encode texts with the tokenizer's special tokens.")
        private boolean specialTokens;

        @Option(names = "--limit-prompts", paramLabel = "K", description = "Only the first K prompts.")
        private Integer limit;

        @Option(names = "--ids", description = "Show token ids below the text.")
        private boolean withIds;

        @ParentCommand
        private PromptsCommand parent;

        @Override
        public Integer call() {
            PromptContext context = context();
            PromptSet prompts = PromptReader.read(form, context);
            PrintWriter out = spec.commandLine().getOut();
            out.println(prompts.describe());
            if (context.tokenizer().isPresent()) {
                try (Tokenizer decoder = Tokenizer.load(context.tokenizer().get())) {
                    print(out, prompts, Optional.of(decoder));
                }
            } else {
                print(out, prompts, Optional.empty());
            }
            return 0;
        }

        private PromptContext context() {
            if (model != null && vocabulary != null) {
                throw Problem.input("--vocabulary: the model has its own; leave out --model or --vocabulary.");
            }
            ModelFacts facts = model == null ? withoutModel() : parent.models.find(model);
            return new PromptContext(
                    facts.vocabulary(),
                    facts.contextLength(),
                    facts.name(),
                    tokenizer == null
                            ? facts.tokenizer()
                            : Tokenizer.locate(Optional.of(tokenizer), Optional.empty(), facts.vocabulary()),
                    specialTokens,
                    limit == null ? OptionalInt.empty() : OptionalInt.of(limit));
        }

        private ModelFacts withoutModel() {
            int size = vocabulary != null
                    ? vocabulary
                    : tokenizer != null ? tokenizerVocabulary() : PromptReader.PAPER_VOCABULARY;
            return new ModelFacts(
                    vocabulary != null || tokenizer == null ? "a vocabulary of " + size : "the tokenizer",
                    size,
                    PromptContext.UNLIMITED,
                    Tokenizer.locate(Optional.empty(), Optional.empty(), size));
        }

        private int tokenizerVocabulary() {
            Path file = Tokenizer.locate(Optional.of(tokenizer), Optional.empty(), 0)
                    .orElseThrow();
            try (Tokenizer loaded = Tokenizer.load(file)) {
                return loaded.vocabulary();
            }
        }

        private void print(PrintWriter out, PromptSet prompts, Optional<Tokenizer> decoder) {
            for (int i = 0; i < prompts.count(); i++) {
                int[] ids = prompts.ids(i);
                out.printf("%nprompt %d, %d %s%n", i + 1, ids.length, ids.length == 1 ? "token" : "tokens");
                decoder.ifPresent(d -> out.println(visible(d.decode(ids))));
                if (withIds || decoder.isEmpty()) {
                    out.println(joined(ids, " "));
                }
            }
        }

        /** Random ids spell control characters too, which a terminal would obey; they are shown as Python would. */
        private static String visible(String text) {
            return text.codePoints().mapToObj(Show::visible).collect(Collectors.joining());
        }

        private static String visible(int c) {
            return switch (c) {
                case '\n' -> "\\n";
                case '\r' -> "\\r";
                case '\t' -> "\\t";
                default -> Character.isISOControl(c) ? "\\x%02x".formatted(c) : Character.toString(c);
            };
        }
    }

    private static String joined(int[] ids, String separator) {
        return IntStream.of(ids).mapToObj(Integer::toString).collect(Collectors.joining(separator));
    }
}
