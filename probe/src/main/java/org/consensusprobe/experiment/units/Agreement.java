package org.consensusprobe.experiment.units;

import java.util.function.Supplier;
import org.consensusprobe.common.Problem;

/** Sees to it that all machines go by one list of units, made by one version of the program from one sweep. */
public final class Agreement {
    private static final String CLAIM = "units";
    private static final long LOOK_AGAIN_MILLIS = 200;

    private final SweepFolder folder;
    private final String sweep;

    /**
     * An agreement on a sweep.
     *
     * @param sweep its sum, see {@link UnitList#sweepSum}
     */
    public Agreement(SweepFolder folder, String sweep) {
        this.folder = folder;
        this.sweep = sweep;
    }

    /**
     * The list.
     *
     * @throws Problem if there is none, or it is of another sweep or version
     */
    public UnitList requireList() {
        return checked(folder.list()
                .orElseThrow(
                        () -> Problem.input("%s: no units were made here; --unit or --on makes them.", folder.path())));
    }

    /**
     * The list; where there is none, one process makes it and all others wait for it.
     *
     * @throws Problem if there is one of another sweep or version
     */
    public UnitList listOr(Supplier<UnitList> make) {
        try (Claims claims = new Claims(folder.state())) {
            while (folder.list().isEmpty()) {
                if (claims.take(CLAIM)) {
                    try {
                        if (folder.list().isEmpty()) {
                            make.get().write(folder.listFile());
                        }
                    } finally {
                        claims.release(CLAIM);
                    }
                } else {
                    Thread.sleep(LOOK_AGAIN_MILLIS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Problem.interrupted("Interrupted before the units were listed.");
        }
        return requireList();
    }

    private UnitList checked(UnitList list) {
        if (!list.sweep().equals(sweep)) {
            throw Problem.input(
                    "%s: the sweep, or how it is cut (--split-prompts, --unit-time, --weight-seeds), is not what its units were"
                            + " listed from.%nGive it another --out, or remove %s once nobody works on it: finished runs are used again.",
                    folder.path(), folder.listFile());
        }
        if (!list.program().equals(UnitList.thisProgram())) {
            throw Problem.input(
                    "%s: its units were listed by version %s; node %s has %s.%nStart all tasks from one installation, or remove"
                            + " %s once nobody works on it.",
                    folder.path(), list.program(), Owner.SELF.node(), UnitList.thisProgram(), folder.listFile());
        }
        return list;
    }
}
