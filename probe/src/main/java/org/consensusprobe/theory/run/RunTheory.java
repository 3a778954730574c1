package org.consensusprobe.theory.run;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.ManifestSections;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.RunReader;
import org.consensusprobe.theory.attention.UnitTokens;

/**
 * The quantities of theory along the depth of a run: what it recorded, and what its saved states give.
 *
 * <p>What a run did not record is missing here too, and said so; nothing is computed from less than it needs.
 */
public final class RunTheory {
    static final String EIGENVECTOR_SHARE = "eigenvector-share";
    static final String EIGENVECTOR_DISTANCE = "eigenvector-distance";
    static final String LYAPUNOV_MEAN = "lyapunov-hemisphere";
    static final String LYAPUNOV_FIRST = "lyapunov-token-1";
    static final String ERROR = "error";
    static final String MARGIN = "hemisphere-margin";
    static final String ORDER = "order-parameter";
    static final String ENERGY = "energy-deficit";
    static final String CLUSTERS = "cluster-components";
    static final String DIAMETER = "token-diameter";
    static final String BLOCK_BOUND = "verified-bound";
    static final String DEFECT = "doubly-stochastic-defect";
    static final String DIAMETER_BOUND = "diameter-bound";

    /** The measures that a run has to record for everything here. */
    public static final List<String> MEASURES = List.of(MARGIN, ORDER, ENERGY, CLUSTERS, DIAMETER, BLOCK_BOUND, DEFECT);

    private static final String ENERGY_BETA = "1";
    private static final String CLUSTER_DEGREES = "15";
    /** Where measures list their entries in this order. */
    private static final Map<String, List<String>> ENTRIES =
            Map.of(ENERGY, List.of("0.1", "1", "5", "9"), CLUSTERS, List.of("5", "15", "30", "60"));

    private final RunReader run;
    private final Map<String, Series> series = new LinkedHashMap<>();
    private final List<String> missing = new ArrayList<>();

    private RunTheory(RunReader run) {
        this.run = run;
    }

    /** Whether the run kept states on its way, so that eigenvectors of its model are needed. */
    public static boolean needsDirections(RunReader run) {
        return !new SavedStates(run).isEmpty();
    }

    /**
     * Collects the quantities of a finished run.
     *
     * @param directions of the run's model; may be absent where {@link #needsDirections} says so, or where another program's
     *     model is not known
     */
    public static RunTheory of(RunReader run, Optional<Directions> directions) {
        RunTheory theory = new RunTheory(run);
        double floor = run.manifest().floor().map(ManifestSections.Floor::error).orElse(0.0);
        theory.enter(ERROR, "E = mean_j (1 - <u_1, u_j>), eq. 25", run.error(), floor);
        SavedStates states = new SavedStates(run);
        if (states.isEmpty()) {
            theory.missing.add("hidden states on the way: record them with --save-hidden-at 0-"
                    + run.route().blocks());
        } else {
            theory.fromStates(states, directions, floor);
        }
        theory.fromMeasures();
        theory.diameterBound();
        return theory;
    }

    /** Quantities by name, in the order of listings. */
    public Map<String, Series> series() {
        return java.util.Collections.unmodifiableMap(series);
    }

    /** A quantity, if the run has it. */
    public Optional<Series> series(String name) {
        return Optional.ofNullable(series.get(name));
    }

    /** What was not recorded, and the option that records it. */
    public List<String> missing() {
        return List.copyOf(missing);
    }

    /** The run. */
    public RunReader run() {
        return run;
    }

    private void enter(String name, String meaning, double[][] values, double floor) {
        put(name, meaning, IntStream.range(0, values[0].length).toArray(), values, floor);
    }

