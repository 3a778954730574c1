package org.consensusprobe.experiment.check;

import java.util.Map;
import java.util.Optional;

/**
 * By how many decades an error falls in a pass; negative where it rises.
 *
 * @param low lower end of its 95 % interval; NaN if unknown
 * @param high upper end of its 95 % interval; NaN if unknown
 */
public record Pace(double decades, double low, double high) {
    /** Whether the interval says which side of 0 it is on. */
    boolean isTold() {
        return low > 0 || high < 0;
    }

    /**
     * The paces of a checkpoint and its twins.
     *
     * @param own by weights; empty where there is none
     * @param lead by twin: the checkpoint's pace less the twin's, compared prompt by prompt
     * @param remark why the checkpoint has none, or what was left out; empty if nothing is to be said
     */
    public record Paces(Map<String, Optional<Pace>> own, Map<String, Optional<Pace>> lead, String remark) {
        public Paces {
            own = Map.copyOf(own);
            lead = Map.copyOf(lead);
        }
    }
}
