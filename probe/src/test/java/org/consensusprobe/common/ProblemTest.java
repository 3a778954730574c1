package org.consensusprobe.common;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProblemTest {
    @Test
    void aMessageWithoutArgumentsMayHaveTwoLinesAndPercentSigns() {
        assertThat(Problem.input("10 % off.%nDo something.").getMessage().lines())
                .containsExactly("10 % off.", "Do something.");
    }

    @Test
    void aMessageWithArgumentsIsFormatted() {
        assertThat(Problem.failed("%s: %d %%.%nRetry.", "file", 3).getMessage().lines())
                .containsExactly("file: 3 %.", "Retry.");
    }
}
