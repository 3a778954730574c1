package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.consensusprobe.common.StrictJson;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checkpoints whose answer was planted, made by {@code scripts/planted-checkpoints.py}: the verdict names it. */
@Tag("slow")
class PlantedAnswersTest {
    private static final int SETS = 5;

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "attention, collapse-by-attention, attention",
        "feed-forward, common-drift, not-attention",
        "drift, common-drift, attention",
        "anisotropy, anisotropy, ",
        "late, collapse-by-attention, attention",
        "sink, collapse-hidden-by-token-1, attention",
        "encoder, collapse-by-attention, attention",
        "never, stays-apart, "
    })
    void isNamedOverFivePromptSets(String kind, String finding, String cause) {
        for (int set = 1; set <= SETS; set++) {
            JsonNode random = check(kind, set);
            assertThat(random.path("finding").asText())
                    .as("%s, set %d: %s", kind, set, random)
                    .isEqualTo(finding);
            if (cause != null) {
                assertThat(random.path("shares_at").path("cause").asText())
                        .as("%s, set %d: %s", kind, set, random)
                        .isEqualTo(cause);
            }
            if (kind.equals("late")) {
                assertThat(random.path("recycled").path("collapsed_from_pass").asInt())
                        .isGreaterThan(10);
            }
        }
    }

    private JsonNode check(String kind, int set) {
        Path out = folder.resolve(kind + "-" + set);
        CommandResult.of(
                        "check",
                        Path.of("src/test/resources/planted", kind).toString(),
                        "--without",
                        "shuffled,random", // what is named here hangs on neither
                        "--threads",
                        "1",
                        "--seed",
                        Integer.toString(set),
                        "--out",
                        out.toString())
                .succeeded();
        return StrictJson.readObject(out.resolve("check.json"), 1 << 20, "verdict")
                .path("prompts")
                .path("random");
    }
}
