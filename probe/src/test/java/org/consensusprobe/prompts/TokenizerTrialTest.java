package org.consensusprobe.prompts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.consensusprobe.common.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tokenizers that hang or end the native library: found out in a process of their own. */
@Timeout(120)
class TokenizerTrialTest {
    private static final String TEMPLATE =
            "{\"version\":\"1.0\",\"added_tokens\":[],\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"%s\"},"
                    + "\"behavior\":\"Isolated\",\"invert\":false},"
                    + "\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0,\"[UNK]\":1},\"unk_token\":\"[UNK]\"}}";

    @TempDir
    Path folder;

    private Path tokenizer(String regex) throws IOException {
        return Files.writeString(folder.resolve("tokenizer.json"), TEMPLATE.replace("%s", regex));
    }

    @Test
    void aRegularExpressionThatNeverEndsIsFoundOutAndRemembered() throws IOException {
        Path file = tokenizer("(a|aa|a*b?)+$(?<=c)");

        for (int time = 0; time < 2; time++) {
            long start = System.nanoTime();
            assertThatThrownBy(() -> Tokenizer.load(file))
                    .isInstanceOf(Problem.class)
                    .hasMessageStartingWith(file + ": the tokenizer ")
                    .hasMessageContaining("it is refused");
            assertThat(time == 0 || System.nanoTime() - start < 5e9).isTrue();
        }
    }

    @Test
    void oneThatComputesWithoutEndIsGivenUp() {
        String json = TEMPLATE.replace("%s", "\\\\s+");

        assertThat(TokenizerTrial.run(json.getBytes(StandardCharsets.UTF_8), 0)).isNotEqualTo("sound");
    }

    @Test
    void anOrdinaryOneIsSound() throws IOException {
        String json = TEMPLATE.replace("%s", "\\\\s+");

        assertThat(TokenizerTrial.run(json.getBytes(StandardCharsets.UTF_8), 60))
                .isEqualTo("sound");
        assertThat(TokenizerTrial.run("{}".getBytes(StandardCharsets.UTF_8), 60))
                .as("the library says why")
                .isEqualTo("sound");
    }
}
