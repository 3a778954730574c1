package org.consensusprobe.plan;

import java.util.List;
import java.util.Optional;

/** What the machine is told: how a run may be carried out. No number of a run depends on it. */
public final class MachineFields {
    public static final Field<String> DEVICE = Field.of(
                    "device",
                    Codec.text(
                            "auto, cpu, cuda, cuda:0 (or another index) or mps", MachineFields::device, text -> text),
                    "auto")
            .help("D", "auto, cpu, cuda[:i] or mps.");

    public static final Field<Optional<Integer>> THREADS = Field.of(
                    "threads", Codec.integer(1, 4096, n -> (int) n).orNone(), Optional.empty())
            .help("N", "Threads of one operation (default: one per core).");

    public static final Field<Optional<Long>> MEMORY = Field.of(
                    "memory", Codec.SIZE_IN_BYTES.orNone(), Optional.empty())
            .help(
                    "SIZE",
                    "Ceiling on resident memory without file-mapped pages, such as 4g; layers stay in memory as far as it"
                            + " allows. Without it layers are streamed, and half of the machine's memory is the ceiling.");

    public static final Field<Boolean> OFFLINE =
            Field.of("offline", Codec.FLAG, false).help("", "Make no request: use what the Hugging Face cache holds.");

    public static final Field<Boolean> FORCE_DEVICE = Field.of("force-device", Codec.FLAG, false)
            .help("", "Use the device though a self-test found its numbers wrong ('consensus doctor').");

    /** All of them, in the order of help. */
    public static final List<Field<?>> OF_THE_MACHINE = List.of(DEVICE, THREADS, MEMORY, OFFLINE, FORCE_DEVICE);

    private MachineFields() {}

    private static String device(String text) {
        if (!text.matches("auto|cpu|mps|cuda(:\\d{1,3})?")) {
            throw new IllegalArgumentException();
        }
        return text;
    }
}
