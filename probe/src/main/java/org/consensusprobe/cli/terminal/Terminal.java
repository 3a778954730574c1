package org.consensusprobe.cli.terminal;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.plan.Machine;

/** What a command shows of work that it has done for it. */
public final class Terminal {
    private Terminal() {}

    /** Seconds on the clock since this process was started; 0 where the system does not tell. */
    public static double secondsSinceStart() {
        return ProcessHandle.current()
                .info()
                .startInstant()
                .map(start -> Duration.between(start, Instant.now()).toMillis() * 1e-3)
                .orElse(0.0);
    }

    /** A lookup of models whose downloads are shown on standard error. */
    public static ModelLookup models(Machine machine, PrintWriter err) {
        return models(machine.offline(), err);
    }

    /** A lookup of models whose downloads are shown on standard error. */
    public static ModelLookup models(boolean offline, PrintWriter err) {
        return ModelLookup.online(offline, bars -> new ByteBar(err, bars));
    }
}
