package org.consensusprobe.results;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.plan.Route;

/** A recorded run; its arrays are read when asked for, and checked against its manifest. */
public final class RunReader {
    private static final Pattern HIDDEN_AT = Pattern.compile("hidden/depth-(\\d{1,8})\\.npy");

    private final Path path;
    private final Manifest manifest;
    private final Route route;
    private final int prompts;

    private RunReader(Path path, Manifest manifest) {
        this.path = path;
        this.manifest = manifest;
        this.route = manifest.route();
        this.prompts = manifest.promptCount();
    }

    /**
     * Opens a run directory.
     *
     * @throws Problem if it is none, or its manifest is damaged
     */
    public static RunReader open(Path directory) {
        Path manifest = directory.resolve(RunDirectory.MANIFEST);
        if (!Files.exists(directory)) {
            throw Problem.input("%s: no such run directory.", directory);
        }
        if (!Files.isDirectory(directory)) {
            throw Problem.input("%s: expected a run directory, found a file.", directory);
        }
        if (!Files.exists(manifest)) {
            throw Problem.input("%s: not a run directory: it holds no %s.", directory, RunDirectory.MANIFEST);
        }
        return new RunReader(directory, Manifest.read(manifest));
    }

    public Path path() {
        return path;
    }

    /** The folder's name. */
    public String name() {
        Path name = path.toAbsolutePath().normalize().getFileName();
        return name == null ? path.toString() : name.toString();
    }

    public Manifest manifest() {
        return manifest;
    }

    /** The way that it went through the layers. */
    public Route route() {
        return route;
    }

    /** The error, [prompts][blocks + 1]. */
    public double[][] error() {
        NpyArray error = readAlong(depths(), path.resolve(RunDirectory.ERROR));
        if (error.shape().size() != 2) {
            throw wrongShape(path.resolve(RunDirectory.ERROR), error.shape());
        }
        return error.rows();
    }

    /** The error's summary over prompts. */
    public Curve curve() {
        return Curve.of(error(), route);
    }

    /** The hidden states after the last pass, [prompts, tokens, dim]; recorded with {@code --save-hidden} only. */
    public NpyArray hidden() {
        Path file = path.resolve(RunDirectory.HIDDEN);
        if (!Files.exists(file)) {
            throw Problem.input("%s: not recorded; runs with --save-hidden have it.", file);
        }
        NpyHeader header = Npy.readHeader(file);
        List<Integer> expected =
                List.of(prompts, manifest.tokens(), manifest.model().dim());
        if (!header.shape().equals(expected)) {
            throw Problem.input(
                    "%s: expected shape %s as its manifest says, found %s.", file, expected, header.shape());
        }
        return Npy.read(file);
    }

    /** Names of all depths, with their pass where passes have names; empty for a run, whose depths are blocks of its model. */
    public List<String> depthNames() {
        JsonNode given = manifest.section("given");
        List<String> names = new ArrayList<>();
        for (JsonNode name : given.path("depths")) {
            int depth = names.size();
            boolean inPass = depth > 0 && given.path("passes").size() == route.passes() && route.passes() > 1;
            names.add(name.asText()
                    + (inPass && depth <= route.blocks()
                            ? " of "
                                    + given.path("passes")
                                            .get(route.at(depth).pass())
                                            .asText()
                            : ""));
        }
        return names.size() == depths() ? names : List.of();
    }

    /** The depths at which {@code --save-hidden-at} kept hidden states, in order. */
    public List<Integer> hiddenDepths() {
        List<Integer> depths = new ArrayList<>();
        for (JsonNode file : manifest.section("states").path("files")) {
            Matcher depth = HIDDEN_AT.matcher(file.path("file").asText());
            if (depth.matches()) {
                depths.add(Integer.valueOf(depth.group(1)));
            }
        }
        return depths;
    }

    /** The hidden states that were kept at a depth. */
    public StatesArray hiddenAt(int depth) {
        return StatesArray.open(hiddenFile(depth));
    }

