package org.consensusprobe.experiment.record;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.consensusprobe.experiment.loop.HiddenStates;
import org.consensusprobe.experiment.loop.PassTrail;
import org.consensusprobe.experiment.loop.Position;
import org.consensusprobe.experiment.loop.ResumeStore;
import org.consensusprobe.experiment.loop.RunListener;
import org.consensusprobe.experiment.loop.Settling;
import org.consensusprobe.measure.Measure;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.results.Npy;
import org.consensusprobe.results.NpyHeader;
import org.consensusprobe.results.ResumeArchive;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.Precision;

/**
 * Keeps a run's state in its directory: one set of hidden states, and the errors and measures so far.
 *
 * <p>A state is written after a block once {@value #REST} times the time that the last one took has passed, so writing
 * costs a hundredth of a run at most, and a killed run loses a few seconds. The first waits until the checkpoint's files
 * are hashed, which takes up to a minute for a file that was never hashed before.
 */
final class ResumeFile implements ResumeStore {
    private static final int REST = 100;
    private static final String ERROR = "error";
    private static final String MEASURE = "measure-";
    private static final String HIDDEN = "hidden-";
    private static final String SETTLING = "settling";
    private static final String GROWTH = "growth";
    private static final String EXITS = "exits";
    private static final String ROUTING = "routing";
    private static final String EQUAL = "equal";

    private static final long TOKENS = 1024;

    private final RunDirectory directory;
    private final RunRecord record;
    private final RunColumns columns;
    private final Precision precision;
    private final int width;
    private final RunPlan plan;
    private final PassTrail.Facts model;
    private final Route route;
    private final BooleanSupplier ready;
    private final Runnable beforeFirst;
    private final RunListener listener;
    private final LongSupplier nanoTime;
    private boolean written;
    private long lastEnd;
    private long lastCost;

    /**
     * The state of one run.
     *
     * @param model what is to be known of it
     * @param route of the run, with all its passes
     * @param ready whether that call would not have to wait; until then no offer is taken
     * @param beforeFirst called before a state is written for the first time
     * @param listener told where a restored run goes on
     */
    ResumeFile(
            RunDirectory directory,
            RunRecord record,
            RunColumns columns,
            Precision precision,
            int width,
            RunPlan plan,
            PassTrail.Facts model,
            Route route,
            BooleanSupplier ready,
            Runnable beforeFirst,
            RunListener listener,
            LongSupplier nanoTime) {
        this.directory = directory;
        this.record = record;
        this.columns = columns;
        this.precision = precision;
        this.width = width;
        this.plan = plan;
        this.model = model;
        this.route = route;
        this.ready = ready;
        this.beforeFirst = beforeFirst;
        this.listener = listener;
        this.nanoTime = nanoTime;
    }

    @Override
    public void offer(Kernels kernels, Position position) {
        if (nanoTime.getAsLong() - lastEnd >= REST * lastCost && (written || ready.getAsBoolean())) {
            keep(kernels, position);
        }
    }

    @Override
    public void keep(Kernels kernels, Position position) {
        if (!written) {
            beforeFirst.run();
            written = true;
        }
        long start = nanoTime.getAsLong();
        List<ResumeArchive.Member> members = new ArrayList<>();
        members.add(matrix(ERROR, columns.error()));
        for (Measure measure : columns.recorded()) {
            double[][] rows = columns.measure(measure);
            if (rows[0].length > 0) {
                members.add(matrix(MEASURE + measure.name(), rows));
            }
        }
        members.add(matrix(SETTLING, position.trail().settling().rows()));
        members.add(matrix(GROWTH, position.trail().sums()));
        position.trail().exits().ifPresent(exits -> members.add(matrix(EXITS, exits.rows())));
        position.trail().routing().ifPresent(routing -> members.add(matrix(ROUTING, routing.rows())));
        addStates(members, HIDDEN, kernels, position.states());
        position.trail().states().forEach(named -> addStates(members, named.name() + '-', kernels, named.states()));
        if (position.equal() != null && position.blocksDone() < route.nativeDepth()) {
            members.add(tensor(EQUAL, kernels, position.equal().chunks().get(0).x()));
        }
        ResumeArchive.write(directory.stateFile(), record.progress(position.blocksDone(), position.floor()), members);
        lastEnd = nanoTime.getAsLong();
        lastCost = lastEnd - start;
    }

    private void addStates(List<ResumeArchive.Member> members, String name, Kernels kernels, HiddenStates states) {
        for (int i = 0; i < states.chunks().size(); i++) {
            members.add(tensor(name + i, kernels, states.chunks().get(i).x()));
        }
    }

