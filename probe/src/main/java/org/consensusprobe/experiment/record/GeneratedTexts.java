package org.consensusprobe.experiment.record;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Build;
import org.consensusprobe.common.Csv;
import org.consensusprobe.common.Shown;
import org.consensusprobe.experiment.loop.Exit;
import org.consensusprobe.experiment.loop.Generation;
import org.consensusprobe.experiment.loop.Sampling;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Titles;
import org.consensusprobe.prompts.PromptSet;
import org.consensusprobe.prompts.Tokenizer;
import org.consensusprobe.results.Npy;
import org.consensusprobe.results.NpyHeader;

/** The texts of {@code generate}: shown as they come, then written as generation.json, steps.csv and error arrays. */
public final class GeneratedTexts implements AutoCloseable {
    private static final int PROMPT_SHOWN = 60;

    private final Optional<Tokenizer> tokenizer;
    private final PromptSet prompts;
    private final Sampling sampling;
    private final Exit exit;
    private final long seed;
    private final List<Group> groups = new ArrayList<>();

    private record Text(int[] ids, int promptLength, List<Generation.Step> steps) {}

    private record Group(RunPlan plan, Route route, List<Text> texts) {}

    /** Texts of prompts; without a tokenizer they are shown as ids. */
    public GeneratedTexts(Optional<Path> tokenizer, PromptSet prompts, Sampling sampling, Exit exit, long seed) {
        this.tokenizer = tokenizer.map(Tokenizer::load);
        this.prompts = prompts;
        this.sampling = sampling;
        this.exit = exit;
        this.seed = seed;
    }

