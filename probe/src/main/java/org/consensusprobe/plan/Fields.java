package org.consensusprobe.plan;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.consensusprobe.plan.Field.Group;
import org.consensusprobe.plan.Field.Mention;
import org.consensusprobe.plan.Field.Role;
import org.consensusprobe.torch.DType;

/**
 * The one list of what a run can be told. Options and their help, sweep files, manifests, what may be resumed, what may be
 * compared, columns of tables, titles and legends are made from it.
 */
public final class Fields {
    /** The most passes of a run. */
    public static final int MOST_PASSES = 1_000_000;

    private static final int MOST_PROMPTS = 1 << 24;
    private static final String INGREDIENTS_DIFFER = "different ingredients";
    private static final Codec<String> MODELS = Codec.text(
            "an alias such as gpt2-xl, a hub id, a directory or a .gguf file",
            Codec.TEXT.parser(),
            Function.identity());
    private static final Codec<Path> FILE = Codec.text("a file", Path::of, Path::toString);

    public static final Field<String> MODEL = Field.of("model", MODELS, "")
            .in(Group.MODEL, Role.SOURCE, p -> p.model().name())
            .said(Mention.ALWAYS, (name, p) -> name)
            .help(
                    "M",
                    "An alias of models/ (gpt2-xl, demo-gpt2, ...), a hub id (org/name[@revision]), the directory of a"
                            + " checkpoint or a .gguf file.");

    public static final Field<Optional<String>> REVISION = Field.of("revision", Codec.TEXT.orNone(), Optional.empty())
            .in(Group.MODEL, Role.SOURCE, p -> p.model().revision())
            .said(Mention.APART, (revision, p) -> revision.map(r -> "revision " + r)
                    .orElse(""))
            .help("R", "Branch, tag or commit on the hub (the model's own).");

    public static final Field<WeightMode> WEIGHTS = Field.of(
                    "weights", Codec.choice(WeightMode.class), WeightMode.TRAINED)
            .in(Group.MODEL, Role.IDENTITY, p -> p.weights().mode())
            .said(Mention.ALWAYS, (mode, p) -> mode.words(p.seed()))
            .help(
                    "W",
                    "trained, shuffled (entries permuted within each tensor), random (one draw) or random-each-pass.");

    public static final Field<Shuffle> SHUFFLE = Field.of("shuffle", Codec.choice(Shuffle.class), Shuffle.ALL)
            .in(Group.MODEL, Role.IDENTITY, p -> p.weights().shuffle())
            .said(
                    Mention.CHANGED,
                    (shuffle, p) -> shuffle == Shuffle.MATRICES ? "norms and biases kept" : "all shuffled")
            .caution("different tensors are shuffled")
            .help(
                    "WHAT",
                    "What shuffled weights permute: matrices (embedding tables too; norms and biases stay) or all.");

    public static final Field<Long> SEED = Field.of("seed", Codec.integer(0, Long.MAX_VALUE, Long::valueOf), 42L)
            .in(Group.MODEL, Role.DRAW, RunPlan::seed)
            .help("S", "Of random and shuffled weights, and of drawn states.");

    public static final Field<Boolean> FEED_FORWARD = Field.of("feed_forward", Codec.FLAG, true)
            .in(Group.INGREDIENTS, Role.IDENTITY, RunPlan::feedForward)
            .said(Mention.ALWAYS, (on, p) -> on ? "with feed-forward" : "no feed-forward")
            .help("", "Leave out the feed-forward half of every block.");

    public static final Field<Mask> MASK = Field.of("mask", Mask.CODEC, Mask.OWN)
            .in(Group.INGREDIENTS, Role.IDENTITY, p -> p.ingredients().mask())
            .said(Mention.CHANGED, (mask, p) -> mask.words())
            .caution(INGREDIENTS_DIFFER)
            .help(
                    "MASK",
                    "Which tokens a token sees: own (the model's), causal, full (all), or window:K (itself and the K - 1"
                            + " before it, in every layer).");

    public static final Field<Double> BETA = Field.of("beta", Codec.NUMBER, 1.0)
            .in(Group.INGREDIENTS, Role.IDENTITY, p -> p.ingredients().beta())
            .said(Mention.CHANGED, (beta, p) -> "beta " + Field.plain(beta))
            .caution(INGREDIENTS_DIFFER)
            .help("X", "Multiply attention scores: an inverse temperature; 0 makes attention uniform.");

