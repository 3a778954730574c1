package org.consensusprobe.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.consensusprobe.common.Home;

/** A Slurm of two nodes on this machine, by {@code scripts/local-cluster}, and the program as its users start it. */
final class LocalCluster implements AutoCloseable {
    private static final int MOST_SECONDS = 900;
    private static final String PORT = "17317";

    private final Path folder;

    private LocalCluster(Path folder) {
        this.folder = folder;
    }

    /** Whether there can be one here. */
    static boolean isPossible() throws IOException, InterruptedException {
        Process tools = new ProcessBuilder(
                        "sh",
                        "-c",
                        "[ \"$(id -u)\" = 0 ] && command -v slurmctld && command -v slurmd && command -v munged")
                .start();
        return tools.waitFor() == 0;
    }

    static LocalCluster start(Path folder) throws IOException, InterruptedException {
        LocalCluster cluster = new LocalCluster(folder);
        Result result = cluster.run("scripts/local-cluster", "start", folder.toString());
        if (result.exit() != 0) {
            throw new IOException("the cluster did not start: " + result.err());
        }
        return cluster;
    }

    record Result(int exit, String out, String err) {}

    /** A command that sees the cluster; a script of the project, or one of Slurm's. */
    Result run(String... command) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of(command));
        if (words.get(0).contains("/")) {
            words.set(0, Home.directory().resolve(words.get(0)).toString());
        }
        return run(words, Map.of());
    }

    /** The program, in a process of its own. */
    Result consensus(String... arguments) throws IOException, InterruptedException {
        return consensus(Map.of(), arguments);
    }

    Result consensus(Map<String, String> environment, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dconsensus.home=" + Home.directory(),
                "-Dai.djl.offline=true",
                "-DOPT_OUT_TRACKING=true",
                "-DRUST_FLAVOR=cpu",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        return run(command, environment);
    }

    private Result run(List<String> command, Map<String, String> environment) throws IOException, InterruptedException {
        Path out = Files.createTempFile("cluster-out", "");
        Path err = Files.createTempFile("cluster-err", "");
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
            builder.environment().put("SLURM_CONF", folder.resolve("slurm.conf").toString());
            builder.environment().put("SLURM_TEST_PORT", PORT);
            builder.environment().putAll(environment);
            Process process = builder.start();
            if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(command + " did not end: " + Files.readString(err));
            }
            return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    /** The number of the daemon of a node. */
    long daemon(int node) throws IOException {
        return Long.parseLong(
                Files.readString(folder.resolve("slurmd-n" + node + ".pid")).strip());
    }

    static void until(String what, BooleanSupplier holds) throws InterruptedException {
        for (int i = 0; !holds.getAsBoolean(); i++) {
            if (i > 20 * MOST_SECONDS) {
                throw new IllegalStateException("waited in vain until " + what);
            }
            Thread.sleep(50);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            stop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void stop() throws IOException, InterruptedException {
        run("scancel", "-u", System.getProperty("user.name"));
        until("no job is left", () -> {
            try {
                return run("squeue", "-h").out().isBlank();
            } catch (IOException | InterruptedException e) {
                return true;
            }
        });
        run("scripts/local-cluster", "stop", folder.toString());
    }
}
