package org.consensusprobe.experiment.record;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.consensusprobe.common.Build;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.loop.GivenPasses;
import org.consensusprobe.experiment.loop.MemoryPlan;
import org.consensusprobe.experiment.loop.Numerics;
import org.consensusprobe.experiment.loop.RunListener;
import org.consensusprobe.experiment.loop.RunListeners;
import org.consensusprobe.experiment.loop.StatesSource;
import org.consensusprobe.measure.Measures;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.results.Curve;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.ManifestSections.Model;
import org.consensusprobe.results.ManifestSections.Program;
import org.consensusprobe.results.ManifestSections.Timings;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Torch;

/** Measures of states that another program made, in a run directory as any run's. */
public final class GivenRun {
    /**
     * What is known of the states besides their values.
     *
     * @param modelType of the model that made them; "unknown" if nobody says
     * @param attention {@code causal}, {@code full} or {@code unknown}
     * @param taken where in the model they were taken, in words
     * @param promptsHash of the prompts' ids, if these are known
     * @param depths a name for each depth
     * @param passes a name for each pass; may be empty
     * @param files that hold the states
     */
    public record Facts(
            String modelType,
            String attention,
            Optional<String> taken,
            Optional<String> promptsHash,
            List<String> depths,
            List<String> passes,
            List<Path> files) {}

    /** What is known of how another program made states: nothing of masks, norms and the like. */
    private static final List<String> KNOWN = List.of(
            "model",
            "weights",
            "save_hidden_at",
            "similarity",
            "dtype",
            "passes",
            "prompts",
            "chunk",
            "measures",
            "prompt_count",
            "tokens",
            "changes");

    private final StatesSource source;
    private final Facts facts;
    private final RunPlan plan;
    private final Route route;
    private final Numerics numerics;
    private final Kernels kernels;
    private final GivenPasses passes;

    /**
     * Prepares what is to be measured; nothing is written yet.
     *
     * @throws Problem if there is not enough memory, or the plan keeps what is not there
     */
    public GivenRun(
            StatesSource source, Facts facts, RunPlan plan, Machine machine, Numerics numerics, Kernels kernels) {
        this.source = source;
        this.facts = facts;
        this.plan = plan;
        this.route = Route.whole(
                (facts.depths().size() - 1) / plan.passes().count(),
                plan.passes().count());
        this.numerics = numerics;
        this.kernels = kernels;
        this.passes = new GivenPasses(source, plan, route, kernels, numerics.precision());
        long ceiling = machine.memory().orElseGet(MemoryPlan::halfOfMachine);
        if (passes.bytes() > ceiling) {
            throw Problem.input(
                    "The states of two depths and their measures need about %s of memory; %s allows %s.%n"
                            + "Use fewer --measures, a smaller --chunk, or raise --memory.",
                    MemoryPlan.human(passes.bytes()),
                    machine.memory().isPresent() ? "--memory" : "half of this machine's memory",
                    MemoryPlan.human(ceiling));
        }
    }

    /** The way through the depths. */
    public Route route() {
        return route;
    }

    /**
     * Measures and records; the manifest is there from the start and tells how it ended.
     *
     * @throws Problem if what is read cannot be states, the disk refuses, or the work is cancelled
     */
    public void into(RunDirectory directory, Torch torch, RunListener listener, BooleanSupplier cancelled) {
        Instant started = Instant.now();
        Manifest manifest = manifest(torch);
        directory.writeManifest(manifest);
        try {
            FileHashes hashes = FileHashes.start(facts.files());
            passes.statesOut().into(directory);
            RunColumns columns = new RunColumns(
                    source.lengths().length, Measures.named(plan.measures(), plan.similarity()), passes.sizes());
            passes.run(RunListeners.of(columns, listener), cancelled);
            double[][] error = columns.error();
            directory.writeError(error);
            directory.writeCurve(Curve.of(error, route));
            columns.writeMeasures(directory);
            enterModel(manifest, hashes.join());
            double seconds = started.until(Instant.now(), ChronoUnit.MILLIS) * 1e-3;
            manifest.timings(
                    new Timings(started.truncatedTo(ChronoUnit.MILLIS).toString(), seconds, seconds, List.of()));
            manifest.status(Manifest.Status.COMPLETE, null);
            directory.writeManifest(manifest);
        } catch (RuntimeException | Error e) {
            RecordedRun.ended(directory, manifest, e);
            throw e;
        }
    }

    private Manifest manifest(Torch torch) {
        Manifest manifest = Manifest.create(
                new Program("consensus-probe", Build.version(), Build.commit().orElse(null)));
        int longest = IntStream.of(source.lengths()).max().orElseThrow();
        manifest.plan(plan, source.lengths().length, longest);
        manifest.section("plan").retain(KNOWN);
        facts.promptsHash().ifPresent(hash -> manifest.section("plan").put("prompts_sha256", hash));
        manifest.measures(Measures.named(plan.measures(), plan.similarity()).stream()
                .map(measure -> RunRecord.described(measure, passes.sizes()))
                .toList());
        if (passes.statesOut().files() > 0) {
            passes.statesOut().describe(manifest.section("states"));
        }
        enterModel(manifest, List.of());
        manifest.section("model").put("attention", facts.attention());
        RunRecord.route(manifest.section("route"), route);
        ObjectNode given = manifest.section("given");
        given.put("attention_matrices", source.heads() > 0);
        facts.taken().ifPresent(taken -> given.put("taken", taken));
        facts.depths().forEach(given.putArray("depths")::add);
        facts.passes().forEach(given.putArray("passes")::add);
        RunRecord.describeMachine(manifest, torch, numerics, kernels.sources());
        manifest.timings(
                new Timings(Instant.now().truncatedTo(ChronoUnit.MILLIS).toString(), 0, 0, new ArrayList<>()));
        return manifest;
    }

    private void enterModel(Manifest manifest, List<org.consensusprobe.results.ManifestSections.ModelFile> files) {
        manifest.model(new Model(
                plan.model().name(),
                facts.modelType(),
                null,
                null,
                route.layers(),
                source.width(),
                source.heads() == 0 ? null : source.heads(),
                null,
                null,
                files,
                null));
    }
}
