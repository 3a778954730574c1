package org.consensusprobe.theory;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.results.SimulationResult.Chosen;
import org.consensusprobe.theory.attention.Draws;
import org.consensusprobe.theory.ode.Integrator;
import org.consensusprobe.theory.ode.Observer;
import org.consensusprobe.theory.ode.TimeGrid;

/**
 * What all simulations share: seed, integrator, times, and what a user put in place of random draws.
 *
 * @param end the last time; empty: the system's own
 * @param samples how many stretches the record has
 * @param initial tokens [T][D] to start from
 * @param learned the attention matrices of a checkpoint
 * @param stop asked now and then; true ends the simulation
 * @param progress told what is done
 */
public record Setting(
        long seed,
        Integrator integrator,
        OptionalDouble end,
        int samples,
        Optional<double[][]> initial,
        Optional<LearnedMatrices> learned,
        BooleanSupplier stop,
        Progress progress) {

    /** Sees how far a simulation is. */
    @FunctionalInterface
    public interface Progress {
        /** {@code done} of {@code all} parts are done; called from several threads. */
        void done(int done, int all);
    }

    /** The times of the record. */
    public TimeGrid grid(double ownEnd) {
        return new TimeGrid(end.orElse(ownEnd), samples);
    }

    /** A stream of random numbers. */
    public Draws draws(String purpose, int index) {
        return Draws.of(seed, purpose, index);
    }

    /** Where tokens start: the cloud that was given, on the unit sphere, or the system's own draw. */
    public double[] start(int tokens, int dim, String purpose, int index) {
        return initial.map(Setting::flat).orElseGet(() -> draws(purpose, index).sphere(tokens, dim));
    }

    /** How many tokens run, and in which dimension: those of the given cloud or matrices, else the system's own. */
    public int tokens(int own) {
        return initial.map(rows -> rows.length).orElse(own);
    }

    /** See {@link #tokens}. */
    public int dim(int own) {
        int dim = initial.map(rows -> rows[0].length)
                .or(() -> learned.map(LearnedMatrices::dim))
                .orElse(own);
        learned.ifPresent(m -> {
            if (m.dim() != dim) {
                throw Problem.input(
                        "--initial has tokens of %d numbers; %s has a width of %d. They must agree.",
                        dim, m.name(), m.dim());
            }
        });
        return dim;
    }

    /** The same observer, which also ends the simulation when asked to. */
    public Observer watched(Observer observer) {
        return (sample, t, x) -> {
            if (stop.getAsBoolean()) {
                throw Problem.interrupted("Interrupted at time %.4g; nothing was written.", t);
            }
            observer.at(sample, t, x);
        };
    }

    /** Computes parts side by side; results keep their order. */
    public <T> List<T> parts(int count, IntFunction<T> part) {
        java.util.concurrent.atomic.AtomicInteger done = new java.util.concurrent.atomic.AtomicInteger();
        return new ArrayList<>(IntStream.range(0, count)
                .parallel()
                .mapToObj(i -> {
                    T result = part.apply(i);
                    progress.done(done.incrementAndGet(), count);
                    return result;
                })
                .toList());
    }

    /** Seed, integrator and record as they were chosen. */
    public List<Chosen> chosen(TimeGrid grid) {
        List<Chosen> chosen = new ArrayList<>();
        chosen.add(new Chosen("seed", Long.toString(seed), ""));
        chosen.add(new Chosen("integrator", integrator.description(), ""));
        chosen.add(new Chosen("time", "0 to " + Texts.number(grid.end()) + ", " + grid.samples() + " samples", ""));
        initial.ifPresent(
                rows -> chosen.add(new Chosen("initial tokens", rows.length + " x " + rows[0].length + ", given", "")));
        learned.ifPresent(m -> chosen.add(new Chosen("matrices", m.name(), "")));
        return chosen;
    }

    private static double[] flat(double[][] rows) {
        double[] flat = new double[rows.length * rows[0].length];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(rows[i], 0, flat, i * rows[0].length, rows[0].length);
        }
        org.consensusprobe.theory.attention.Metric.euclidean(rows[0].length)
                .unitTokens()
                .restore(flat);
        return flat;
    }
}
