package org.consensusprobe.theory;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.theory.attention.Draws;
import org.consensusprobe.theory.attention.Head;
import org.consensusprobe.theory.attention.Metric;
import org.consensusprobe.theory.ode.Constraint;
import org.consensusprobe.theory.ode.Field;
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

    /** The checkpoint's first head, or a random one with scores x_i' Q' K x_j and U = I. */
    public Head firstHead(int dim) {
        return heads(1, draws -> Head.scoring(draws.uniformMatrix(dim, dim), draws.uniformMatrix(dim, dim)))
                .get(0);
    }

    /** The checkpoint's heads, or own ones, each from its stream of random numbers. */
    public List<Head> heads(int count, Function<Draws, Head> own) {
        return learned.map(LearnedMatrices::heads).orElseGet(() -> IntStream.range(0, count)
                .mapToObj(h -> own.apply(draws("heads", h)))
                .toList());
    }

    /** Integrates with the chosen integrator. */
    public void integrate(Field field, Constraint constraint, double[] x, TimeGrid grid, Observer observer) {
        integrate(integrator, field, constraint, x, grid, observer);
    }

    /** Integrates until the simulation is asked to stop. */
    public void integrate(
            Integrator by, Field field, Constraint constraint, double[] x, TimeGrid grid, Observer observer) {
        by.integrate(field, constraint, x, grid, (sample, t, state) -> {
            requireGoingOn("time", t);
            observer.at(sample, t, state);
        });
    }

    /** Ends the simulation when asked to. */
    public void requireGoingOn(String what, double reached) {
        if (stop.getAsBoolean()) {
            throw Problem.interrupted("Interrupted at %s %.4g; nothing was written.", what, reached);
        }
    }

    /** The same with another integrator. */
    public Setting with(Integrator other) {
        return new Setting(seed, other, end, samples, initial, learned, stop, progress);
    }

    /** Computes parts side by side; results keep their order. */
    public <T> List<T> parts(int count, IntFunction<T> part) {
        AtomicInteger done = new AtomicInteger();
        return IntStream.range(0, count)
                .parallel()
                .mapToObj(i -> {
                    T result = part.apply(i);
                    progress.done(done.incrementAndGet(), count);
                    return result;
                })
                .toList();
    }

    /** Seed, integrator and record as they were chosen. */
    public void describe(ResultBuilder result, TimeGrid grid) {
        result.chosen("seed", Long.toString(seed));
        result.chosen("integrator", integrator.description());
        result.chosen("time", "0 to " + FindingText.number(grid.end()) + ", " + grid.samples() + " samples");
        initial.ifPresent(rows -> result.chosen("initial tokens", rows.length + " x " + rows[0].length + ", given"));
        learned.ifPresent(m -> result.chosen("matrices", m.name()));
    }

    private static double[] flat(double[][] rows) {
        double[] flat = Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
        Metric.euclidean(rows[0].length).unitTokens().restore(flat);
        return flat;
    }
}
