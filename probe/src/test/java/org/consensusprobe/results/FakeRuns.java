package org.consensusprobe.results;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.IngredientFields;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Values;
import org.consensusprobe.results.ManifestSections.Environment;
import org.consensusprobe.results.ManifestSections.Floor;
import org.consensusprobe.results.ManifestSections.Memory;
import org.consensusprobe.results.ManifestSections.Model;
import org.consensusprobe.results.ManifestSections.Program;
import org.consensusprobe.results.ManifestSections.Timings;

/** Runs that look like recorded ones: errors that decay from pass to pass until they meet a floor. */
public final class FakeRuns {
    private FakeRuns() {}

    /** The manifest of a finished run with drawn weights, seed 42. */
    public static Manifest manifest(
            String model, int layers, String weights, boolean feedForward, int passes, int prompts, double floor) {
        Manifest manifest = Manifest.create(new Program("consensus", "0.1.0", null));
        manifest.plan(plan(model, weights, feedForward, passes, 42), prompts, 12);
        manifest.model(new Model(model, "gpt2", null, null, layers, 16, 2, 64, 50257, List.of(), 42L));
        manifest.environment(new Environment("17", "0.35.1", "2.7.1", "Linux", "some CPU", List.of("avx2"), 2, "cpu"));
        manifest.floor(new Floor(floor, "float32", "from equal tokens"));
        manifest.timings(new Timings("2026-11-23T14:25:00Z", 12.5, 0.4, List.of(6.0, 6.0)));
        manifest.memory(new Memory(1_000_000_000L, null));
        manifest.status(Manifest.Status.COMPLETE, null);
        return manifest;
    }

    /** A plan that records the error alone. */
    public static RunPlan plan(String model, String weights, boolean feedForward, int passes, long seed) {
        return RunPlan.of(Values.NONE
                .with(Fields.MODEL, model)
                .parse(Fields.WEIGHTS, weights)
                .with(IngredientFields.FEED_FORWARD, feedForward)
                .with(RouteFields.PASSES, passes)
                .with(Fields.SEED, seed)
                .with(Fields.MEASURES, List.of()));
    }

    /**
     * [prompts][passes * layers + 1], around {@code 0.7 * 10^(-decades * depth / layers) + floor}.
     *
     * @param decades how many decades the error falls in a pass
     */
    public static double[][] error(int prompts, int passes, int layers, double decades, double floor, long seed) {
        Random random = new Random(seed);
        double[][] error = new double[prompts][passes * layers + 1];
        for (double[] row : error) {
            double shift = 0.35 * random.nextGaussian();
            for (int depth = 0; depth < row.length; depth++) {
                double phase = (depth % layers) / (double) layers;
                double exponent = -decades * depth / layers * (1 + 0.3 * shift) - 0.25 * Math.sin(Math.PI * phase);
                row[depth] = 0.7 * Math.pow(10, exponent + Math.min(0, 0.2 * shift))
                        + floor * Math.exp(0.4 * random.nextGaussian());
            }
        }
        return error;
    }

    /** Writes a finished run. */
    public static void write(Path directory, Manifest manifest, double[][] error) {
        try (RunDirectory run = RunDirectory.create(directory, false)) {
            run.writeError(error);
            run.writeCurve(Curve.of(error, manifest.route()));
            run.writeManifest(manifest);
        }
    }
}
