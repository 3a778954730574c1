package org.consensusprobe.prompts;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.consensusprobe.common.Home;
import org.consensusprobe.common.Problem;

/**
 * Turns a prompt form of the command line into a {@link PromptSet} that fits a model.
 *
 * <p>Nothing is cut or padded to fit: a prompt that the model cannot take is refused by name.
 */
public final class PromptReader {
    /** The prompt forms, for help texts and messages. */
    public static final String FORMS = "paper, " + RandomPrompts.SYNTAX + ", FILE.json, FILE.jsonl, FILE.txt";

    /** The vocabulary of GPT-2 and GPT-Neo, for which the paper's ids are committed as a file. */
    public static final int PAPER_VOCABULARY = 50257;

    private static final String PAPER = "paper";
    private static final String PAPER_FILE = "paper-100x200.jsonl";

    private PromptReader() {}

    /**
     * Reads prompts.
     *
     * @param form {@code paper} (the committed ids where the vocabulary has 50257 entries, elsewhere the same generator
     *     over the model's vocabulary), {@code random:COUNTxLENGTH[@SEED]}, or a {@code .json}, {@code .jsonl} or
     *     {@code .txt} file
     * @param context the model's bounds, the tokenizer for texts, and the limit
     * @throws Problem for an unknown form, a missing or malformed file, and for any prompt among those taken that is
     *     empty, too long, out of the vocabulary or text without a usable tokenizer
     */
    public static PromptSet read(String form, PromptContext context) {
        if (form.equals(PAPER)) {
            return paper(context);
        }
        if (form.startsWith("random:")) {
            return random(form, RandomPrompts.parse(form), context);
        }
        if (PromptFile.isNamedBy(form)) {
            return fromFile(form, path(form), context);
        }
        if (ImageReader.isFolder(form) || ImageReader.isArray(form) || ImageFile.isNamedBy(form)) {
            throw Problem.input(
                    "Prompts '%s': images are for vision models, and %s takes text or token ids; expected %s.",
                    form, context.modelName(), FORMS);
        }
        throw Problem.input("Prompts '%s': unknown form; expected %s.", form, FORMS);
    }

    /**
     * As {@link #read(String, PromptContext)}, for random prompts without some ids.
     *
     * @throws Problem if the prompts are no random ones
     */
    public static PromptSet readWithout(String form, PromptContext context, BitSet leftOut) {
        if (!form.equals(PAPER) && !form.startsWith("random:")) {
            throw Problem.input("--skip-zero-rows goes with random prompts (paper, %s).", RandomPrompts.SYNTAX);
        }
        RandomPrompts random = form.equals(PAPER) ? RandomPrompts.PAPER : RandomPrompts.parse(form);
        return random(form, random, context, leftOut).without(leftOut.cardinality());
    }

    private static PromptSet paper(PromptContext context) {
        if (context.vocabulary() != PAPER_VOCABULARY) {
            return random(PAPER, RandomPrompts.PAPER, context);
        }
        requireLength("Prompts 'paper'", RandomPrompts.PAPER.length(), context);
        return fromFile(PAPER, Home.prompts().resolve(PAPER_FILE), context);
    }

    private static PromptSet random(String form, RandomPrompts random, PromptContext context) {
        return random(form, random, context, new BitSet());
    }

    private static PromptSet random(String form, RandomPrompts random, PromptContext context, BitSet leftOut) {
        String where = "Prompts '" + form + "'";
        try (LazyTokenizer tokenizer = new LazyTokenizer(context)) {
            int[] front = tokenizer.inFront(where);
            boolean on = context.front().orElse(false);
            requireLength(where, random.length() + (on ? front.length : 0), context);
            List<int[]> ids = random.first(context.taken(random.count())).draw(context.vocabulary(), leftOut);
            return new PromptSet(
                    form,
                    ids.stream()
                            .map(own -> on ? FrontTokens.join(front, own) : own)
                            .toList(),
                    List.of(),
                    false,
                    context.tokenizer().filter(own -> context.front().isPresent()),
                    OptionalInt.empty(),
                    0);
        }
    }

    /** Generated prompts all have one length, so the message can say what to ask for instead. */
    private static void requireLength(String where, int length, PromptContext context) {
        if (length > context.contextLength()) {
            throw Problem.input(
                    "%s have %d tokens each; %s has a context of %d. Use shorter ones, for example random:100x%d.",
                    where, length, context.modelName(), context.contextLength(), Math.min(64, context.contextLength()));
        }
    }

