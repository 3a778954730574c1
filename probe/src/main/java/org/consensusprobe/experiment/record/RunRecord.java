package org.consensusprobe.experiment.record;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.consensusprobe.common.Build;
import org.consensusprobe.doctor.Trust;
import org.consensusprobe.experiment.loop.ChunkRule;
import org.consensusprobe.experiment.loop.Experiment;
import org.consensusprobe.experiment.loop.MemoryPlan;
import org.consensusprobe.experiment.loop.Numerics;
import org.consensusprobe.experiment.loop.RunListener;
import org.consensusprobe.experiment.loop.ZeroToken;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.measure.Axis;
import org.consensusprobe.measure.Measure;
import org.consensusprobe.measure.Measures;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.prompts.PromptSet;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.ManifestSections;
import org.consensusprobe.results.ManifestSections.Environment;
import org.consensusprobe.results.ManifestSections.Floor;
import org.consensusprobe.results.ManifestSections.Memory;
import org.consensusprobe.results.ManifestSections.Model;
import org.consensusprobe.results.ManifestSections.ModelFile;
import org.consensusprobe.results.ManifestSections.Program;
import org.consensusprobe.results.ManifestSections.Timings;
import org.consensusprobe.results.ResumeArchive;
import org.consensusprobe.torch.Torch;
import org.consensusprobe.weights.Checkpoint;

/** Fills a run's manifest: what was asked for, what it ran on, and how it went. */
final class RunRecord implements RunListener {
    static final int ZERO_TOKENS_LISTED = 100;

    private final Manifest manifest;
    private final Instant started = Instant.now();
    private final long startNanos = System.nanoTime();
    private final List<Double> perPass = new ArrayList<>();
    private double firstBlock;
    private long peakAnonymous;
    private double lastPassEnd;
    private double secondsBefore;

    RunRecord(Experiment experiment, Subject subject, RunPlan plan, PromptSet prompts, Origin origin) {
        manifest = Manifest.create(
                new Program("consensus-probe", Build.version(), Build.commit().orElse(null)));
        manifest.plan(
                plan.with(Fields.MODEL, subject.name()).with(Fields.PROMPTS, prompts.source()),
                prompts.count(),
                prompts.longest());
        ObjectNode details = manifest.section("plan");
        // where states come from a file, prompts have no part in a row but its length: rows are told by the file
        details.put(
                "prompts_sha256",
                experiment.initial().replacesPrompts()
                        ? experiment.initial().sha256().orElseThrow()
                        : prompts.sha256());
        if (prompts.blankLines() > 0) {
            details.put("blank_lines_skipped", prompts.blankLines());
        }
        prompts.images()
                .ifPresent(images -> SubjectSections.images(manifest.section("images"), images, subject.transformer()));
        prompts.leftOut().ifPresent(ids -> details.put("zero_rows", ids));
        experiment.initial().sha256().ifPresent(hash -> details.put("initial_sha256", hash));
        experiment.machine().memory().ifPresent(bytes -> details.put("memory_bytes", bytes));
        Measure.Sizes sizes = new Measure.Sizes(subject.transformer().sizes().heads(), prompts.longest());
        manifest.measures(Measures.named(plan.measures(), plan.similarity()).stream()
                .map(measure -> described(measure, sizes))
                .toList());
        if (experiment.statesOut().files() > 0) {
            experiment.statesOut().describe(manifest.section("states"));
        }
        manifest.model(model(subject, plan, origin, List.of()));
        manifest.section("model").put("attention", subject.transformer().causal() ? "causal" : "full");
        route(manifest.section("route"), plan.route(subject.transformer().layers()));
        subject.transformer()
                .ownLoop()
                .filter(loop -> loop.isThatOf(plan, subject.transformer().layers()))
                .ifPresent(loop -> manifest.section("route").put("trained_passes", loop.passes()));
        List<String> forms = subject.checkpoint().map(Checkpoint::dequantised).orElse(List.of());
        if (!forms.isEmpty()) { // what is computed with is the dequantised weight, in the run's dtypes
            forms.forEach(manifest.section("model").putArray("dequantised_from")::add);
        }
        subject.note().ifPresent(note -> manifest.section("model").put("note", note));
        if (subject.config() instanceof ObjectNode config) {
            manifest.config(config);
        }
        describeMachine(manifest, experiment.torch(), experiment.numerics(), experiment.kernelSources());
        describeMemory(experiment.memory());
        manifest.timings(new Timings(started.truncatedTo(ChronoUnit.MILLIS).toString(), 0, 0, List.of()));
    }

    static void route(ObjectNode section, Route route) {
        section.put("layers_before", route.first());
        section.put("looped_layers", route.width());
        section.put("layers_after", route.after());
        section.put("passes", route.passes());
        section.put("blocks", route.blocks());
        section.put("native_depth", route.nativeDepth());
        if (!route.isNatural()) {
            route.sequence().forEach(section.putArray("sequence")::add);
        }
    }

    static ManifestSections.Measure described(Measure measure, Measure.Sizes sizes) {
        List<String> axes = new ArrayList<>(List.of("prompt", measure.perPass() ? "pass" : "depth"));
        Map<String, List<String>> labels = new LinkedHashMap<>();
        for (Axis axis : measure.axes(sizes)) {
            axes.add(axis.name());
            labels.put(axis.name(), axis.labels());
        }
        return new ManifestSections.Measure(measure.name(), measure.about().unit(), axes, labels);
    }

    /**
     * Where a model came from.
     *
     * @param id its hub id, if it has one
     * @param revision the resolved commit, if it has one
     */
    record Origin(Optional<String> id, Optional<String> revision) {}

