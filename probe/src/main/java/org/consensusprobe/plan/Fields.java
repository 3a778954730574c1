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
    private static final int MOST_PROMPTS = 1 << 24;
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
            .help("R", "Branch, tag or commit on the hub (default: the model's own).");

    public static final Field<Optional<String>> ADAPTER = Field.of("adapter", Codec.TEXT.orNone(), Optional.empty())
            .in(Group.MODEL, Role.IDENTITY, p -> p.model().adapter())
            .said(
                    Mention.CHANGED,
                    (adapter, p) ->
                            "adapter " + adapter.map(RunPlan::withoutFolders).orElse("none"))
            .recordedAs(adapter -> adapter.map(RunPlan::withoutFolders))
            .help(
                    "A",
                    "An adapter as PEFT saves it (LoRA, rsLoRA, DoRA), merged into the weights: a directory or a hub id"
                            + " (org/name[@revision]); without --model, into the model that it names.");

    public static final Field<Double> ADAPTER_SCALE = Field.of(
                    "adapter_scale", Codec.number("a finite number", x -> true), 1.0)
            .in(Group.MODEL, Role.IDENTITY, p -> p.model().adapterScale())
            .said(Mention.CHANGED, (scale, p) -> "adapter x " + Field.plain(scale))
            .help("X", "How far towards the adapted weights: 0 none of the change, 1 all of it, 2 twice as far.");

    public static final Field<WeightMode> WEIGHTS = Field.of("weights", WeightMode.CODEC, WeightMode.TRAINED)
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

    public static final Field<Initial> INITIAL = Field.of("initial", Initial.CODEC, Initial.EMBEDDING)
            .in(Group.START, Role.IDENTITY, RunPlan::initial)
            .said(Mention.CHANGED, (initial, p) -> initial.words(p.seed()))
            .caution("different initial states, so depth 0 is not alike")
            .recordedAs(Initial::recorded)
            .help(
                    "S",
                    "What enters the first block: embedding (of the prompts), uniform (directions drawn on the sphere, at"
                            + " the embedding's norms; uniform@SEED with a seed of their own), consensus+SIZE (every token the prompt's first, moved by SIZE of its norm), or"
                            + " FILE.npy ([prompts, tokens, dim]; shorter prompts end in NaN; its prompts where none are named). Of a"
                            + " model whose loop is given the embedding in every pass (huginn_raven), what enters the loop: zero (its"
                            + " default), drawn (as the model draws it), uniform (at the norms of what is injected) or FILE.npy.");

    public static final Field<String> PROMPTS = Field.dependent("prompts", Codec.TEXT, PromptForms::neutral)
            .in(Group.START, Role.SOURCE, p -> p.prompts().form())
            .said(Mention.ALWAYS, PromptForms::words)
            .column("prompt_set")
            .recordedAs(PromptForms::recorded)
            .help(
                    "P",
                    "paper, random:COUNTxLENGTH[@SEED], or a .json, .jsonl or .txt file. For a vision model images: a folder of"
                            + " .png or .jpg files, random:COUNT[@SEED] (uniform noise), or FILE.npy (pixels [images, C, H, W]).");

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

    public static final Field<Optional<Bos>> BOS = Field.of(
                    "bos", Codec.choice(Bos.class).orNone(), Optional.<Bos>empty())
            .in(Group.START, Role.SOURCE, p -> p.prompts().bos())
            .said(Mention.CHANGED, (bos, p) -> bos.map(
                            b -> b == Bos.ON ? "with BOS" : b == Bos.OFF ? "without BOS" : "with and without BOS")
                    .orElse("BOS as encoded"))
            .caution("different tokens in front of the prompts")
            .help(
                    "B",
                    "The special tokens that the tokenizer puts in front of a text (BOS, [CLS]): on puts them in front of every"
                            + " prompt, of ids too; off leaves them out; with both, run makes two runs, DIR/bos-on and DIR/bos-off,"
                            + " and compares them. Left out, they are in front of texts under --special-tokens alone.");

    public static final Field<Boolean> SKIP_ZERO_ROWS = Field.of("skip_zero_rows", Codec.FLAG, false)
            .in(Group.START, Role.SOURCE, p -> p.prompts().skipZeroRows())
            .help("", "Leave ids out of random prompts whose embedding is the zero vector, which has no direction.");

    public static final Field<Optional<Path>> TOKENIZER = Field.of("tokenizer", FILE.orNone(), Optional.empty())
            .in(Group.START, Role.SOURCE, p -> p.model().tokenizer())
            .recordedAs(file -> file.map(Path::getFileName))
            .help(
                    "FILE",
                    "Tokenizer for text prompts: tokenizer.json, SentencePiece model, GGUF file or folder (default: the model's own).");

    public static final Field<Boolean> SAVE_HIDDEN = Field.of("save_hidden", Codec.FLAG, false)
            .in(Group.KEPT, Role.OUTPUT, p -> p.kept().hidden())
            .help("", "Keep the hidden states after the last pass in hidden.npy.");

    public static final Field<DepthList> SAVE_HIDDEN_AT = Field.of(
                    "save_hidden_at", DepthList.codec("--save-hidden-at"), DepthList.NONE)
            .in(Group.KEPT, Role.OUTPUT, p -> p.kept().hiddenAt())
            .help(
                    "LIST",
                    "Keep hidden states in hidden/: depths (0,8,16-24: columns of error.npy) and layer:L (behind layer L"
                            + " of every pass) as depth-D.npy, pass:N (what pass N hands to the next) as pass-N.npy; layers count"
                            + " from 0, passes from 1.");

    public static final Field<DepthList> SAVE_ATTENTION_AT = Field.of(
                    "save_attention_at", DepthList.codec("--save-attention-at"), DepthList.NONE)
            .in(Group.KEPT, Role.OUTPUT, p -> p.kept().attentionAt())
            .help(
                    "LIST",
                    "Keep attention matrices [prompts, heads, tokens, tokens] in attention/: of the blocks that end at"
                            + " these depths (1-8: the layers of the first pass), of layer:L in every pass, or of all layers in pass:N.");

    public static final Field<List<String>> MEASURES = Field.dependent(
                    "measures", MeasureNames.CODEC, v -> MeasureNames.defaults(v.get(RouteFields.PASSES)))
            .in(Group.KEPT, Role.OUTPUT, RunPlan::measures)
            .help(
                    "NAME,...",
                    "Record these of 'consensus measures' beside the error, in measures/; or all, default or none.");

    public static final Field<Similarity> SIMILARITY = Field.of(
                    "similarity", Codec.choice(Similarity.class), Similarity.COSINE)
            .in(Group.KEPT, Role.IDENTITY, RunPlan::similarity)
            .said(Mention.CHANGED, (s, p) -> s == Similarity.ABSOLUTE ? "|cos|" : "cos")
            .help("S", "Of tokens, in the error: cosine or absolute, its absolute value.");

    public static final Field<Boolean> PER_TOKEN = Field.of("per_token", Codec.FLAG, false)
            .in(Group.KEPT, Role.OUTPUT, p -> p.recorded().perToken())
            .help(
                    "",
                    "Record the error of every token against the others too, and of the measures those that have a form token by"
                            + " token ('consensus measures' says which); the report shows them by position and depth.");

    public static final Field<DType> DTYPE = Field.of("dtype", Codec.DTYPE, DType.FLOAT32)
            .in(Group.ARITHMETIC, Role.IDENTITY, RunPlan::dtype)
            .said(Mention.ALWAYS, (dtype, p) -> dtype.torchName())
            .caution("different dtypes, so different floors")
            .help("T", "float64, float32, bfloat16 or float16; the last two are mixed with float32.");

    public static final Field<Optional<Integer>> CHUNK = Field.of(
                    "chunk", Codec.integer(1, MOST_PROMPTS, n -> (int) n).orNone(), Optional.empty())
            .in(Group.ARITHMETIC, Role.IDENTITY, p -> p.arithmetic().chunk())
            .said(Mention.APART, (k, p) -> k.map(n -> "chunks of " + n).orElse(""))
            .help("K", "Prompts computed together (default: by a fixed rule on their length).");

    /** What a run is told, in the order of titles, columns and help. */
    public static final List<Field<?>> OF_A_RUN = List.of(
            MODEL,
            REVISION,
            WEIGHTS,
            SEED,
            IngredientFields.FEED_FORWARD,
            IngredientFields.MASK,
            IngredientFields.BETA,
            IngredientFields.ATTENTION_SCALE,
            IngredientFields.SKIP,
            IngredientFields.NORM,
            IngredientFields.HEADS,
            RouteFields.LOOP,
            RouteFields.RECYCLE,
            RouteFields.STEP,
            RouteFields.ANCHOR,
            RouteFields.UNTIL,
            INITIAL,
            SAVE_HIDDEN,
            SAVE_HIDDEN_AT,
            SAVE_ATTENTION_AT,
            SIMILARITY,
            DTYPE,
            RouteFields.PASSES,
            PROMPTS,
            LIMIT_PROMPTS,
            SPECIAL_TOKENS,
            SKIP_ZERO_ROWS,
            TOKENIZER,
            CHUNK,
            MEASURES,
            SHUFFLE,
            ADAPTER,
            ADAPTER_SCALE,
            IngredientFields.SKIP_ATTENTION,
            IngredientFields.SKIP_FEED_FORWARD,
            RouteFields.SKIP_BLOCKS,
            RouteFields.ORDER,
            IngredientFields.FREEZE_ROUTING,
            IngredientFields.SINK,
            IngredientFields.CLAMP_OUTLIERS,
            PER_TOKEN,
            BOS); // columns that are new come last

    private Fields() {}

    /** The fields by name, for messages. */
    public static List<String> names() {
        return OF_A_RUN.stream().map(Field::name).toList();
    }
}
