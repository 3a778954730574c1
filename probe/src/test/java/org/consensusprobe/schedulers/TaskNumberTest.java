package org.consensusprobe.schedulers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.consensusprobe.common.Problem;
import org.junit.jupiter.api.Test;

class TaskNumberTest {
    @Test
    void isGivenOrFoundInTheEnvironmentOfEveryScheduler() {
        assertThat(TaskNumber.parse("3/40", Map.of())).isEqualTo(new TaskNumber(3, 40));
        assertThat(TaskNumber.parse(
                        "auto",
                        Map.of("SLURM_ARRAY_TASK_ID", "7", "SLURM_ARRAY_TASK_MIN", "1", "SLURM_ARRAY_TASK_COUNT", "9")))
                .isEqualTo(new TaskNumber(7, 9));
        assertThat(TaskNumber.parse(
                        "auto",
                        Map.of("SLURM_ARRAY_TASK_ID", "0", "SLURM_ARRAY_TASK_MIN", "0", "SLURM_ARRAY_TASK_COUNT", "9")))
                .isEqualTo(new TaskNumber(1, 9));
        assertThat(TaskNumber.parse(
                        "auto",
                        Map.of(
                                "SLURM_ARRAY_TASK_ID",
                                "14",
                                "SLURM_ARRAY_TASK_MIN",
                                "10",
                                "SLURM_ARRAY_TASK_COUNT",
                                "3",
                                "SLURM_ARRAY_TASK_STEP",
                                "2")))
                .isEqualTo(new TaskNumber(3, 3));
        assertThat(TaskNumber.parse("auto/5", Map.of("JOB_COMPLETION_INDEX", "0")))
                .isEqualTo(new TaskNumber(1, 5));
        assertThat(TaskNumber.parse("auto/5", Map.of("PBS_ARRAY_INDEX", "5"))).isEqualTo(new TaskNumber(5, 5));
        assertThat(TaskNumber.parse("auto", Map.of("LSB_JOBINDEX", "2", "LSB_JOBINDEX_END", "8")))
                .isEqualTo(new TaskNumber(2, 8));
        assertThat(TaskNumber.parse(
                        "auto",
                        Map.of(
                                "SGE_TASK_ID",
                                "3",
                                "SGE_TASK_FIRST",
                                "1",
                                "SGE_TASK_LAST",
                                "4",
                                "SGE_TASK_STEPSIZE",
                                "1")))
                .isEqualTo(new TaskNumber(3, 4));
        assertThat(TaskNumber.parse("auto", Map.of("AWS_BATCH_JOB_ARRAY_INDEX", "3", "AWS_BATCH_JOB_ARRAY_SIZE", "4")))
                .isEqualTo(new TaskNumber(4, 4));
    }

    @Test
    void saysWhatIsMissing() {
        refuses("auto", Map.of(), "no scheduler says which task this is");
        refuses("auto", Map.of("SGE_TASK_ID", "undefined", "LSB_JOBINDEX", "0"), "no scheduler says");
        refuses("auto", Map.of("JOB_COMPLETION_INDEX", "1"), "nothing says of how many; give auto/N");
        refuses("auto/2", Map.of("JOB_COMPLETION_INDEX", "2"), "task 3 of 2: expected 1 to 2");
        refuses("0/3", Map.of(), "expected 1 to 3");
        refuses("4/3", Map.of(), "expected 1 to 3");
        refuses("3", Map.of(), "expected I/N");
        refuses("a/b", Map.of(), "expected I/N");
    }

    private static void refuses(String text, Map<String, String> environment, String reason) {
        assertThatThrownBy(() -> TaskNumber.parse(text, environment))
                .isInstanceOf(Problem.class)
                .hasMessageContaining(reason);
    }
}