    public static final Field<Double> ATTENTION_SCALE = Field.of("attention_scale", Codec.NUMBER, 1.0)
            .in(Group.INGREDIENTS, Role.IDENTITY, p -> p.ingredients().attentionScale())
            .said(Mention.CHANGED, (factor, p) -> "attention x " + Field.plain(factor))
            .caution(INGREDIENTS_DIFFER)
            .help("X", "Multiply what attention adds to the residual stream.");

    public static final Field<Boolean> SKIP = Field.of("skip", Codec.FLAG, true)
            .in(Group.INGREDIENTS, Role.IDENTITY, p -> p.ingredients().skip())
            .said(Mention.CHANGED, (on, p) -> on ? "skips" : "no skips")
            .caution(INGREDIENTS_DIFFER)
            .help(
                    "",
                    "Without residual connections: each half of a block replaces the stream instead of adding to it.");

    public static final Field<Boolean> NORM = Field.of("norm", Codec.FLAG, true)
            .in(Group.INGREDIENTS, Role.IDENTITY, p -> p.ingredients().norm())
            .said(Mention.CHANGED, (on, p) -> on ? "norms" : "no norms")
            .caution(INGREDIENTS_DIFFER)
            .help("", "Norms do not normalise; their gain and bias stay. The final norm too.");

    public static final Field<List<Integer>> HEADS = Field.of("heads", Heads.CODEC, List.<Integer>of())
            .in(Group.INGREDIENTS, Role.IDENTITY, p -> p.ingredients().heads())
            .said(Mention.CHANGED, (heads, p) -> Heads.words(heads))
            .caution(INGREDIENTS_DIFFER)
            .help("LIST", "Only these heads of every layer speak, counted from 0, such as 0,2,4-7.");

    public static final Field<Integer> PASSES = Field.of("passes", Codec.integer(1, MOST_PASSES, n -> (int) n), 20)
            .in(Group.ROUTE, Role.IDENTITY, p -> p.passes().count())
            .said(Mention.APART, (n, p) -> n + (n == 1 ? " pass" : " passes"))
            .caution("different numbers of passes, so \"the end\" is not the same depth")
            .help("N", "Passes through all blocks, or through the looped ones.");

    public static final Field<Optional<LayerRange>> LOOP = Field.of("loop", LayerRange.CODEC.orNone(), Optional.empty())
            .in(Group.ROUTE, Role.IDENTITY, p -> p.passes().loop())
            .said(Mention.CHANGED, (loop, p) -> loop.map(range -> "loop over layers " + range)
                    .orElse("loop over all layers"))
            .caution("different layers are looped, so depths are not alike")
            .help(
                    "A-B",
                    "Passes go through layers A to B only, counted from 0; those before run once at the start, those"
                            + " after once at the end.");

    public static final Field<Recycling> RECYCLE = Field.dependent(
                    "recycle", Codec.choice(Recycling.class), Fields::recycling)
            .in(Group.ROUTE, Role.IDENTITY, p -> p.passes().recycling())
            .said(
                    Mention.CHANGED,
                    (r, p) -> r == Recycling.RAW ? "no norm between passes" : "final norm between passes")
            .caution("different states are fed back")
            .help(
                    "R",
                    "What a pass hands to the next: final-norm (its output) or raw (the last block's output as it is,"
                            + " what a loop hands on unless it is told otherwise).");

    public static final Field<Double> STEP = Field.of(
                    "step", Codec.number("a number above 0 and up to 1, such as 0.5 or 1/6", s -> s > 0 && s <= 1), 1.0)
            .in(Group.ROUTE, Role.IDENTITY, p -> p.passes().step())
            .said(Mention.CHANGED, (step, p) -> "step " + Field.fraction(step))
            .caution("different steps, so a pass is not the same map")
            .help(
                    "S",
                    "Damp: a pass hands on x + S (g(x) - x), x what entered it and g(x) what the layers make of it (1: g(x)"
                            + " itself). A fraction such as 1/6 will do.");

    public static final Field<Double> ANCHOR = Field.of(
                    "anchor", Codec.number("a number from 0 up to but not including 1", b -> b >= 0 && b < 1), 0.0)
            .in(Group.ROUTE, Role.IDENTITY, p -> p.passes().anchor())
            .said(Mention.CHANGED, (anchor, p) -> "anchor " + Field.plain(anchor))
            .caution("different anchors, so a pass is not the same map")
            .help("B", "Mix what entered the first pass into what every pass hands on, with weight B.");

