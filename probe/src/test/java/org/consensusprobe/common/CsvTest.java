package org.consensusprobe.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CsvTest {
    @Test
    void cellsAreQuotedWhereTheyNeedIt() {
        assertThat(Csv.line("plain", 1, 0.5, null, true)).isEqualTo("plain,1,0.5,,true\n");
        assertThat(Csv.line(List.of("a, b", "say \"x\"", "two\nlines")))
                .isEqualTo("\"a, b\",\"say \"\"x\"\"\",\"two\nlines\"\n");
    }
}
