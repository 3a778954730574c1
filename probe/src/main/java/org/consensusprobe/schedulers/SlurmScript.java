package org.consensusprobe.schedulers;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The batch scripts of a sweep's jobs: an array of tasks, and what collects when they are done. */
public final class SlurmScript {
    private final SlurmOptions options;
    private final Path directory;
    private final String name;

    /**
     * Scripts.
     *
     * @param directory where commands run: that of the submission
     * @param name of the jobs
     */
    public SlurmScript(SlurmOptions options, Path directory, String name) {
        this.options = options;
        this.directory = directory;
        this.name = name.replaceAll("[^A-Za-z0-9._-]+", "-");
    }

    /**
     * An array.
     *
     * @param tasks how many
     * @param limit how many at once; 0: no limit
     * @param megabytes of memory, unless the options ask for it; 0: what the cluster gives
     * @param folder gets logs, and holds {@code tasks}: a line of units for each task
     * @param command of a task
     * @param tries how often a unit may be begun
     */
    public String array(int tasks, int limit, long megabytes, Path folder, List<String> command, int tries) {
        List<String> head = new ArrayList<>(List.of(
                "--job-name=" + name,
                "--array=1-" + tasks + (limit > 0 ? "%" + limit : ""),
                "--output=" + folder.toString().replace("%", "%%") + "/task-%a.log",
                "--open-mode=append",
                "--requeue"));
        if (options.get("signal").isEmpty()) {
            head.add("--signal=B:TERM@" + options.notice());
        }
        if (!options.asksForMemory() && megabytes > 0) {
            head.add("--mem=" + megabytes + "M");
        }
        head.addAll(options.lines());
        return script(head, TASK)
                .replace("@UNITS@", quoted(folder.resolve("tasks").toString()))
                .replace("@TRIES@", Integer.toString(tries))
                .replace("@GRACE@", Integer.toString(Math.max(10, options.notice() - 15)))
                .replace("@THREADS@", command.contains("--threads") ? "" : " ${threads:+--threads \"$threads\"}")
                .replace("@COMMAND@", command(command));
    }

    /** The job that collects. */
    public String collector(Path folder, List<String> command) {
        List<String> head = new ArrayList<>(List.of(
                "--job-name=" + name + "-collect",
                "--output=" + folder.toString().replace("%", "%%") + "/collect.log",
                "--open-mode=append"));
        // tables need no accelerator, and no more than a run's memory
        options.lines().stream()
                .filter(line -> !line.matches("--(?:gres|gpus.*|signal|exclusive|nodes|ntasks.*)(?:=.*)?"))
                .forEach(head::add);
        return script(head, COLLECT).replace("@COMMAND@", command(command));
    }

    private String script(List<String> head, String body) {
        String lines = head.stream().map(line -> "#SBATCH " + option(line)).collect(Collectors.joining("\n"));
        return "#!/bin/sh\n" + lines + "\n\ncd " + quoted(directory.toString()) + " || exit 1\n" + body;
    }

    private static String option(String line) {
        return line.matches("[A-Za-z0-9=._:,/%@+\\[\\]-]*")
                ? line
                : line.replaceFirst("=", "=\"") + (line.contains("=") ? "\"" : "");
    }

    private static String command(List<String> words) {
        return words.stream().map(SlurmScript::quoted).collect(Collectors.joining(" "));
    }

    private static String quoted(String word) {
        return word.matches("[A-Za-z0-9=._:,/%@+-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    private static final String TEMPORARY =
            """
            # temporary files lie on the node, where the cluster names a place for them
            for place in "$SLURM_TMPDIR" "$TMPDIR" /tmp; do
              if [ -n "$place" ] && [ -d "$place" ] && [ -w "$place" ]; then TMPDIR=$place; export TMPDIR; break; fi
            done
            """;

    private static final String TASK = TEMPORARY
            + """
            # how long the program may take to end once it is told to
            CONSENSUS_GRACE_SECONDS=@GRACE@
            export CONSENSUS_GRACE_SECONDS
            threads=${SLURM_CPUS_PER_TASK:-$SLURM_CPUS_ON_NODE}

            child=
            again=
            ending=
            # SIGTERM comes before the time limit, to this shell alone; scancel sends it too, but then the job is not running any more
            told() {
              ending=1
              [ -n "$child" ] && kill -TERM "$child" 2>/dev/null
              case $(scontrol show job -o "$SLURM_JOB_ID" 2>/dev/null) in *JobState=RUNNING*) again=1 ;; esac
            }
            trap told TERM

            # the process may be killed outright (out of memory): its units are begun again, each as often as it may be
            starts=$(($(sed -n "${SLURM_ARRAY_TASK_ID}p" @UNITS@ | wc -w) * @TRIES@ + 1))
            while :; do
              echo "$(date '+%F %T') task $SLURM_ARRAY_TASK_ID on $(uname -n) ${SLURMD_NODENAME}, start ${SLURM_RESTART_COUNT:-0}"
              @COMMAND@@THREADS@ &
              child=$!
              wait "$child"
              code=$?
              while kill -0 "$child" 2>/dev/null; do
                wait "$child"
                code=$?
              done
              child=
              starts=$((starts - 1))
              if [ -n "$ending" ] || [ "$code" -le 128 ] || [ "$code" -eq 130 ] || [ "$starts" -le 0 ]; then break; fi
              echo "the process was killed (exit code $code); beginning again"
            done
            if [ -n "$again" ] && [ "$code" -ne 0 ]; then
              echo "$(date '+%F %T') the time limit is near: requeued, to go on from the state that was kept"
              scontrol requeue "$SLURM_JOB_ID" && sleep 60
            fi
            exit "$code"
            """;

    private static final String COLLECT = TEMPORARY + "@COMMAND@\n";
}
