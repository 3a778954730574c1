package org.consensusprobe.experiment.attribute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.consensusprobe.Reference;
import org.consensusprobe.common.StrictJson;
import org.junit.jupiter.api.Test;

/** Against numpy: scripts/reference-redundancy.py. */
class RedundancyTest {
    private static final Path FOLDER = Reference.table("redundancy");
    private static final int DEPTHS = 4;

    private static Redundancy measured() {
        return Redundancy.of(IntStream.range(0, DEPTHS)
                .mapToObj(depth -> FOLDER.resolve("depth-" + depth + ".npy"))
                .toList());
    }

    @Test
    void isWhatNumpySays() {
        Redundancy found = measured();
        JsonNode expected = StrictJson.readObject(FOLDER.resolve("expected.json"), 1 << 20, "reference");
        for (int l = 0; l < DEPTHS; l++) {
            for (int m = 0; m < DEPTHS; m++) {
                assertThat(found.angular()[l][m]).isCloseTo(of(expected, "angular", l, m), within(1e-10));
                assertThat(found.alignment()[l][m]).isCloseTo(of(expected, "alignment", l, m), within(1e-10));
                assertThat(found.debiased()[l][m]).isCloseTo(of(expected, "debiased", l, m), within(1e-10));
            }
        }
        for (int block = 0; block + 1 < DEPTHS; block++) {
            assertThat(found.influence()[block])
                    .isCloseTo(expected.get("influence").get(block).asDouble(), within(1e-10));
            assertThat(found.linearity()[block])
                    .isCloseTo(expected.get("linearity").get(block).asDouble(), within(1e-10));
        }
    }

    /** Depths 1e-9 apart: 1 - cosine would be 0, and its arccos no angle at all. */
    @Test
    void isRightNearZero() {
        JsonNode expected = StrictJson.readObject(FOLDER.resolve("expected.json"), 1 << 20, "reference");
        double angle = of(expected, "angular", 1, 2);
        assertThat(angle).isBetween(1e-11, 1e-8);
        assertThat(measured().angular()[1][2] / angle).isCloseTo(1, within(1e-6));
    }

    @Test
    void namesTheBlocksThatDoLeast() {
        Redundancy found = measured();
        assertThat(found.leastInfluential(2).get(0)).isEqualTo(1);
        assertThat(found.leastAngular(1)).isEqualTo(1);
        assertThat(found.sentences(List.of(4, 6, 8)))
                .allMatch(sentence -> sentence.startsWith("The block "))
                .allMatch(sentence -> sentence.endsWith("--skip-blocks 6."));
    }

    private static double of(JsonNode expected, String name, int l, int m) {
        return expected.get(name).get(l).get(m).asDouble();
    }
}
