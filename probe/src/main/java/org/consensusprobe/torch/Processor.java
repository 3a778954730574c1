package org.consensusprobe.torch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The processor that this program's instructions run on, as far as the system tells: {@code model}, {@code vendor}, {@code
 * cores}, and of its instruction sets ({@code features}) those that matter to matrix products.
 *
 * <p>Under emulation {@code /proc/cpuinfo} is that of the machine beneath, whose instruction sets are not those that are
 * emulated: a description of another architecture than Java's is not believed. On Arm the kernel tells every process itself
 * what it may use (the auxiliary vector), which emulators answer for the processor that they emulate.
 */
final class Processor {
    private static final List<String> X86_FEATURES =
            List.of("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_bf16", "amx_tile");

    /** With the word of the auxiliary vector and its bit (Linux, {@code arch/arm64/include/uapi/asm/hwcap.h}). */
    private static final Map<String, long[]> ARM_FEATURES = armFeatures();

    private static final long AT_HWCAP = 16;
    private static final long AT_HWCAP2 = 26;

    /** Read once: it does not change, and on large machines the system's description is long. */
    static final Map<String, Object> FACTS = Collections.unmodifiableMap(describe(
            System.getProperty("os.arch"),
            lines(Path.of("/proc/cpuinfo")),
            bytes(Path.of("/proc/self/auxv")),
            Optional.ofNullable(System.getenv("PROCESSOR_IDENTIFIER"))));

    private Processor() {}

    /**
     * What can be told from these descriptions.
     *
     * @param architecture Java's name of it
     * @param cpuinfo lines of Linux's description, none elsewhere
     * @param auxiliary the auxiliary vector of this process on Linux, empty elsewhere
     * @param identifier Windows' {@code PROCESSOR_IDENTIFIER}
     */
    static Map<String, Object> describe(
            String architecture, List<String> cpuinfo, byte[] auxiliary, Optional<String> identifier) {
        boolean arm = architecture.equals("aarch64");
        boolean x86 = architecture.equals("amd64") || architecture.equals("x86_64");
        Optional<String> flags = value(cpuinfo, "flags");
        Optional<String> capabilities = value(cpuinfo, "Features");
        boolean foreign = arm && flags.isPresent() || x86 && capabilities.isPresent();

        Map<String, Object> facts = new TreeMap<>();
        facts.put("cores", Runtime.getRuntime().availableProcessors());
        Optional<String> name = value(cpuinfo, "model name");
        if (foreign) {
            facts.put("model", architecture + ", emulated on " + name.orElse("another architecture"));
        } else {
            facts.put(
                    "model",
                    name.or(() -> armPart(cpuinfo)).or(() -> identifier).orElse(architecture));
        }
        facts.put(
                "vendor",
                foreign
                        ? "unknown"
                        : value(cpuinfo, "vendor_id")
                                .or(() -> identifier.map(Processor::lastPart))
                                .orElse("unknown"));
        List<String> features = List.of();
        if (x86 && !foreign) {
            features = present(X86_FEATURES, flags);
        } else if (arm) {
            features = capabilities(auxiliary);
            if (features.isEmpty() && !foreign) {
                features = present(List.copyOf(ARM_FEATURES.keySet()), capabilities);
            }
        }
        facts.put("features", features);
        return facts;
    }

    /** Names of instruction sets by the bits of the auxiliary vector, pairs of 64-bit words up to a zero key. */
    private static List<String> capabilities(byte[] auxiliary) {
        ByteBuffer pairs = ByteBuffer.wrap(auxiliary).order(ByteOrder.LITTLE_ENDIAN);
        Map<Long, Long> words = new TreeMap<>();
        while (pairs.remaining() >= 2 * Long.BYTES) {
            words.put(pairs.getLong(), pairs.getLong());
        }
        List<String> found = new ArrayList<>();
        ARM_FEATURES.forEach((name, place) -> {
            if ((words.getOrDefault(place[0], 0L) >> place[1] & 1) == 1) {
                found.add(name);
            }
        });
        return List.copyOf(found);
    }

    private static Map<String, long[]> armFeatures() {
        Map<String, long[]> features = new TreeMap<>();
        features.put("asimd", new long[] {AT_HWCAP, 1});
        features.put("sve", new long[] {AT_HWCAP, 22});
        features.put("i8mm", new long[] {AT_HWCAP2, 13});
        features.put("bf16", new long[] {AT_HWCAP2, 14});
        return features;
    }

    private static List<String> present(List<String> known, Optional<String> flags) {
        List<String> all = List.of(flags.orElse("").split("\\s+"));
        return known.stream().filter(all::contains).toList();
    }

    /** Arm's processors have numbers instead of a name. */
    private static Optional<String> armPart(List<String> cpuinfo) {
        return value(cpuinfo, "CPU implementer").flatMap(maker -> value(cpuinfo, "CPU part")
                .map(part -> "Arm, implementer " + maker + ", part " + part));
    }

    private static String lastPart(String identifier) {
        return identifier.substring(identifier.lastIndexOf(',') + 1).strip();
    }

    private static Optional<String> value(List<String> lines, String key) {
        return lines.stream()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(key.toLowerCase(Locale.ROOT)))
                .filter(line -> line.contains(":"))
                .findFirst()
                .map(line -> line.substring(line.indexOf(':') + 1).strip());
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of(); // not Linux: what the system does not tell stays unknown
        }
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            return new byte[0];
        }
    }
}
