package org.consensusprobe.theory;

import org.consensusprobe.results.SimulationResult;

/** One system of one paper, ready to be simulated. */
public interface Simulation {
    /** A name for folders, such as {@code asymptotic-4.1}. */
    String name();

    /**
     * Simulates and judges.
     *
     * @throws org.consensusprobe.common.Problem if what was given does not fit the system, or it is interrupted
     */
    SimulationResult run(Setting setting);
}
