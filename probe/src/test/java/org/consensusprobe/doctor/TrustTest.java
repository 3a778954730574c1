package org.consensusprobe.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.consensusprobe.common.Problem;
import org.consensusprobe.torch.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is remembered of a device, and what it does to runs. */
class TrustTest {
    private static final Setting SETTING = new Setting(
            "cuda:0", "a card", "a driver", "bfloat16", "float32", "bfloat16", "2.7.1", "0.2.0", "ab12", "unset");
    private static final Verdict RIGHT = Verdict.of(
            List.of(new Stage("LayerNorm", 1e-7, 1e-6, 3), new Stage("attention", 2e-7, 1e-6, 1)), Verdict.DOCTOR);
    private static final Verdict WRONG = Verdict.of(
            List.of(
                    new Stage("LayerNorm", 1e-7, 1e-6, 3),
                    new Stage("attention", Double.POSITIVE_INFINITY, 1e-6, 1),
                    new Stage("block 0 as a whole", 1, 1e-6, 1)),
            Verdict.DOCTOR);

    @TempDir
    Path folder;

    @Test
    void aVerdictTellsOfTheFirstStageThatIsOffOrOfTheNearestToIt() {
        assertThat(RIGHT.passed()).isTrue();
        assertThat(RIGHT.stage()).isEqualTo("attention");
        assertThat(WRONG.passed()).isFalse();
        assertThat(WRONG.stage()).isEqualTo("attention");
        assertThat(Verdict.of(List.of(new Stage("a", Double.NaN, 1, 1)), Verdict.DOCTOR)
                        .passed())
                .isFalse();
    }

    @Test
    void whatNeverFailedIsTestedOnce() {
        AtomicInteger tests = new AtomicInteger();
        Trust.Known first = Trust.require(verdicts(), SETTING, false).settle(() -> {
            tests.incrementAndGet();
            return RIGHT;
        });
        Trust.Known second = Trust.require(verdicts(), SETTING, false).settle(() -> {
            throw new AssertionError("it is known");
        });

        assertThat(tests).hasValue(1);
        assertThat(first).isEqualTo(new Trust.Known(SETTING, RIGHT, true));
        assertThat(second).isEqualTo(new Trust.Known(SETTING, RIGHT, false));
    }

    @Test
    void aDeviceThatFailedIsRefusedUnlessForced() {
        verdicts().keep(SETTING, WRONG);

        assertThatThrownBy(() -> Trust.require(verdicts(), SETTING, false))
                .isInstanceOf(Problem.class)
                .hasMessageContainingAll("--device cuda:0", "bfloat16", "attention", "--force-device");
        assertThat(Trust.require(verdicts(), SETTING, true).settle(() -> RIGHT).verdict())
                .isEqualTo(WRONG);
    }

    @Test
    void aRunThatFindsItsDeviceWrongEndsAndLaterOnesDoNotStart() {
        Trust trust = Trust.require(verdicts(), SETTING, false);

        assertThatThrownBy(() -> trust.settle(() -> WRONG)).isInstanceOf(Problem.class);
        assertThatThrownBy(() -> Trust.require(verdicts(), SETTING, false)).isInstanceOf(Problem.class);
    }

    @Test
    void anotherDriverProgramOrDtypeIsAnotherSetting() {
        verdicts().keep(SETTING, WRONG);

        assertThat(verdicts().find(changed("another driver", "bfloat16", "0.2.0")))
                .isEmpty();
        assertThat(verdicts().find(changed("a driver", "float16", "0.2.0"))).isEmpty();
        assertThat(verdicts().find(changed("a driver", "bfloat16", "0.3.0"))).isEmpty();
        assertThat(verdicts().find(changed("a driver", "bfloat16", "0.2.0"))).contains(WRONG);
    }

    private static Setting changed(String driver, String dtype, String program) {
        return new Setting("cuda:0", "a card", driver, dtype, "float32", "bfloat16", "2.7.1", program, "ab12", "unset");
    }

    @Test
    void theEnvironmentCanHaveNothingTested() {
        Trust trust = Trust.require(verdicts(), SETTING, false);

        assertThat(trust.settle(Map.of("CONSENSUS_SELF_TEST", "off"), () -> WRONG))
                .isEmpty();
        assertThat(trust.settle(Map.of(), () -> RIGHT)).isPresent();
        assertThat(trust.settle(Map.of("CONSENSUS_SELF_TEST", "off"), () -> WRONG))
                .isPresent();
    }

    @Test
    void whatCannotBeReadOrKeptIsTestedAgain() throws IOException {
        verdicts().keep(SETTING, RIGHT);
        Path file = verdicts().file(SETTING).orElseThrow();
        for (String damage :
                List.of("", "{", "{\"passed\": true}", Files.readString(file).replace("a card", "b"))) {
            Files.writeString(file, damage);
            assertThat(verdicts().find(SETTING)).as(damage).isEmpty();
        }
        Verdicts nowhere = new Verdicts(Optional.of(Path.of("/proc/nowhere")));
        nowhere.keep(SETTING, RIGHT);
        assertThat(nowhere.find(SETTING)).contains(RIGHT);
        assertThat(new Verdicts(Optional.empty()).find(SETTING)).isEmpty();
    }

    private Verdicts verdicts() {
        return new Verdicts(Optional.of(folder.resolve("doctor")));
    }
}
