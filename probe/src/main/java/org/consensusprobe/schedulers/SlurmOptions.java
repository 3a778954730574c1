package org.consensusprobe.schedulers;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;

/** What a user has sbatch told, by sbatch's own names: {@code partition=gpu,time=04:00:00,gres=gpu:1,exclusive}. */
public final class SlurmOptions {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]*");
    private static final Set<String> FLAGS =
            Set.of("exclusive", "contiguous", "spread-job", "oversubscribe", "overcommit");
    private static final Set<String> OURS = Set.of(
            "array",
            "output",
            "error",
            "open-mode",
            "dependency",
            "wrap",
            "parsable",
            "test-only",
            "wait",
            "requeue",
            "no-requeue",
            "chdir");
    private static final Pattern MEMORY = Pattern.compile("(\\d{1,12})([KMGT]?)B?", Pattern.CASE_INSENSITIVE);
    private static final Pattern SIGNAL = Pattern.compile("B:(?:SIG)?TERM@(\\d{1,6})");
    private static final int LEAST_NOTICE = 30;
    private static final int MOST_NOTICE = 300;
    private static final int NOTICE = 120;

    private final Map<String, String> values;

    private SlurmOptions(Map<String, String> values) {
        this.values = values;
    }

    /**
     * Reads options; a part between commas without {@code =} that is no flag goes on with the value before it.
     *
     * @throws Problem if it is none, or one that has to be as this program sets it
     */
    public static SlurmOptions parse(List<String> texts) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String text : texts) {
            String last = null;
            for (String part : text.split(",")) {
                String piece = part.strip().replaceFirst("^--", "");
                String name = piece.split("=", 2)[0];
                if (piece.contains("=") && NAME.matcher(name).matches()) {
                    values.put(name, piece.substring(name.length() + 1));
                    last = name;
                } else if (FLAGS.contains(piece)) {
                    values.put(piece, "");
                } else if (last != null && !piece.isEmpty()) {
                    values.merge(last, piece, (a, b) -> a + "," + b);
                } else {
                    throw Problem.input(
                            "--slurm %s: expected sbatch's options as NAME=VALUE,..., such as partition=gpu,time=04:00:00,mem=16G.",
                            Shown.text(text));
                }
            }
        }
        SlurmOptions options = new SlurmOptions(values);
        options.check();
        return options;
    }

    private void check() {
        values.forEach((name, value) -> {
            if (OURS.contains(name)) {
                throw Problem.input(
                        "--slurm %s: that is set by this program%s.",
                        name, name.equals("array") ? "; --array-limit K bounds how many tasks run at once" : "");
            }
            if (value.chars().anyMatch(c -> c < ' ' || c == '"' || c == '\\')) {
                throw Problem.input(
                        "--slurm %s=%s: a value with quotes or control characters.", name, Shown.text(value));
            }
        });
        Optional.ofNullable(values.get("signal"))
                .filter(s -> !SIGNAL.matcher(s).matches())
                .ifPresent(s -> {
                    throw Problem.input(
                            "--slurm signal=%s: expected B:TERM@SECONDS: tasks keep their state on SIGTERM.",
                            Shown.text(s));
                });
        if (values.containsKey("mem") && megabytes().isEmpty()) {
            throw Problem.input("--slurm mem=%s: expected a size such as 16G.", Shown.text(values.get("mem")));
        }
    }

    /** The value of one. */
    public Optional<String> get(String name) {
        return Optional.ofNullable(values.get(name));
    }

    /** Whether memory is asked for, in whatever way. */
    public boolean asksForMemory() {
        return values.keySet().stream().anyMatch(name -> name.equals("mem") || name.startsWith("mem-per-"));
    }

    /** Megabytes of a node, as {@code mem} asks for; 0 is all of it. */
    public Optional<Long> megabytes() {
        return get("mem").map(MEMORY::matcher).filter(Matcher::matches).map(m -> {
            long number = Long.parseLong(m.group(1));
            return switch (m.group(2).isEmpty()
                    ? 'M'
                    : Character.toUpperCase(m.group(2).charAt(0))) {
                case 'K' -> number >> 10;
                case 'G' -> number << 10;
                case 'T' -> number << 20;
                default -> number;
            };
        });
    }

    /** Seconds before the time limit at which a task is told: a tenth of the limit, within bounds. */
    public int notice() {
        Optional<Matcher> own = get("signal").map(SIGNAL::matcher).filter(Matcher::matches);
        if (own.isPresent()) {
            return Integer.parseInt(own.get().group(1));
        }
        return get("time")
                .or(() -> get("t"))
                .flatMap(SlurmOptions::seconds)
                .map(limit -> (int) Math.max(LEAST_NOTICE, Math.min(MOST_NOTICE, limit / 10)))
                .orElse(NOTICE);
    }

    /** M, M:S, H:M:S, D-H, D-H:M or D-H:M:S. */
    static Optional<Long> seconds(String time) {
        Matcher form = Pattern.compile("(?:(\\d{1,5})-)?(\\d{1,6})(?::(\\d{1,2}))?(?::(\\d{1,2}))?")
                .matcher(time);
        if (!form.matches()) {
            return Optional.empty();
        }
        long[] parts = new long[4];
        for (int i = 0; i < 4; i++) {
            parts[i] = form.group(i + 1) == null ? 0 : Long.parseLong(form.group(i + 1));
        }
        if (form.group(1) != null) {
            return Optional.of(86400 * parts[0] + 3600 * parts[1] + 60 * parts[2] + parts[3]);
        }
        return Optional.of(
                form.group(4) != null ? 3600 * parts[1] + 60 * parts[2] + parts[3] : 60 * parts[1] + parts[2]);
    }

    /** As lines of a script. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        values.forEach((name, value) -> lines.add(value.isEmpty() ? "--" + name : "--" + name + "=" + value));
        return lines;
    }
}
