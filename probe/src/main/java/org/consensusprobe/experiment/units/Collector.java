package org.consensusprobe.experiment.units;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.record.JoinedRun;
import org.consensusprobe.experiment.sweep.Sweep;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.RunDirectory;

/** Makes a sweep of its finished units: shares of a run are put together, and every run gets its place in the sweep's order. */
public final class Collector {
    private static final int MOST_NAMESAKES = 1000;

    private final SweepFolder folder;
    private final UnitList list;

    public Collector(SweepFolder folder, UnitList list) {
        this.folder = folder;
        this.list = list;
    }

    /** All runs in the sweep's order; those that lack a unit have failed, and say which. */
    public List<Sweep.Outcome> collect() {
        Map<Integer, List<Unit>> runs = new LinkedHashMap<>();
        list.units().forEach(unit -> runs.computeIfAbsent(unit.run(), run -> new ArrayList<>())
                .add(unit));
        SweepFolder.Status status = folder.status();
        List<Sweep.Outcome> outcomes = new ArrayList<>();
        runs.values().forEach(units -> outcomes.add(collect(units, status)));
        return outcomes;
    }

    private Sweep.Outcome collect(List<Unit> units, SweepFolder.Status status) {
        Unit first = units.get(0);
        Path place = folder.path().resolve("runs").resolve(first.name());
        try {
            for (Unit unit : units) {
                if (!status.done().contains(unit.id())) {
                    throw Problem.failed("%s", missing(unit, status));
                }
            }
            Path directory = first.share().isWhole() ? folder.directory(first) : join(units);
            return new Sweep.Outcome(first.plan().get(), directory, Sweep.End.REUSED, Optional.empty());
        } catch (Problem e) {
            return new Sweep.Outcome(first.plan().get(), place, Sweep.End.FAILED, Optional.of(e));
        }
    }

    private String missing(Unit unit, SweepFolder.Status status) {
        String share = unit.share().isWhole()
                ? ""
                : "share " + unit.share().index() + " of " + unit.share().count() + " ";
        if (!unit.possible()) {
            return share + "cannot be made: " + unit.note().orElse("");
        }
        if (status.failed().contains(unit.id())) {
            return share + "was given up: " + folder.reason(unit.id());
        }
        return share + (status.claimed().contains(unit.id()) ? "is being made" : "is not made yet");
    }

    /** Puts shares together, unless that is done; they are not needed any more then. */
    private Path join(List<Unit> units) {
        Optional<Path> known = joined(units);
        if (known.isPresent()) {
            return known.get();
        }
        JoinedRun run = new JoinedRun(units.stream().map(folder::directory).toList());
        for (int i = 1; i <= MOST_NAMESAKES; i++) {
            String name = units.get(0).name() + (i == 1 ? "" : "-" + i);
            try (RunDirectory directory =
                    RunDirectory.shared(folder.path().resolve("runs").resolve(name))) {
                if (run.isIn(directory)) {
                    run.into(directory);
                    units.forEach(unit -> moved(unit, directory.path()));
                    return directory.path();
                }
            }
        }
        throw Problem.failed(
                "%s: %d other runs of that name are there.", units.get(0).name(), MOST_NAMESAKES);
    }

    /** The run that shares were put together to, as their records say. */
    private Optional<Path> joined(List<Unit> units) {
        Path directory = folder.directory(units.get(0));
        boolean same = units.stream().allMatch(unit -> folder.directory(unit).equals(directory));
        Path manifest = directory.resolve(RunDirectory.MANIFEST);
        return same && Manifest.read(manifest).at("/share").isMissingNode() ? Optional.of(directory) : Optional.empty();
    }

    private void moved(Unit unit, Path whole) {
        Path share = folder.directory(unit);
        folder.moved(unit, whole);
        try (RunDirectory directory = RunDirectory.shared(share)) {
            directory.discard();
        }
        RunDirectory.deleteIfEmpty(share.getParent());
    }
}
