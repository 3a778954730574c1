package org.consensusprobe.results;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Build;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;

/**
 * Writes a finished simulation into its run directory: {@code manifest.json} and {@code arrays/NAME.npy}.
 *
 * <p>The manifest is written last, so that a directory that has one is whole.
 */
public final class SimulationDirectory {
    /** The version of the layout. */
    public static final int FORMAT = 1;

    private SimulationDirectory() {}

    /**
     * Writes.
     *
     * @param version of this program
     * @param command the command line, for the reader
     * @param seconds of computing
     */
    public static void write(
            Path directory, SimulationResult result, String version, String command, Instant started, double seconds) {
        Path arrays = directory.resolve(RunDirectory.ARRAYS);
        try {
            Files.createDirectories(arrays);
        } catch (IOException e) {
            throw Problem.failed(e, "%s: cannot be created: %s.", arrays, e.getMessage());
        }
        result.arrays()
                .forEach((name, array) -> Npy.write(
                        arrays.resolve(name + ".npy"),
                        array.values(),
                        array.shape().stream().mapToInt(Integer::intValue).toArray()));
        AtomicFiles.writeText(
                directory.resolve(RunDirectory.MANIFEST), manifest(result, version, command, started, seconds));
    }

    private static String manifest(
            SimulationResult result, String version, String command, Instant started, double seconds) {
        ObjectNode root = StrictJson.mapper().createObjectNode();
        root.put("format", FORMAT);
        root.put("kind", "simulation");
        root.putObject("program")
                .put("name", "consensus-probe")
                .put("version", version)
                .put("commit", Build.commit().orElse(null));
        root.put("status", "complete");
        root.put("system", result.name());
        root.put("title", result.title());
        root.put("statement", result.statement());
        root.put("command", command);
        ArrayNode chosen = root.putArray("chosen");
        result.chosen().forEach(c -> {
            ObjectNode entry = chosen.addObject();
            entry.put("name", c.name());
            entry.put("value", c.value());
            entry.put("source", c.source().isEmpty() ? "as chosen" : c.source());
        });
        ArrayNode findings = root.putArray("findings");
        result.findings().forEach(f -> findings.addObject()
                .put("what", f.what())
                .put("predicted", f.predicted())
                .put("measured", f.measured())
                .put("verdict", f.verdict()));
        ObjectNode arrays = root.putObject("arrays");
        result.arrays().forEach((name, array) -> {
            ArrayNode shape = arrays.putArray(name);
            array.shape().forEach(shape::add);
        });
        root.putObject("environment")
                .put("java", System.getProperty("java.version"))
                .put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"))
                .put("processors", Runtime.getRuntime().availableProcessors())
                .put("dtype", "float64");
        root.putObject("timings")
                .put("started", started.truncatedTo(ChronoUnit.SECONDS).toString())
                .put("seconds", Math.round(seconds * 1000) / 1000.0);
        try {
            return StrictJson.mapper()
                            .writer(new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n")))
                            .writeValueAsString(root)
                    + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
