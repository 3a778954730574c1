package org.consensusprobe.results;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The sections of {@code manifest.json} that are read back; field names in the file are in snake_case. */
public final class ManifestSections {
    private ManifestSections() {}

    /**
     * The program that wrote a run.
     *
     * @param commit of its sources, with "-dirty" behind it where they were changed since; null if it is not known
     */
    public record Program(String name, String version, String commit) {
        /** What a citation names: "0.1.0, commit 1a2b..", or the version alone. */
        public String cited() {
            return commit == null ? version : version + ", commit " + commit;
        }
    }

    /**
     * The model that ran.
     *
     * @param name what figures call it
     * @param modelType the architecture's name in {@code config.json}
     * @param id the hub id; null for a plain directory or no files at all
     * @param revision the resolved commit; null where there is none
     * @param heads null where another program made the states and does not say, as of context and vocabulary
     * @param files the files that were read, empty for drawn weights
     * @param seed of the first draw; null for trained weights
     */
    public record Model(
            String name,
            String modelType,
            String id,
            String revision,
            int layers,
            int dim,
            Integer heads,
            Integer context,
            Integer vocabulary,
            List<ModelFile> files,
            Long seed) {
        public Model {
            requireText("name", name);
            requireText("model_type", modelType);
            requirePositive("layers", layers);
            files = files == null ? List.of() : List.copyOf(files);
        }
    }

    /** One file of a checkpoint; {@code sha256} in hexadecimal digits. */
    public record ModelFile(String name, long bytes, String sha256) {}

    /** The machine and the libraries. */
    public record Environment(
            String java,
            String djl,
            String pytorch,
            String os,
            String cpu,
            List<String> cpuFeatures,
            int threads,
            String device) {
        public Environment {
            cpuFeatures = cpuFeatures == null ? List.of() : List.copyOf(cpuFeatures);
        }
    }

    /**
     * The error below which a curve is rounding.
     *
     * @param error in the unit of the curve
     * @param dtype the state's dtype, which sets it
     * @param method how it was found, in one line
     */
    public record Floor(double error, String dtype, String method) {
        /** About the square of a rounding, as eq. 25 is half the square of a distance. */
        private static final double FLOAT32_RESOLUTION = 1e-14;

        private static final double FLOAT64_RESOLUTION = 1e-31;

        public Floor {
            if (!(error >= 0) || Double.isInfinite(error)) {
                throw new IllegalArgumentException("a floor is a number from 0, found " + error);
            }
        }

        /**
         * What rates are read above: the measured floor, or what the measure itself can tell apart in the state's dtype,
         * where equal tokens stayed equal to the last bit.
         */
        public double ofRates() {
            return Math.max(error, dtype.equals("float64") ? FLOAT64_RESOLUTION : FLOAT32_RESOLUTION);
        }
    }

    /**
     * Wall-clock times.
     *
     * @param started ISO 8601 in UTC
     * @param seconds the whole run
     * @param firstBlockSeconds from the start to the first block's output
     */
    public record Timings(String started, double seconds, double firstBlockSeconds, List<Double> perPassSeconds) {
        public Timings {
            perPassSeconds = perPassSeconds == null ? List.of() : List.copyOf(perPassSeconds);
        }
    }

    /** Memory of the process: the resident peak includes file-mapped pages, the anonymous one, seen after blocks, does not. */
    public record Memory(long peakRssBytes, Long peakAnonymousBytes) {}

    /**
     * A measure recorded beside the error, in {@code measures/NAME.npy}.
     *
     * @param unit what its values are counted in; "1" for a pure number
     * @param axes the meaning of each axis, "prompt" and "depth" (or "pass") first
     * @param labels of the entries of each further axis
     */
    public record Measure(String name, String unit, List<String> axes, Map<String, List<String>> labels) {
        public Measure {
            requireText("name", name);
            axes = axes == null ? List.of() : List.copyOf(axes);
            labels = labels == null ? Map.of() : new LinkedHashMap<>(labels);
        }

        public Measure(String name, String unit, List<String> axes) {
            this(name, unit, axes, Map.of());
        }

        /** Whether it was taken once a pass. */
        @JsonIgnore
        public boolean isPerPass() {
            return axes.size() > 1 && axes.get(1).equals("pass");
        }
    }

    private static void requireText(String field, String value) {
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException(field + " is missing");
        }
    }

    private static void requirePositive(String field, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(field + " must be 1 or more, found " + value);
        }
    }
}