    @Override
    public Optional<Position> restore(Kernels kernels, List<int[]> prompts, List<int[]> split) {
        if (directory.earlier().isEmpty() || !Files.exists(directory.stateFile())) {
            return Optional.empty();
        }
        try (ResumeArchive file = ResumeArchive.open(directory.stateFile())) {
            ResumeArchive.Progress progress = file.progress();
            int depths = progress.blocksDone() + 1;
            Map<Measure, double[][]> measures = new HashMap<>();
            for (Measure measure : columns.recorded()) {
                int steps = measure.perPass() ? passes(measure, progress.blocksDone()) : depths;
                if (steps > 0) {
                    int values = steps * columns.size(measure);
                    measures.put(measure, matrix(file, MEASURE + measure.name(), prompts.size(), values));
                }
            }
            columns.restore(matrix(file, ERROR, prompts.size(), depths), measures);
            PassTrail trail = PassTrail.of(plan, prompts, model);
            HiddenStates states = states(file, HIDDEN, kernels, prompts, split);
            trail.restore(
                    passesBegun(progress.blocksDone()),
                    name -> states(file, name + '-', kernels, prompts, split),
                    matrix(file, GROWTH, prompts.size(), PassTrail.SUMS),
                    matrix(file, SETTLING, prompts.size(), Settling.COLUMNS));
            trail.exits().ifPresent(exits -> exits.restore(matrix(file, EXITS, prompts.size(), exits.columns())));
            trail.routing().ifPresent(r -> r.restore(matrix(file, ROUTING, prompts.size(), r.columns())));
            HiddenStates equal =
                    progress.blocksDone() >= route.nativeDepth() ? null : equal(file, kernels, prompts, split, states);
            record.resumed(progress);
            listener.onResumed(progress.blocksDone());
            return Optional.of(
                    new Position(progress.blocksDone(), states, equal, progress.floor(), columns.last(), trail));
        }
    }

    /** How often a measure was taken: an output's for the last pass is at the run's end, to which no state belongs. */
    private int passes(Measure measure, int blocksDone) {
        int ended = passesEnded(blocksDone);
        return measure.isOfOutput() ? Math.min(ended, route.passes() - 1) : ended;
    }

    private int passesEnded(int blocksDone) {
        return (int)
                IntStream.rangeClosed(1, blocksDone).filter(route::endsPass).count();
    }

    // a pass begins where the one before it ends, the first one at its first block
    private int passesBegun(int blocksDone) {
        return blocksDone > route.first() ? passesEnded(blocksDone) + 1 : 0;
    }

    private HiddenStates states(
            ResumeArchive file, String name, Kernels kernels, List<int[]> prompts, List<int[]> split) {
        return HiddenStates.of(kernels, prompts.size(), split, (k, chunk) -> {
            int[] members = split.get(chunk);
            return tensor(file, name + chunk, k, members.length, prompts.get(members[0]).length);
        });
    }

    private HiddenStates equal(
            ResumeArchive file, Kernels kernels, List<int[]> prompts, List<int[]> split, HiddenStates states) {
        int tokens = prompts.get(split.get(split.size() - 1)[0]).length;
        try {
            return HiddenStates.of(kernels, 1, List.of(new int[] {0}), (k, chunk) -> tensor(file, EQUAL, k, 1, tokens));
        } catch (RuntimeException | Error e) {
            states.close();
            throw e;
        }
    }

    private static ResumeArchive.Member matrix(String name, double[][] rows) {
        NpyHeader header = new NpyHeader(NpyHeader.Type.FLOAT64, List.of(rows.length, rows[0].length));
        return new ResumeArchive.Member(name, header, out -> {
            for (double[] row : rows) {
                out.append(row);
            }
        });
    }

    private static double[][] matrix(ResumeArchive file, String name, int rows, int columns) {
        double[][] matrix = new double[rows][];
        file.rows(
                name,
                new NpyHeader(NpyHeader.Type.FLOAT64, List.of(rows, columns)),
                (row, values) -> matrix[row] = values);
        return matrix;
    }

    /** x [B, T, D] prompt by prompt, and some tokens at a time, so that few are in Java's memory. */
    private ResumeArchive.Member tensor(String name, Kernels kernels, Tensor x) {
        return new ResumeArchive.Member(name, header((int) x.size(0), (int) x.size(1)), out -> {
            for (long row = 0; row < x.size(0); row++) {
                try (Scope scope = Scope.open()) {
                    Kernels k = kernels.in(scope);
                    Tensor prompt = k.tensors().rowsView(x, row, row + 1); // [1, T, D]
                    for (long first = 0; first < x.size(1); first += TOKENS) {
                        Tensor view = k.tensors().tokensView(prompt, first, Math.min(x.size(1), first + TOKENS));
                        try (Tensor some = k.tensors().copy(view)) { // [1, t, D]
                            append(out, precision.onCpu() ? some : k.tensors().toDevice(some, "cpu"));
                        }
                    }
                }
            }
        });
    }

    private void append(Npy.Writer out, Tensor prompt) throws java.io.IOException {
        if (precision.state() == DType.FLOAT64) {
            out.append(prompt.toDoubles());
        } else {
            out.append(prompt.toFloats());
        }
    }

    private Tensor tensor(ResumeArchive file, String name, Kernels kernels, int prompts, int tokens) {
        Tensor x = kernels.tensors().filled(new long[] {prompts, tokens, width}, 0, precision.state()); // [B, T, D]
        file.rows(name, header(prompts, tokens), (row, values) -> {
            try (Scope scope = Scope.open()) {
                Kernels k = kernels.in(scope);
                k.tensors().setRow(x, row, k.tensors().values(values, tokens, width));
            }
        });
        return precision.onCpu() ? x : kernels.tensors().toDevice(x, precision.device());
    }

    private NpyHeader header(int prompts, int tokens) {
        NpyHeader.Type type = precision.state() == DType.FLOAT64 ? NpyHeader.Type.FLOAT64 : NpyHeader.Type.FLOAT32;
        return new NpyHeader(type, List.of(prompts, tokens, width));
    }
}
