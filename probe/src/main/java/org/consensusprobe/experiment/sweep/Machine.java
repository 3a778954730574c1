package org.consensusprobe.experiment.sweep;

import java.util.OptionalLong;

/**
 * How runs may use the machine.
 *
 * @param device {@code auto}, {@code cpu}, {@code cuda}, {@code cuda:i} or {@code mps}
 * @param threads of one operation; 0: one per core
 * @param memory ceiling in bytes on resident memory without file-mapped pages
 */
public record Machine(String device, int threads, OptionalLong memory) {}