    public static final Field<Optional<Double>> UNTIL = Field.of(
                    "until",
                    Codec.number("a number above 0, such as 1e-5", e -> e > 0).orNone(),
                    Optional.<Double>empty())
            .in(Group.ROUTE, Role.IDENTITY, p -> p.passes().until())
            .said(Mention.CHANGED, (until, p) -> until.map(e -> "until steps are below " + Field.plain(e))
                    .orElse("all passes"))
            .caution("different ends: runs with --until stop where their prompts have settled")
            .help(
                    "E",
                    "End once every prompt has settled: |x_k - x_(k-1)| / |x_(k-1)| below E in two passes running. At"
                            + " most --passes.");

    public static final Field<Initial> INITIAL = Field.of("initial", Initial.CODEC, Initial.EMBEDDING)
            .in(Group.START, Role.IDENTITY, RunPlan::initial)
            .said(Mention.CHANGED, (initial, p) -> initial.words(p.seed()))
            .caution("different initial states, so depth 0 is not alike")
            .recordedAs(Initial::recorded)
            .help(
                    "S",
                    "What enters the first block: embedding (of the prompts), uniform (directions drawn on the sphere, at"
                            + " the embedding's norms), consensus+SIZE (every token the prompt's first, moved by SIZE of its norm), or"
                            + " FILE.npy ([prompts, tokens, dim]; shorter prompts end in NaN; its prompts where none are named).");

    public static final Field<String> PROMPTS = Field.dependent("prompts", Codec.TEXT, PromptForms::neutral)
            .in(Group.START, Role.SOURCE, p -> p.prompts().form())
            .said(Mention.ALWAYS, PromptForms::words)
            .column("prompt_set")
            .recordedAs(PromptForms::recorded)
            .help("P", "paper, random:COUNTxLENGTH[@SEED], or a .json, .jsonl or .txt file.");

    public static final Field<Optional<Integer>> LIMIT_PROMPTS = Field.of(
                    "limit_prompts",
                    Codec.integer(1, MOST_PROMPTS, n -> (int) n).orNone(),
                    Optional.empty())
            .in(Group.START, Role.SOURCE, p -> p.prompts().limit())
            .help("K", "Only the first K prompts.");

    public static final Field<Boolean> SPECIAL_TOKENS = Field.of("special_tokens", Codec.FLAG, false)
            .in(Group.START, Role.SOURCE, p -> p.prompts().specialTokens())
            .said(Mention.APART, (on, p) -> on ? "with special tokens" : "without special tokens")
            .caution("text was encoded differently")
            .help("", "Encode text prompts with the tokenizer's special tokens.");

    public static final Field<Boolean> SKIP_ZERO_ROWS = Field.of("skip_zero_rows", Codec.FLAG, false)
            .in(Group.START, Role.SOURCE, p -> p.prompts().skipZeroRows())
            .help("", "Leave ids out of random prompts whose embedding is the zero vector, which has no direction.");

    public static final Field<Optional<Path>> TOKENIZER = Field.of("tokenizer", FILE.orNone(), Optional.empty())
            .in(Group.START, Role.SOURCE, p -> p.model().tokenizer())
            .recordedAs(file -> file.map(Path::getFileName))
            .help("FILE", "tokenizer.json for text prompts (the model's own).");

    public static final Field<Boolean> SAVE_HIDDEN = Field.of("save_hidden", Codec.FLAG, false)
            .in(Group.KEPT, Role.OUTPUT, p -> p.kept().hidden())
            .help("", "Keep the hidden states after the last pass in hidden.npy.");

    public static final Field<DepthList> SAVE_HIDDEN_AT = Field.of(
                    "save_hidden_at", DepthList.codec("--save-hidden-at"), DepthList.NONE)
            .in(Group.KEPT, Role.OUTPUT, p -> p.kept().hiddenAt())
            .help(
                    "LIST",
                    "Keep hidden states in hidden/: depths (0,8,16-24: columns of error.npy) and layer:L (behind layer L"
                            + " of every pass) as depth-D.npy, pass:N (what pass N hands to the next) as pass-N.npy; layers and passes"
                            + " from 1.");

    public static final Field<DepthList> SAVE_ATTENTION_AT = Field.of(
                    "save_attention_at", DepthList.codec("--save-attention-at"), DepthList.NONE)
            .in(Group.KEPT, Role.OUTPUT, p -> p.kept().attentionAt())
            .help(
                    "LIST",
                    "Keep attention matrices [prompts, heads, tokens, tokens] in attention/: of the blocks that end at"
                            + " these depths (1-8: the layers of the first pass), of layer:L in every pass, or of all layers in pass:N.");

