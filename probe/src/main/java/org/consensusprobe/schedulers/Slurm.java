package org.consensusprobe.schedulers;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;

/** Slurm, by its own commands: sbatch, squeue, scancel, sinfo and scontrol. */
public final class Slurm {
    private static final long MOST_SECONDS = 60;
    private static final Pattern MAX_ARRAY = Pattern.compile("(?m)^MaxArraySize\\s*=\\s*(\\d+)");
    private static final int USUAL_MAX_ARRAY = 1001;

    private Slurm() {}

    /**
     * Slurm as this machine reaches it.
     *
     * @throws Problem if there is no sbatch here
     */
    public static Slurm here() {
        boolean found = Arrays.stream(System.getenv().getOrDefault("PATH", "").split(java.io.File.pathSeparator))
                .anyMatch(Slurm::holdsSbatch);
        if (!found) {
            throw Problem.input(
                    "--on slurm: there is no sbatch on the PATH; start this on a machine that submits jobs to Slurm.");
        }
        return new Slurm();
    }

    private static boolean holdsSbatch(String folder) {
        try {
            return !folder.isEmpty() && Files.isExecutable(Path.of(folder, "sbatch"));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /** How many numbers an array's tasks may have, counted from 0. */
    public int maxArraySize() {
        Matcher size = MAX_ARRAY.matcher(require("scontrol", "show", "config"));
        return size.find() ? Integer.parseInt(size.group(1)) : USUAL_MAX_ARRAY;
    }

    /**
     * Megabytes of the largest node.
     *
     * @param partition whose nodes; empty for all
     * @return empty where Slurm does not know the nodes' memory
     * @throws Problem if there is no such partition
     */
    public OptionalLong largestNode(Optional<String> partition) {
        List<String> command = new ArrayList<>(List.of("sinfo", "-h", "-o", "%m"));
        partition.ifPresent(name -> command.addAll(List.of("-p", name)));
        String sizes = require(command.toArray(String[]::new));
        if (sizes.isBlank() && partition.isPresent()) {
            throw Problem.input(
                    "--slurm partition=%s: Slurm has no such partition; it has %s.",
                    partition.get(),
                    String.join(", ", require("sinfo", "-h", "-o", "%R").strip().split("\\s+")));
        }
        return sizes.lines()
                .map(line -> line.replaceAll("\\D", ""))
                .filter(digits -> !digits.isEmpty())
                .mapToLong(Long::parseLong)
                .filter(megabytes -> megabytes > 1)
                .max();
    }

    /**
     * Has a script checked, without queueing it.
     *
     * @throws Problem if Slurm would not take it, in Slurm's words
     */
    public void test(Path script) {
        require("sbatch", "--test-only", script.toString());
    }

    /**
     * Queues a script.
     *
     * @param after jobs that have to end first, however they end
     * @return the job's number
     */
    public String submit(Path script, List<String> after) {
        List<String> command = new ArrayList<>(List.of("sbatch", "--parsable"));
        if (!after.isEmpty()) {
            command.add("--dependency=afterany:" + String.join(":", after));
        }
        command.add(script.toString());
        return require(command.toArray(String[]::new)).strip().split(";")[0];
    }

    /**
     * A job, or a task of an array, that has not ended.
     *
     * @param job number of the job or the array
     * @param task number within the array; 0 of a job that is none
     */
    public record Queued(String job, int task, String state) {}

    /** This user's jobs that have not ended. */
    public List<Queued> queue() {
        List<Queued> queued = new ArrayList<>();
        require("squeue", "-h", "-r", "-u", System.getProperty("user.name"), "-o", "%F %K %T")
                .lines()
                .forEach(line -> {
                    String[] parts = line.strip().split("\\s+");
                    if (parts.length == 3) {
                        queued.add(new Queued(
                                parts[0], parts[1].matches("\\d{1,9}") ? Integer.parseInt(parts[1]) : 0, parts[2]));
                    }
                });
        return queued;
    }

    /** Ends jobs. */
    public void cancel(List<String> jobs) {
        List<String> command = new ArrayList<>(List.of("scancel"));
        command.addAll(jobs);
        require(command.toArray(String[]::new));
    }

    private static String require(String... command) {
        try {
            Process process = new ProcessBuilder(command).start();
            process.getOutputStream().close();
            CompletableFuture<String> errors = CompletableFuture.supplyAsync(() -> text(process.getErrorStream()));
            CompletableFuture<String> output = CompletableFuture.supplyAsync(() -> text(process.getInputStream()));
            if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw Problem.failed(
                        "%s does not answer within %d s; is Slurm's controller reachable?", command[0], MOST_SECONDS);
            }
            if (process.exitValue() != 0) {
                List<String> said =
                        errors.join().lines().filter(line -> !line.isBlank()).toList();
                // an option that it does not know is named without "error", and "Try --help" follows
                String first = Stream.of(" error: ", " fatal: ", command[0] + ": ", "")
                        .flatMap(mark -> said.stream().filter(line -> line.contains(mark)))
                        .findFirst()
                        .orElse("exit code " + process.exitValue());
                throw Problem.input(
                        "%s refuses: %s", command[0], first.replaceFirst("^\\w+: (?:(?:error|fatal): )?", ""));
            }
            return output.join();
        } catch (IOException e) {
            throw Problem.failed(e, "%s cannot be started: %s.", command[0], e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Problem.interrupted("Interrupted.");
        }
    }

    private static String text(InputStream in) {
        try (in) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }
}