    private void fromStates(SavedStates states, Optional<Directions> directions, double floor) {
        int[] depths = states.depths();
        int prompts = run.manifest().promptCount();
        int dim = run.manifest().model().dim();
        double[][] share = new double[prompts][depths.length];
        double[][] distance = new double[prompts][depths.length];
        double[][] mean = new double[prompts][depths.length];
        double[][] first = new double[prompts][depths.length];
        double[][] starts = new double[prompts][];
        for (int i = 0; i < depths.length; i++) {
            int at = i;
            Optional<double[]> line = directions.map(d -> d.at(depths[at]));
            states.read(depths[i], (prompt, tokens) -> {
                UnitTokens cloud = UnitTokens.of(tokens, dim);
                line.map(cloud::oriented).ifPresent(v -> {
                    share[prompt][at] = cloud.shareOnTheSideOf(v);
                    distance[prompt][at] = cloud.farthestFrom(v);
                });
                first[prompt][at] = cloud.farthestFromFirst();
                if (starts[prompt] == null) {
                    starts[prompt] = cloud.meanDirection();
                }
                mean[prompt][at] = cloud.farthestFrom(starts[prompt]);
            });
        }
        if (directions.isPresent()) {
            put(EIGENVECTOR_SHARE, "share of tokens with <u_i, v> > 0", depths, share, 0);
            put(EIGENVECTOR_DISTANCE, "max_i (1 - <u_i, v>)", depths, distance, floor);
        } else {
            missing.add("leading eigenvectors: name the model that made the states with --model");
        }
        put(LYAPUNOV_MEAN, "V = 1 - min_i <u_i, y>, y the direction of the first saved mean", depths, mean, floor);
        put(LYAPUNOV_FIRST, "V_1 = 1 - min_i <u_i, u_1>", depths, first, floor);
    }

    private void put(String name, String meaning, int[] depths, double[][] values, double floor) {
        series.put(name, new Series(name, meaning, depths, values, floor));
    }

    private void fromMeasures() {
        Manifest manifest = run.manifest();
        List<String> recorded =
                manifest.measures().stream().map(ManifestSections.Measure::name).toList();
        List<String> absent =
                MEASURES.stream().filter(name -> !recorded.contains(name)).toList();
        if (!absent.isEmpty()) {
            missing.add("measures: record them with --measures " + String.join(",", absent));
        }
        measure(recorded, MARGIN, "dist(0, conv{u_i})", 1e-6);
        measure(recorded, ORDER, "R = |mean u_i|", 1e-9);
        measure(recorded, ENERGY, "-mean_ij expm1(-s_ij), b = " + ENERGY_BETA, 1e-12);
        measure(recorded, CLUSTERS, "connected components within " + CLUSTER_DEGREES + " degrees", 0);
        measure(recorded, DIAMETER, "max |x_i - x_j|", 0);
        measure(recorded, BLOCK_BOUND, "1 - e lambda_2 of each block", 0);
        measure(recorded, DEFECT, "max_j |sum_i A_ij - 1| of each block", 0);
    }

    private void measure(List<String> recorded, String name, String meaning, double floor) {
        if (!recorded.contains(name)) {
            return;
        }
        NpyArray array = run.measure(name);
        List<String> entries = ENTRIES.get(name);
        int size = array.shape().size() == 2 ? 1 : array.shape().get(2);
        int entry = entries == null ? 0 : entries.indexOf(name.equals(ENERGY) ? ENERGY_BETA : CLUSTER_DEGREES);
        if (size != (entries == null ? 1 : entries.size()) || array.shape().size() > 3) {
            throw org.consensusprobe.common.Problem.input(
                    "%s: the measure %s has shape %s; expected %s numbers at each depth.",
                    run.path(), name, array.shape(), entries == null ? "1" : entries.size());
        }
        int prompts = array.shape().get(0);
        int depths = array.shape().get(1);
        double[][] values = new double[prompts][depths];
        for (int p = 0; p < prompts; p++) {
            for (int d = 0; d < depths; d++) {
                values[p][d] = array.values()[(p * depths + d) * size + entry];
            }
        }
        enter(name, meaning, values, floor);
    }

    /** d_0 times the blocks' factors: the bound that the verified-dynamics paper states, whether or not it may. */
    private void diameterBound() {
        if (!series.containsKey(DIAMETER) || !series.containsKey(BLOCK_BOUND)) {
            return;
        }
        double[][] diameter = series.get(DIAMETER).values();
        double[][] factors = series.get(BLOCK_BOUND).values();
        double[][] bound = new double[diameter.length][];
        for (int p = 0; p < bound.length; p++) {
            bound[p] = new double[diameter[p].length];
            bound[p][0] = diameter[p][0];
            for (int d = 1; d < bound[p].length; d++) {
                bound[p][d] = bound[p][d - 1] * factors[p][d];
            }
        }
        enter(DIAMETER_BOUND, "d_0 times the product of (1 - e lambda_2) over the blocks", bound, 0);
    }
}