    public static final Field<List<String>> MEASURES = Field.dependent(
                    "measures", MeasureNames.CODEC, v -> MeasureNames.defaults(v.get(PASSES)))
            .in(Group.KEPT, Role.OUTPUT, RunPlan::measures)
            .help(
                    "NAME,...",
                    "Record these of 'consensus measures' beside the error, in measures/; or all, default or none.");

    public static final Field<Similarity> SIMILARITY = Field.of(
                    "similarity", Codec.choice(Similarity.class), Similarity.COSINE)
            .in(Group.KEPT, Role.IDENTITY, RunPlan::similarity)
            .said(Mention.CHANGED, (s, p) -> s == Similarity.ABSOLUTE ? "|cos|" : "cos")
            .help("S", "Of tokens, in the error: cosine or absolute, its absolute value.");

    public static final Field<DType> DTYPE = Field.of("dtype", Codec.DTYPE, DType.FLOAT32)
            .in(Group.ARITHMETIC, Role.IDENTITY, RunPlan::dtype)
            .said(Mention.ALWAYS, (dtype, p) -> dtype.torchName())
            .caution("different dtypes, so different floors")
            .help("T", "float64, float32, bfloat16 or float16; the last two are mixed with float32.");

    public static final Field<Optional<Integer>> CHUNK = Field.of(
                    "chunk", Codec.integer(1, MOST_PROMPTS, n -> (int) n).orNone(), Optional.empty())
            .in(Group.ARITHMETIC, Role.IDENTITY, p -> p.arithmetic().chunk())
            .said(Mention.APART, (k, p) -> k.map(n -> "chunks of " + n).orElse(""))
            .help("K", "Prompts computed together (by a fixed rule on their length).");

    public static final Field<String> DEVICE = Field.of(
                    "device",
                    Codec.text("auto, cpu, cuda, cuda:0 (or another index) or mps", Fields::device, text -> text),
                    "auto")
            .help("D", "auto, cpu, cuda[:i] or mps.");

    public static final Field<Optional<Integer>> THREADS = Field.of(
                    "threads", Codec.integer(1, 4096, n -> (int) n).orNone(), Optional.empty())
            .help("N", "Threads of one operation (one per core).");

    public static final Field<Optional<Long>> MEMORY = Field.of(
                    "memory", Codec.SIZE_IN_BYTES.orNone(), Optional.empty())
            .help(
                    "SIZE",
                    "Ceiling on resident memory without file-mapped pages, such as 4g; layers stay in memory as far as it"
                            + " allows. Without it layers are streamed, and half of the machine's memory is the ceiling.");

    public static final Field<Boolean> OFFLINE =
            Field.of("offline", Codec.FLAG, false).help("", "Make no request: use what the Hugging Face cache holds.");

    /** What a run is told, in the order of titles, columns and help. */
    public static final List<Field<?>> OF_A_RUN = List.of(
            MODEL,
            REVISION,
            WEIGHTS,
            SEED,
            FEED_FORWARD,
            MASK,
            BETA,
            ATTENTION_SCALE,
            SKIP,
            NORM,
            HEADS,
            LOOP,
            RECYCLE,
            STEP,
            ANCHOR,
            UNTIL,
            INITIAL,
            SAVE_HIDDEN,
            SAVE_HIDDEN_AT,
            SAVE_ATTENTION_AT,
            SIMILARITY,
            DTYPE,
            PASSES,
            PROMPTS,
            LIMIT_PROMPTS,
            SPECIAL_TOKENS,
            SKIP_ZERO_ROWS,
            TOKENIZER,
            CHUNK,
            MEASURES,
            SHUFFLE); // columns that are new come last

    /** What the machine is told. */
    public static final List<Field<?>> OF_THE_MACHINE = List.of(DEVICE, THREADS, MEMORY, OFFLINE);

    private Fields() {}

    /** The fields by name, for messages. */
    public static List<String> names() {
        return OF_A_RUN.stream().map(Field::name).toList();
    }

    private static Recycling recycling(Values values) {
        return values.get(LOOP).isPresent() ? Recycling.RAW : Recycling.FINAL_NORM;
    }

    private static String device(String text) {
        if (!text.matches("auto|cpu|mps|cuda(:\\d{1,3})?")) {
            throw new IllegalArgumentException();
        }
        return text;
    }
}
