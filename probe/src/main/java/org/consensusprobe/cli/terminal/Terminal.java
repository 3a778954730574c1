package org.consensusprobe.cli.terminal;

import java.io.PrintWriter;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.plan.Machine;

/** What a command shows of work that it has done for it. */
public final class Terminal {
    private Terminal() {}

    /** A lookup of models whose downloads are shown on standard error. */
    public static ModelLookup models(Machine machine, PrintWriter err) {
        return models(machine.offline(), err);
    }

    /** A lookup of models whose downloads are shown on standard error. */
    public static ModelLookup models(boolean offline, PrintWriter err) {
        return ModelLookup.online(offline, bars -> new ByteBar(err, bars));
    }
}
