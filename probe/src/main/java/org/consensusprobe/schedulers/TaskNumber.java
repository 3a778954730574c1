package org.consensusprobe.schedulers;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;

/**
 * Which of how many tasks a process is.
 *
 * @param index from 1
 * @param count of all
 */
public record TaskNumber(int index, int count) {
    private static final Pattern FORM = Pattern.compile("(auto|\\d{1,9})(?:/(\\d{1,9}))?");
    private static final int UNKNOWN = -1;

    /**
     * What an array's task is told by its scheduler.
     *
     * @param index the variable with the task's number
     * @param first the variable with the first task's number, or the number itself
     * @param last the variable with the last task's number; empty if there is none
     * @param count the variable with the number of tasks; empty if there is none
     * @param step the variable with the distance of numbers; empty if there is none
     */
    private record Variables(String index, String first, String last, String count, String step) {}

    private static final List<Variables> SCHEDULERS = List.of(
            new Variables(
                    "SLURM_ARRAY_TASK_ID",
                    "SLURM_ARRAY_TASK_MIN",
                    "",
                    "SLURM_ARRAY_TASK_COUNT",
                    "SLURM_ARRAY_TASK_STEP"),
            new Variables("JOB_COMPLETION_INDEX", "0", "", "", ""),
            new Variables("PBS_ARRAY_INDEX", "1", "", "", ""),
            new Variables("LSB_JOBINDEX", "1", "LSB_JOBINDEX_END", "", "LSB_JOBINDEX_STEP"),
            new Variables("SGE_TASK_ID", "SGE_TASK_FIRST", "SGE_TASK_LAST", "", "SGE_TASK_STEPSIZE"),
            new Variables("AWS_BATCH_JOB_ARRAY_INDEX", "0", "", "AWS_BATCH_JOB_ARRAY_SIZE", ""));

    /**
     * Reads {@code I/N}, {@code auto/N} or {@code auto}; for {@code auto} the scheduler's environment says what is left open.
     *
     * @throws Problem if it is neither, or the environment does not say it
     */
    public static TaskNumber parse(String text, Map<String, String> environment) {
        Matcher form = FORM.matcher(text);
        if (!form.matches() || !form.group(1).equals("auto") && form.group(2) == null) {
            throw Problem.input(
                    "--unit %s: expected I/N (task I of N, from 1), auto/N, or auto in a task of an array.",
                    Shown.text(text));
        }
        int count = form.group(2) == null ? UNKNOWN : Integer.parseInt(form.group(2));
        TaskNumber number = form.group(1).equals("auto")
                ? ofEnvironment(text, count, environment)
                : new TaskNumber(Integer.parseInt(form.group(1)), count);
        if (number.index < 1 || number.index > number.count) {
            throw Problem.input(
                    "--unit %s: task %d of %d: expected 1 to %d.", text, number.index, number.count, number.count);
        }
        return number;
    }

    private static TaskNumber ofEnvironment(String text, int count, Map<String, String> environment) {
        for (Variables names : SCHEDULERS) {
            int index = number(environment, names.index).orElse(UNKNOWN);
            if (index == UNKNOWN || index == 0 && names.index.equals("LSB_JOBINDEX")) { // 0: not of an array
                continue;
            }
            int first = number(environment, names.first)
                    .orElseGet(() -> names.first.matches("\\d") ? Integer.parseInt(names.first) : 1);
            int step = number(environment, names.step).filter(s -> s > 0).orElse(1);
            int all = count != UNKNOWN
                    ? count
                    : number(environment, names.count)
                            .or(() -> number(environment, names.last).map(last -> (last - first) / step + 1))
                            .orElseThrow(() -> Problem.input(
                                    "--unit auto: %s says which task this is, and nothing says of how many; give auto/N.",
                                    names.index));
            return new TaskNumber((index - first) / step + 1, all);
        }
        throw Problem.input(
                "--unit %s: no scheduler says which task this is (%s).%nGive I/N.",
                text,
                String.join(", ", SCHEDULERS.stream().map(Variables::index).toList()));
    }

    private static Optional<Integer> number(Map<String, String> environment, String name) {
        String value = name.isEmpty() ? null : environment.get(name);
        return value != null && value.matches("\\d{1,9}") ? Optional.of(Integer.valueOf(value)) : Optional.empty();
    }
}
