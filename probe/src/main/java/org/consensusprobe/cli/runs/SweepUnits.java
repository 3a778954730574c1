package org.consensusprobe.cli.runs;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.consensusprobe.cli.terminal.Amounts;
import org.consensusprobe.cli.terminal.Interruption;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.experiment.record.RecordedRun;
import org.consensusprobe.experiment.sweep.Estimator;
import org.consensusprobe.experiment.sweep.Sweep;
import org.consensusprobe.experiment.units.Agreement;
import org.consensusprobe.experiment.units.Collector;
import org.consensusprobe.experiment.units.Splitting;
import org.consensusprobe.experiment.units.SweepFolder;
import org.consensusprobe.experiment.units.Tasks;
import org.consensusprobe.experiment.units.Unit;
import org.consensusprobe.experiment.units.UnitList;
import org.consensusprobe.experiment.units.UnitPlanner;
import org.consensusprobe.experiment.units.UnitWorker;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.schedulers.TaskNumber;

/** A sweep in parts: lists its units, makes some of them, collects what is made. */
final class SweepUnits {
    private final SweepFolder folder;
    private final List<RunPlan> plans;
    private final Splitting splitting;
    private final Machine machine;
    private final ModelLookup models;
    private final PrintWriter out;
    private final PrintWriter err;

    SweepUnits(
            Path folder,
            List<RunPlan> plans,
            Splitting splitting,
            Machine machine,
            ModelLookup models,
            PrintWriter out,
            PrintWriter err) {
        this.folder = new SweepFolder(folder);
        this.plans = plans;
        this.splitting = splitting;
        this.machine = machine;
        this.models = models;
        this.out = out;
        this.err = err;
    }

    SweepFolder folder() {
        return folder;
    }

    /** The units as this machine would cut the sweep. */
    UnitList planned() {
        List<Unit> units =
                new UnitPlanner(Estimator.ofOtherMachines(machine, models, Estimating.on(err)), splitting).plan(plans);
        return UnitList.of(splitting, units);
    }

    /** Fetches what runs need of the hub, once for all machines that share its cache. */
    void fetchModels() {
        Set<List<Object>> fetched = new HashSet<>();
        for (RunPlan plan : plans) {
            if (fetched.add(List.of(plan.model().withRevision(), plan.weights().mode()))) {
                models.find(plan);
            }
        }
    }

    /** The list that all machines go by; made here if nobody has made it. */
    UnitList agreed() {
        return new Agreement(folder, UnitList.sweepSum(plans, splitting)).listOr(this::planned);
    }

    /** Prints all units, those that are made before as such. */
    void list(boolean json) {
        UnitList list = folder.list()
                .filter(known -> known.sweep().equals(UnitList.sweepSum(plans, splitting)))
                .orElseGet(this::planned);
        SweepFolder.Status status = folder.status();
        List<List<Unit>> tasks = Tasks.pack(status.open(list.units()), splitting.seconds());
        if (json) {
            writeJson(list, status, tasks);
            return;
        }
        for (int i = 0; i < list.units().size(); i++) {
            Unit unit = list.units().get(i);
            out.printf(
                    Locale.ROOT,
                    "%5d. %s: %s%s%n",
                    i + 1,
                    unit.id(),
                    cost(unit, status),
                    unit.note().map(n -> " (" + n + ")").orElse(""));
        }
        List<Unit> open = status.open(list.units());
        double seconds = open.stream().mapToDouble(u -> u.cost().seconds()).sum();
        out.printf(
                Locale.ROOT,
                "%d units of %d runs, %d to make in %d %s: about %s here, %.3g FLOP, at most %s of memory.%n",
                list.units().size(),
                plans.size(),
                open.size(),
                tasks.size(),
                tasks.size() == 1 ? "task" : "tasks",
                Amounts.duration(seconds),
                open.stream().mapToDouble(u -> u.cost().flop()).sum(),
                Amounts.size(open.stream()
                        .mapToLong(u -> u.cost().memoryBytes())
                        .max()
                        .orElse(0)));
        out.flush();
    }