    /** The file of the hidden states at a depth; of a run that was put aside it may have been taken out. */
    public Path hiddenFile(int depth) {
        return path.resolve(RunDirectory.HIDDEN_AT).resolve("depth-" + depth + ".npy");
    }

    /** A further measure, [prompts, blocks + 1, ...], or [prompts, passes, ...] where it is taken once a pass. */
    public NpyArray measure(String name) {
        List<String> recorded =
                manifest.measures().stream().map(ManifestSections.Measure::name).toList();
        if (!recorded.contains(name)) {
            throw Problem.input(
                    "%s: measure \"%s\" was not recorded; recorded: %s.",
                    path, name, recorded.isEmpty() ? "none" : Shown.firstFew(recorded));
        }
        try {
            boolean perPass =
                    manifest.measures().stream().anyMatch(m -> m.name().equals(name) && m.isPerPass());
            return readAlong(perPass ? route.passes() : depths(), RunDirectory.measureFile(path, name));
        } catch (IllegalArgumentException e) {
            throw Problem.input(e, "%s: %s.", path.resolve(RunDirectory.MANIFEST), e.getMessage());
        }
    }

    /** The measures whose arrays are there: of a run that was put aside, large ones may have been taken out. */
    public List<ManifestSections.Measure> measures() {
        return manifest.measures().stream()
                .filter(m -> Files.exists(RunDirectory.measureFile(path, m.name())))
                .toList();
    }

    private int depths() {
        return route.blocks() + 1;
    }

    /**
     * A measure against depth, [prompts][blocks + 1].
     *
     * @param name of the measure; where it has a further axis, followed by a colon and one of that axis's labels
     * @throws Problem if the run does not have it
     */
    public double[][] curvesOf(String name) {
        String[] parts = name.split(":", 2);
        NpyArray array = measure(parts[0]);
        List<String> labels = manifest.measures().stream()
                .filter(m -> m.name().equals(parts[0]))
                .flatMap(m -> m.labels().values().stream())
                .flatMap(List::stream)
                .toList();
        int part = parts.length == 1 ? 0 : labels.indexOf(parts[1]);
        int size = array.shape().stream().skip(2).reduce(1, (a, b) -> a * b);
        if (array.shape().get(1) != depths() || (size > 1) != (parts.length == 2) || part < 0 || part >= size) {
            throw Problem.input(
                    "%s: \"%s\" is no single curve along depth; parts of %s: %s.",
                    path, name, parts[0], labels.isEmpty() ? "none" : Shown.firstFew(labels));
        }
        double[][] curves = new double[prompts][depths()];
        for (int prompt = 0; prompt < prompts; prompt++) {
            for (int depth = 0; depth < depths(); depth++) {
                curves[prompt][depth] = array.values()[(prompt * depths() + depth) * size + part];
            }
        }
        return curves;
    }

    private NpyArray readAlong(int steps, Path file) {
        if (!Files.exists(file)) {
            throw Problem.input("%s: missing.%s", file, unfinished());
        }
        NpyHeader header = Npy.readHeader(file);
        List<Integer> shape = header.shape();
        if (shape.size() < 2 || !shape.subList(0, 2).equals(List.of(prompts, steps))) {
            throw wrongShape(file, shape);
        }
        return Npy.read(file);
    }

    private Problem wrongShape(Path file, List<Integer> shape) {
        return Problem.input(
                "%s: expected shape [%d, %d] (%d prompts; %s) as its manifest says, found %s.",
                file, prompts, depths(), prompts, route.words(), shape);
    }

    private String unfinished() {
        Manifest.Status status = manifest.status();
        if (status == Manifest.Status.COMPLETE) {
            return " The manifest calls the run complete, so the file was removed later.";
        }
        String reason = manifest.reason().map(r -> ": " + Shown.text(r)).orElse("");
        return " The run did not finish (" + status.name().toLowerCase(Locale.ROOT) + reason
                + "). The same run with --resume finishes it.";
    }
}
