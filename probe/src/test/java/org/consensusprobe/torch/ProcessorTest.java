package org.consensusprobe.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is believed of the descriptions that systems give of their processors. */
class ProcessorTest {
    private static final byte[] NONE = new byte[0];
    private static final List<String> EPYC = List.of(
            "processor\t: 0",
            "vendor_id\t: AuthenticAMD",
            "model name\t: AMD EPYC",
            "flags\t\t: fpu sse2 fma avx2 avx512f avx512_bf16");
    private static final List<String> GRAVITON = List.of(
            "processor\t: 0",
            "Features\t: fp asimd sve i8mm bf16",
            "CPU implementer\t: 0x41",
            "CPU variant\t: 0x1",
            "CPU part\t: 0xd40");

    @Test
    void x86IsAsLinuxDescribesIt() {
        assertThat(Processor.describe("amd64", EPYC, NONE, Optional.empty()))
                .containsEntry("model", "AMD EPYC")
                .containsEntry("vendor", "AuthenticAMD")
                .containsEntry("features", List.of("avx2", "fma", "avx512f", "avx512_bf16"));
    }

    @Test
    void underEmulationTheMachineBeneathLendsItsNameAndNothingElse() {
        Map<String, Object> unknown = Processor.describe("aarch64", EPYC, NONE, Optional.empty());
        assertThat(unknown)
                .containsEntry("model", "aarch64, emulated on AMD EPYC")
                .containsEntry("vendor", "unknown")
                .containsEntry("features", List.of());

        byte[] told = auxiliary(16, 1 << 1 | 1 << 22, 26, 1 << 14);
        assertThat(Processor.describe("aarch64", EPYC, told, Optional.empty()))
                .containsEntry("features", List.of("asimd", "bf16", "sve"));

        assertThat(Processor.describe("amd64", GRAVITON, told, Optional.empty()))
                .containsEntry("model", "amd64, emulated on another architecture")
                .containsEntry("features", List.of());
    }

    @Test
    void armHasNumbersForANameAndTellsItsProcesses() {
        assertThat(Processor.describe("aarch64", GRAVITON, auxiliary(16, 1 << 1, 26, 1 << 13), Optional.empty()))
                .containsEntry("model", "Arm, implementer 0x41, part 0xd40")
                .containsEntry("features", List.of("asimd", "i8mm"));
        assertThat(Processor.describe("aarch64", GRAVITON, NONE, Optional.empty()))
                .containsEntry("features", List.of("asimd", "bf16", "i8mm", "sve"));
    }

    @Test
    void windowsNamesTheVendorAndNoInstructions() {
        assertThat(Processor.describe(
                        "amd64", List.of(), NONE, Optional.of("Intel64 Family 6 Model 158 Stepping 10, GenuineIntel")))
                .containsEntry("vendor", "GenuineIntel")
                .containsEntry("model", "Intel64 Family 6 Model 158 Stepping 10, GenuineIntel")
                .containsEntry("features", List.of());
    }

    @Test
    void whereNothingIsToldTheArchitectureIsAllThatIsKnown() {
        assertThat(Processor.describe("aarch64", List.of(), NONE, Optional.empty()))
                .containsEntry("model", "aarch64")
                .containsEntry("vendor", "unknown")
                .containsEntry("features", List.of());
    }

    private static byte[] auxiliary(long... pairs) {
        ByteBuffer words = ByteBuffer.allocate((pairs.length + 2) * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (long word : pairs) {
            words.putLong(word);
        }
        return words.array();
    }
}