    Manifest manifest() {
        return manifest;
    }

    /** Enters what a run computed on and with. */
    static void describeMachine(Manifest manifest, Torch torch, Numerics numerics, String kernelSources) {
        Map<String, Object> processor = Torch.processor();
        List<String> features = new ArrayList<>();
        if (processor.get("features") instanceof List<?> list) {
            list.forEach(f -> features.add(f.toString()));
        }
        manifest.environment(new Environment(
                System.getProperty("java.version"),
                Torch.bindingVersion(),
                torch.version(),
                System.getProperty("os.name") + " " + System.getProperty("os.arch"),
                processor.get("model").toString(),
                features,
                torch.threads(),
                numerics.precision().device()));
        ObjectNode dtypes = manifest.section("dtypes");
        dtypes.put("state", numerics.precision().state().torchName());
        dtypes.put("matrices_rounded_to", numerics.precision().rounding().torchName());
        dtypes.put("products", numerics.precision().product().torchName());
        ObjectNode kernels = manifest.section("kernels");
        kernels.put("sources", kernelSources);
        kernels.put("products", numerics.products());
        // without the launcher's AUTO,STRICT, MKL's bits depend on the number of threads
        kernels.put("mkl_cbwr", System.getenv().getOrDefault("MKL_CBWR", "unset"));
        kernels.put("chunk_rule", "prompts of one length, " + ChunkRule.TARGET_TOKENS + " tokens at most");
    }

    private void describeMemory(MemoryPlan memory) {
        ObjectNode held = manifest.section("memory");
        held.put("ceiling_bytes", memory.ceilingBytes());
        held.put("estimate_bytes", memory.streamedBytes());
        held.put("resident_layers", memory.residentLayers());
    }

    /** How far the run came, for its state. */
    ResumeArchive.Progress progress(int blocksDone, double floor) {
        return new ResumeArchive.Progress(blocksDone, floor, seconds(), firstBlock, perPass);
    }

    /** The run is resumed: its times are added up, and the manifest says where. */
    void resumed(ResumeArchive.Progress progress) {
        secondsBefore = progress.seconds();
        firstBlock = progress.firstBlockSeconds();
        perPass.clear();
        perPass.addAll(progress.perPassSeconds());
        lastPassEnd = perPass.stream().mapToDouble(Double::doubleValue).sum();
        manifest.section("timings").put("resumed_after_blocks", progress.blocksDone());
    }

    static Model model(Subject subject, RunPlan plan, Origin origin, List<ModelFile> files) {
        Transformer.Sizes sizes = subject.transformer().sizes();
        return new Model(
                subject.name(),
                sizes.modelType(),
                origin.id().orElse(null),
                origin.revision().orElse(null),
                sizes.layers(),
                sizes.width(),
                sizes.heads(),
                sizes.context(),
                sizes.vocabulary(),
                files,
                plan.weights().mode().isDrawn() ? plan.seed() : null);
    }

    @Override
    public void onTrust(Trust.Known known) {
        SubjectSections.verified(manifest.section("verified"), known);
    }

    @Override
    public void onZeroTokens(List<ZeroToken> tokens) {
        ObjectNode section = manifest.section("zero_embeddings");
        section.put("tokens", tokens.size());
        ArrayNode first = section.putArray("first");
        tokens.stream().limit(ZERO_TOKENS_LISTED).forEach(token -> first.addObject()
                .put("prompt", token.prompt())
                .put("position", token.position())
                .put("id", token.id()));
    }

    @Override
    public void onLonelyTokens(int prompts, int of) {
        manifest.section("prompts_of_one_token").put("prompts", prompts);
    }

    @Override
    public void onBlock(int depth, double[] errors) {
        if (firstBlock == 0) {
            firstBlock = seconds();
        }
        peakAnonymous = Math.max(peakAnonymous, ProcessMemory.now().anonymousPeakBytes());
    }

    @Override
    public void onPass(int pass) {
        double now = seconds();
        perPass.add(now - lastPassEnd);
        lastPassEnd = now;
    }

    /** Enters times and memory as they are now. */
    void measureUse() {
        manifest.timings(new Timings(
                started.truncatedTo(ChronoUnit.MILLIS).toString(), seconds(), firstBlock, List.copyOf(perPass)));
        ProcessMemory memory = ProcessMemory.now();
        if (memory.peakRssBytes() > 0) {
            peakAnonymous = Math.max(peakAnonymous, memory.anonymousPeakBytes());
            manifest.memory(new Memory(memory.peakRssBytes(), peakAnonymous));
        }
    }

    /** Enters what the finished run found. */
    void outcome(Experiment.Outcome outcome, Experiment experiment) {
        Numerics numerics = experiment.numerics();
        if (!Double.isNaN(outcome.floor())) { // the zero vector, repeated, has none
            manifest.floor(new Floor(
                    outcome.floor(),
                    numerics.precision().state().torchName(),
                    "largest error of equal tokens after any block of the first pass"));
        }
        if (manifest.plan().passes().until().isPresent()) {
            route(manifest.section("route"), outcome.route());
            manifest.settledIn(outcome.route().passes(), outcome.settledIn());
            if (experiment.statesOut().files() > 0) {
                experiment.statesOut().describe(manifest.section("states"));
            }
        }
        ObjectNode timings = manifest.section("timings");
        measureUse();
        timings.put("block_seconds", outcome.blockSeconds());
        timings.put("waiting_for_weights_seconds", outcome.waitingSeconds());
        timings.put("measure_seconds", outcome.measureSeconds());
    }

    private double seconds() {
        return secondsBefore + (System.nanoTime() - startNanos) * 1e-9;
    }
}
