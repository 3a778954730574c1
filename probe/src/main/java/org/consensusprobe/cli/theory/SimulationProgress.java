package org.consensusprobe.cli.theory;

import java.io.PrintWriter;
import me.tongfei.progressbar.ProgressBar;
import org.consensusprobe.cli.terminal.Bars;
import org.consensusprobe.theory.Setting;

/** Shows how many parts of a simulation are done: a bar on a terminal, one plain line a part elsewhere. */
final class SimulationProgress implements Setting.Progress, AutoCloseable {
    private static final int MOST_LINES = 20;

    private final PrintWriter err;
    private final String name;
    private final boolean terminal;
    private ProgressBar bar;

    SimulationProgress(PrintWriter err, String name) {
        this.err = err;
        this.name = name;
        this.terminal = Boolean.getBoolean("consensus.terminal");
    }

    @Override
    public synchronized void done(int done, int all) {
        if (terminal) {
            if (bar == null) {
                bar = Bars.onTerminal(name, all);
            }
            bar.maxHint(all);
            bar.stepTo(done);
        } else if ((long) done * MOST_LINES / all > (done - 1L) * MOST_LINES / all) {
            err.println(name + ": " + done + " of " + all + " done");
            err.flush();
        }
    }

    /** Takes the bar away, before results are printed. */
    synchronized void finish() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }

    @Override
    public void close() {
        finish();
    }
}
