package org.consensusprobe.experiment.units;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.consensusprobe.common.StrictJson;

/**
 * A process among those of many machines.
 *
 * @param token no other process has
 * @param host its machine's name
 * @param start what tells this start of the machine, and of its container, from others
 * @param pid its number there
 * @param since when it began
 * @param node what the scheduler calls the machine; the host's name where there is none
 * @param job what the scheduler calls its task; empty where there is none
 */
record Owner(String token, String host, String start, long pid, String since, String node, String job) {
    /** This process. */
    static final Owner SELF = self();

    private static Owner self() {
        ProcessHandle own = ProcessHandle.current();
        String host = hostName();
        return new Owner(
                UUID.randomUUID().toString(),
                host,
                startOfMachine(),
                own.pid(),
                own.info().startInstant().map(Instant::toString).orElse(""),
                environment("SLURMD_NODENAME").orElse(host),
                environment("SLURM_ARRAY_JOB_ID")
                        .map(job ->
                                job + "_" + environment("SLURM_ARRAY_TASK_ID").orElse(""))
                        .or(() -> environment("SLURM_JOB_ID"))
                        .orElse(""));
    }

    /** For people: {@code node n1, process 123, job 7_2}. */
    String describe() {
        return "node " + node + ", process " + pid + (job.isEmpty() ? "" : ", job " + job);
    }

    String json() {
        return StrictJson.mapper()
                .createObjectNode()
                .put("token", token)
                .put("host", host)
                .put("start", start)
                .put("pid", pid)
                .put("since", since)
                .put("node", node)
                .put("job", job)
                .toString();
    }

    /** Reads one; empty if the text is not a whole one, as a file that was made a moment ago may be. */
    static Optional<Owner> read(String text) {
        try {
            JsonNode json = StrictJson.mapper().readTree(text);
            return json == null || !json.path("token").isTextual()
                    ? Optional.empty()
                    : Optional.of(new Owner(
                            json.path("token").asText(),
                            json.path("host").asText(),
                            json.path("start").asText(),
                            json.path("pid").asLong(),
                            json.path("since").asText(),
                            json.path("node").asText(),
                            json.path("job").asText()));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    /** Whether it is known to be no more: a process of this very start of this machine that is not there. */
    boolean isGone() {
        if (!host.equals(SELF.host) || !start.equals(SELF.start) || start.isEmpty()) {
            return false;
        }
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .filter(there -> since.isEmpty()
                        || there.info()
                                .startInstant()
                                .map(Instant::toString)
                                .orElse(since)
                                .equals(since))
                .isEmpty();
    }

    private static Optional<String> environment(String name) {
        return Optional.ofNullable(System.getenv(name)).filter(value -> !value.isBlank());
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return environment("HOSTNAME").orElse("unknown");
        }
    }

    /** Empty where the system does not say: nothing can be told of another process there. */
    private static String startOfMachine() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip() + " "
                    + Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
        } catch (IOException | UnsupportedOperationException e) {
            return "";
        }
    }
}
