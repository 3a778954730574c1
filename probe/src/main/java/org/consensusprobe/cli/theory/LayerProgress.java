package org.consensusprobe.cli.theory;

import java.io.PrintWriter;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import org.consensusprobe.cli.terminal.Bars;
import org.consensusprobe.theory.spectrum.LayerSpectrum;

/** Shows how many layers are done: a bar on a terminal, elsewhere a plain line whenever some seconds have passed. */
final class LayerProgress implements AutoCloseable {
    private static final long QUIET_NANOS = 5_000_000_000L;

    private final PrintWriter err;
    private final int layers;
    private final ProgressBar bar;
    private final long start = System.nanoTime();
    private long lastLine = start;
    private int done;

    private LayerProgress(PrintWriter err, int layers, ProgressBar bar) {
        this.err = err;
        this.layers = layers;
        this.bar = bar;
    }

    /** Progress to standard error; the launcher knows whether that is a terminal. */
    static LayerProgress start(PrintWriter err, int layers) {
        return new LayerProgress(err, layers, Bars.onTerminal("layers", layers));
    }

    void layerDone(LayerSpectrum layer) {
        done++;
        if (bar != null) {
            bar.step();
            return;
        }
        long now = System.nanoTime();
        if (now - lastLine > QUIET_NANOS || done == layers) {
            lastLine = now;
            double seconds = (now - start) * 1e-9;
            err.printf(
                    Locale.ROOT,
                    "layer %d: %d of %d done  %.1f s, about %.0f s left%n",
                    layer.layer() + 1,
                    done,
                    layers,
                    seconds,
                    seconds / done * (layers - done));
            err.flush();
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