    private static String cost(Unit unit, SweepFolder.Status status) {
        if (!unit.possible()) {
            return "cannot be made";
        }
        String stands = status.done().contains(unit.id())
                ? "made, "
                : status.failed().contains(unit.id())
                        ? "given up, "
                        : status.claimed().contains(unit.id()) ? "begun, " : "";
        return String.format(
                Locale.ROOT,
                "%sabout %s, %.2g FLOP, %s%s",
                stands,
                Amounts.duration(unit.cost().seconds()),
                unit.cost().flop(),
                Amounts.size(unit.cost().memoryBytes()),
                unit.cost().checkpointBytes() == 0
                        ? ""
                        : ", checkpoint of " + Amounts.size(unit.cost().checkpointBytes()));
    }

    private void writeJson(UnitList list, SweepFolder.Status status, List<List<Unit>> tasks) {
        try (JsonGenerator json = StrictJson.mapper().createGenerator(out)) {
            json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            json.writeStartObject();
            json.writeStringField("program", list.program());
            json.writeArrayFieldStart("units");
            for (Unit unit : list.units()) {
                json.writeRaw("\n");
                json.writeTree(UnitList.describe(unit)
                        .put("done", status.done().contains(unit.id()))
                        .put("failed", status.failed().contains(unit.id())));
            }
            json.writeEndArray();
            json.writeArrayFieldStart("tasks");
            for (List<Unit> task : tasks) {
                json.writeTree(StrictJson.mapper()
                        .valueToTree(task.stream().map(Unit::id).toList()));
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw Problem.failed(e, "The units cannot be written: %s.", e.getMessage());
        }
        out.println();
        out.flush();
    }

    /** Makes one of N parts of the sweep. */
    int make(String task, int tries, Map<String, String> environment) {
        TaskNumber number = TaskNumber.parse(task, environment);
        folder.create();
        List<Unit> units = agreed().units();
        return make(Tasks.deal(units, number.count()).get(number.index() - 1), tries);
    }

    /** Makes the units of a task that was written down: a line of ids for each task. */
    int make(String task, Path tasks, int tries, Map<String, String> environment) {
        TaskNumber number = TaskNumber.parse(task, environment);
        folder.create();
        List<String> ids = line(tasks, number.index());
        return make(
                agreed().units().stream()
                        .filter(unit -> ids.contains(unit.id()))
                        .toList(),
                tries);
    }

    private static List<String> line(Path tasks, int index) {
        try (var lines = Files.lines(tasks)) {
            return List.of(lines.skip(index - 1L).findFirst().orElse("").strip().split(" "));
        } catch (IOException e) {
            throw Problem.input(e, "%s: the list of tasks cannot be read: %s.", tasks, e.getMessage());
        }
    }

    private int make(List<Unit> units, int tries) {
        UnitWorker worker = new UnitWorker(
                folder,
                (plan, share) -> RecordedRun.prepare(plan, share, machine, models),
                tries,
                new UnitProgress(err, units.size()),
                Interruption::requested);
        List<Problem> problems = worker.work(units);
        out.printf(
                "%d of %d units are made%s%n",
                units.size() - problems.size(),
                units.size(),
                problems.isEmpty() ? "." : "; " + problems.size() + " were given up.");
        out.flush();
        if (problems.isEmpty()) {
            return 0;
        }
        return problems.stream().allMatch(p -> p.exitCode() == Problem.WRONG_INPUT)
                ? Problem.WRONG_INPUT
                : Problem.FAILED;
    }

    /** Runs as they stand: made, or why not. */
    List<Sweep.Outcome> collect() {
        UnitList list = new Agreement(folder, UnitList.sweepSum(plans, splitting)).requireList();
        return new Collector(folder, list).collect();
    }
}