    private static PromptSet fromFile(String form, Path file, PromptContext context) {
        PromptFile.Contents contents = PromptFile.read(file, context.taken(Integer.MAX_VALUE));
        List<RawPrompt> raw = contents.prompts();
        if (raw.isEmpty()) {
            throw Problem.input("%s: the file has no prompts.", file);
        }
        List<int[]> ids = new ArrayList<>();
        List<Optional<String>> texts = new ArrayList<>();
        try (LazyTokenizer tokenizer = new LazyTokenizer(context)) {
            tokenizer.inFront(raw.get(0).where()); // which says so where there is none
            for (RawPrompt prompt : raw) {
                ids.add(fit(prompt, tokenizer, context));
                texts.add(prompt instanceof RawPrompt.Text t ? Optional.of(t.text()) : Optional.empty());
            }
        }
        boolean anyText = texts.stream().anyMatch(Optional::isPresent);
        return new PromptSet(
                form,
                ids,
                anyText ? texts : List.of(),
                anyText && context.specialTokens(),
                context.tokenizer().filter(own -> anyText || context.front().isPresent()),
                OptionalInt.empty(),
                contents.blankLines());
    }

    private static int[] fit(RawPrompt prompt, LazyTokenizer tokenizer, PromptContext context) {
        int[] ids = prompt instanceof RawPrompt.Text text
                ? encode(text, tokenizer, context)
                : checkedIds((RawPrompt.Ids) prompt, context);
        if (ids.length > 0 && context.front().isPresent()) {
            boolean theirs = prompt instanceof RawPrompt.Text && context.specialTokens();
            int[] front = tokenizer.inFront(prompt.where());
            ids = FrontTokens.of(ids, theirs, front, context.front().get());
        }
        if (ids.length == 0) {
            throw Problem.input("%s: the prompt is empty; expected at least one token.", prompt.where());
        }
        if (ids.length > context.contextLength()) {
            throw Problem.input(
                    "%s: %d tokens; %s has a context of %d. Shorten the prompt.",
                    prompt.where(), ids.length, context.modelName(), context.contextLength());
        }
        return ids;
    }

    private static int[] checkedIds(RawPrompt.Ids prompt, PromptContext context) {
        int[] ids = new int[prompt.ids().length];
        for (int i = 0; i < ids.length; i++) {
            long id = prompt.ids()[i];
            if (id < 0 || id >= context.vocabulary()) {
                throw Problem.input(
                        "%s: token %d is %d; the vocabulary of %s has ids 0 to %d.",
                        prompt.where(), i + 1, id, context.modelName(), context.vocabulary() - 1);
            }
            ids[i] = (int) id;
        }
        return ids;
    }

    private static int[] encode(RawPrompt.Text prompt, LazyTokenizer lazy, PromptContext context) {
        Tokenizer tokenizer = lazy.open(prompt.where());
        int[] ids;
        try {
            ids = tokenizer.encode(prompt.text(), context.specialTokens());
        } catch (IllegalArgumentException e) {
            throw Problem.input(e, "%s: %s.", prompt.where(), e.getMessage());
        }
        for (int id : ids) {
            if (id < 0 || id >= context.vocabulary()) {
                throw Problem.input(
                        "%s: the tokenizer gives id %d; the vocabulary of %s has ids 0 to %d.%n"
                                + "The tokenizer is %s: name the model's own with --tokenizer FILE.",
                        prompt.where(), id, context.modelName(), context.vocabulary() - 1, tokenizer.file());
            }
        }
        return ids;
    }

    private static Path path(String form) {
        try {
            return Path.of(form);
        } catch (InvalidPathException e) {
            throw Problem.input(e, "Prompts '%s': not a file name: %s.", form, e.getReason());
        }
    }

    /** The tokenizer, loaded at the first text: ids alone need none. */
    private static final class LazyTokenizer implements AutoCloseable {
        private final PromptContext context;
        private Tokenizer tokenizer;
        private int[] front;

        LazyTokenizer(PromptContext context) {
            this.context = context;
        }

        /** The special tokens in front, where something is said of them. */
        int[] inFront(String where) {
            if (front == null) {
                front = context.front().isEmpty() ? new int[0] : FrontTokens.of(openForFront(where), context);
            }
            return front;
        }

        private Tokenizer openForFront(String where) {
            if (context.tokenizer().isEmpty()) {
                throw Problem.input(
                        "--bos: %s has no tokenizer that would say what stands in front of %s. Name one with --tokenizer FILE.",
                        context.modelName(), where);
            }
            return open(where);
        }

        Tokenizer open(String where) {
            if (tokenizer == null) {
                Path file = context.tokenizer()
                        .orElseThrow(() -> Problem.input(
                                "%s is text, and %s has no tokenizer. Name one with --tokenizer FILE (a tokenizer.json).",
                                where, context.modelName()));
                tokenizer = Tokenizer.load(file);
            }
            return tokenizer;
        }

        @Override
        public void close() {
            if (tokenizer != null) {
                tokenizer.close();
            }
        }
    }
}
