package org.consensusprobe.experiment.settle;

import java.util.List;
import java.util.Optional;
import org.consensusprobe.results.RunReader;

/**
 * All that is known of one kind of weights: the checkpoint's, or those of a twin.
 *
 * @param settlement what its prompts do
 * @param run its recorded run
 * @param path of the first prompt's states over passes, in a plane: the trajectory, then the ends of other starts
 * @param passes the pass at which each point of the trajectory was taken, 0 for what entered the first
 * @param starts where other starts end; absent if there are none
 * @param spectra of the Jacobian at settled points
 */
public record Twin(
        Settlement settlement,
        RunReader run,
        Optional<Plane> path,
        int[] passes,
        Optional<Starts> starts,
        List<Spectrum> spectra) {
    public Twin {
        passes = passes.clone();
        spectra = List.copyOf(spectra);
    }

    /** The same with spectra. */
    Twin with(List<Spectrum> found) {
        return new Twin(settlement, run, path, passes, starts, found);
    }
}
