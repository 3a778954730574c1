package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.util.Map;
import org.consensusprobe.cli.terminal.Amounts;
import org.consensusprobe.cli.terminal.Progress;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.loop.RunListener;
import org.consensusprobe.experiment.units.Unit;
import org.consensusprobe.experiment.units.UnitWorker;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Titles;

/** Says on standard error which unit is being made, and how it ended: lines for a task's log. */
final class UnitProgress implements UnitWorker.Listener {
    private final PrintWriter err;
    private final int units;
    private int begun;

    UnitProgress(PrintWriter err, int units) {
        this.err = err;
        this.units = units;
    }

    @Override
    public RunListener onStart(Unit unit, int attempt) {
        RunPlan plan = unit.plan().get();
        line(
                "[%s] %s%s%s",
                unit.id(),
                Titles.describe(plan),
                unit.share().isWhole()
                        ? ""
                        : ", share " + unit.share().index() + " of "
                                + unit.share().count(),
                attempt == 1 ? "" : " (begun for the " + attempt + ". time)");
        return new SweepProgress.PassLines(
                err, Map.of("unit", unit.id()), plan.passes().count());
    }

    @Override
    public void onDone(Unit unit, boolean before, double seconds) {
        begun++;
        line(
                "[%s] %s; %d of %d",
                unit.id(), before ? "made before" : "made in " + Amounts.duration(seconds), begun, units);
    }

    @Override
    public void onFailed(Unit unit, Problem problem, boolean again) {
        line("[%s] %s: %s", unit.id(), again ? "failed, and is tried again" : "given up", problem.getMessage());
    }

    @Override
    public void onWaiting(Unit unit) {
        line("[%s] is being made elsewhere; waiting for it", unit.id());
    }

    private void line(String format, Object... values) {
        Progress.tell(err, String.format(format, values), Map.of("progress", "units"));
    }
}