    /** Adds the texts after one number of passes. */
    public void add(RunPlan plan, Route route, Generation generation, List<List<Generation.Step>> steps) {
        List<Text> texts = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            texts.add(new Text(generation.text(i), generation.promptLength(i), steps.get(i)));
        }
        groups.add(new Group(plan, route, texts));
    }

    /** Says what was added last. */
    public void printLast(PrintWriter out) {
        Group group = groups.get(groups.size() - 1);
        int n = group.plan().passes().count();
        out.printf(
                Locale.ROOT,
                "%d pass%s%s: error %.3g at the end, entropy of the next token %.3g nats (means over prompts and steps)%n",
                n,
                n == 1 ? "" : "es",
                exit.kind() == Exit.Kind.LAST ? "" : ", exit " + exit.text(),
                mean(group, s -> s.errors()[s.errors().length - 1]),
                mean(group, s -> s.entropy()[s.entropy().length - 1]));
        for (Text text : group.texts()) {
            // what a model writes is data: control characters are shown, not obeyed
            String before = before(text);
            String end =
                    before.length() > PROMPT_SHOWN ? "…" + before.substring(before.length() - PROMPT_SHOWN) : before;
            out.println("  " + shown(end) + " | " + shown(after(text)));
        }
        out.flush();
    }

    private static String shown(String text) {
        return Shown.text(text.replace("\n", "\\n"), Integer.MAX_VALUE);
    }

    private static double mean(Group group, java.util.function.ToDoubleFunction<Generation.Step> value) {
        return group.texts().stream()
                .flatMap(t -> t.steps().stream())
                .mapToDouble(value)
                .average()
                .orElseThrow();
    }

    private String before(Text text) {
        return decode(Arrays.copyOf(text.ids(), text.promptLength()));
    }

    // the whole is decoded at once: a character may be spread over the prompt's last token and the first new one
    private String after(Text text) {
        String before = before(text);
        String all = decode(text.ids());
        return all.startsWith(before)
                ? all.substring(before.length())
                : decode(Arrays.copyOfRange(text.ids(), text.promptLength(), text.ids().length));
    }

    private String decode(int[] ids) {
        return tokenizer.map(t -> t.decode(ids)).orElseGet(() -> Arrays.toString(ids)
                .replaceAll("[\\[\\],]", ""));
    }

    /** Writes all files into a folder. */
    public void write(Path folder, ModelLookup.Found found) {
        AtomicFiles.writeText(folder.resolve("steps.csv"), csv());
        for (Group group : groups) {
            List<double[]> rows = new ArrayList<>();
            group.texts().forEach(t -> t.steps().forEach(s -> rows.add(s.errors())));
            int steps = group.texts().get(0).steps().size();
            Npy.write(
                    folder.resolve("error-passes-" + group.plan().passes().count() + ".npy"),
                    NpyHeader.Type.FLOAT64,
                    List.of(group.texts().size(), steps, rows.get(0).length),
                    writer -> {
                        for (double[] row : rows) {
                            writer.append(row);
                        }
                    });
        }
        AtomicFiles.writeText(folder.resolve("generation.json"), json(found).toPrettyString() + "\n");
    }

    /** One row a token; errors on the embedding, at native depth and at the end; entropy after the last pass. */
    private String csv() {
        StringBuilder csv = new StringBuilder(
                "passes,prompt,step,token,probability,entropy,error_depth_0,error_native,error_end\n");
        for (Group group : groups) {
            for (int i = 0; i < group.texts().size(); i++) {
                List<Generation.Step> steps = group.texts().get(i).steps();
                for (int step = 0; step < steps.size(); step++) {
                    Generation.Step s = steps.get(step);
                    csv.append(Csv.line(
                            group.plan().passes().count(),
                            i,
                            step,
                            s.token(),
                            s.probability(),
                            s.entropy()[s.entropy().length - 1],
                            s.errors()[0],
                            s.errors()[group.route().nativeDepth()],
                            s.errors()[s.errors().length - 1]));
                }
            }
        }
        return csv.toString();
    }

    private ObjectNode json(ModelLookup.Found found) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("program", "consensus " + Build.version());
        ObjectNode of = json.putObject("model");
        of.put("name", found.subject().name());
        found.hubId().ifPresent(id -> of.put("id", id));
        found.revision().ifPresent(revision -> of.put("revision", revision));
        RunPlan plan = groups.get(0).plan();
        ObjectNode settings = json.putObject("plan");
        settings.put("weights", plan.weights().mode().optionName());
        settings.put("feed_forward", plan.feedForward());
        Titles.changes(plan).forEach(settings.withArray("changes")::add);
        settings.put("recycle", plan.passes().recycling().optionName());
        settings.put("exit", exit.text());
        settings.put("dtype", plan.dtype().torchName());
        settings.put("seed", seed);
        settings.put("greedy", sampling.greedy());
        if (!sampling.greedy()) {
            settings.put("top_p", sampling.topP());
            settings.put("temperature", sampling.temperature());
        }
        settings.put("prompts_sha256", prompts.sha256());
        TokenizerRecord.of(prompts.tokenizer()).into(() -> json.putObject("tokenizer"));
        ArrayNode texts = json.putArray("texts");
        for (Group group : groups) {
            for (int i = 0; i < group.texts().size(); i++) {
                Text text = group.texts().get(i);
                ObjectNode one = texts.addObject();
                one.put("passes", group.plan().passes().count());
                one.put("prompt", i);
                one.put("prompt_text", before(text));
                one.put("text", after(text));
                ArrayNode ids = one.putArray("ids");
                Arrays.stream(text.ids()).forEach(ids::add);
                one.put("prompt_tokens", text.promptLength());
                ArrayNode entropy = one.putArray("entropy_by_pass");
                for (int pass = 0; pass < group.plan().passes().count(); pass++) {
                    int p = pass;
                    entropy.add(text.steps().stream()
                            .mapToDouble(s -> s.entropy()[p])
                            .average()
                            .orElseThrow());
                }
            }
        }
        return json;
    }

    @Override
    public void close() {
        tokenizer.ifPresent(Tokenizer::close);
    }
}
