package org.consensusprobe.plan;

import java.util.OptionalLong;

/**
 * How runs may use the machine and the network; no bit of a run depends on it but by the device.
 *
 * @param device {@code auto}, {@code cpu}, {@code cuda}, {@code cuda:i} or {@code mps}
 * @param threads of one operation; 0: one per core
 * @param memory ceiling in bytes on resident memory without file-mapped pages; absent: half of the machine's, and layers
 *     are streamed
 * @param offline whether no request is made
 * @param forceDevice whether a device is used that was found to give wrong numbers
 */
public record Machine(String device, int threads, OptionalLong memory, boolean offline, boolean forceDevice) {
    /** All cores of the CPU, layers streamed. */
    public static final Machine CPU = new Machine("cpu", 0, OptionalLong.empty(), false);

    /** A machine whose device is used only if it is right. */
    public Machine(String device, int threads, OptionalLong memory, boolean offline) {
        this(device, threads, memory, offline, false);
    }

    /** The machine that is described by what is said of some fields. */
    public static Machine of(Values v) {
        return new Machine(
                v.get(MachineFields.DEVICE),
                v.get(MachineFields.THREADS).orElse(0),
                v.get(MachineFields.MEMORY).stream().mapToLong(Long::longValue).findFirst(),
                v.get(MachineFields.OFFLINE),
                v.get(MachineFields.FORCE_DEVICE));
    }

    /** The same machine with a ceiling of memory, if it has none of its own. */
    public Machine withMemory(long bytes) {
        return memory.isPresent() ? this : new Machine(device, threads, OptionalLong.of(bytes), offline, forceDevice);
    }
}
