package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.util.Map;
import java.util.function.Consumer;
import org.consensusprobe.cli.terminal.Progress;
import org.consensusprobe.experiment.sweep.Estimator;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.plan.Machine;

/** Says on standard error that an estimate takes its time. */
final class Estimating {
    private Estimating() {}

    /** What says what runs will cost. */
    static Estimator by(Machine machine, ModelLookup models, PrintWriter err) {
        return new Estimator(machine, models, on(err));
    }

    static Consumer<String> on(PrintWriter err) {
        return text -> Progress.tell(err, text, Map.of("progress", "estimate"));
    }
}
