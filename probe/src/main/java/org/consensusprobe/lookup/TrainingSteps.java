package org.consensusprobe.lookup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.hub.Hub;
import org.consensusprobe.hub.ModelId;
import org.consensusprobe.plan.RunPlan;

/**
 * The checkpoints of one training, in the order of their steps.
 *
 * @param steps at least one
 * @param leftOut names that are meant and have no number
 */
public record TrainingSteps(List<TrainingStep> steps, List<String> leftOut) {
    private static final String TRAINER = "checkpoint-*";

    /**
     * Finds them: branches and tags of a model on the hub, or folders in a folder.
     *
     * @param target the model, or the folder that the trainer wrote into
     * @param pattern of their names; absent: {@value #TRAINER}, which a folder alone may leave unsaid
     * @throws Problem if there are none
     */
    static TrainingSteps find(ModelTarget target, Optional<String> pattern, Hub hub) {
        if (target.path().isPresent()) {
            return ofFolder(target.path().get(), pattern.orElse(TRAINER));
        }
        ModelId id = target.id().orElseThrow();
        String wanted = pattern.orElseThrow(() -> Problem.input(
                "%s: name the checkpoints of its training with --revisions, such as 'step*'.", id.repository()));
        String model = target.known().isPresent() ? target.known().get().alias() : id.repository();
        StepNames names = StepNames.parse(wanted);
        Map<String, String> refs = hub.refs(id);
        List<TrainingStep> steps = new ArrayList<>();
        List<String> leftOut = new ArrayList<>();
        refs.forEach((name, commit) -> enter(
                names,
                name,
                leftOut,
                number -> steps.add(new TrainingStep(number, name, model, Optional.of(name), Optional.of(commit)))));
        if (steps.isEmpty()) {
            throw none(id.repository(), "branch or tag", "branches and tags", wanted, List.copyOf(refs.keySet()));
        }
        return sorted(steps, leftOut);
    }

    private static TrainingSteps ofFolder(Path folder, String wanted) {
        StepNames names = StepNames.parse(wanted);
        List<TrainingStep> steps = new ArrayList<>();
        List<String> leftOut = new ArrayList<>();
        List<String> all = new ArrayList<>();
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path entry : entries.sorted().toList()) {
                if (Files.isRegularFile(entry.resolve("config.json"))) {
                    String name = entry.getFileName().toString();
                    all.add(name);
                    enter(
                            names,
                            name,
                            leftOut,
                            number -> steps.add(new TrainingStep(
                                    number, name, entry.toString(), Optional.empty(), Optional.empty())));
                }
            }
        } catch (IOException e) {
            throw Problem.input(e, "%s: the folder cannot be read: %s.", folder, e.getMessage());
        }
        if (steps.isEmpty()) {
            throw none(folder.toString(), "folder with a config.json", "folders with a config.json", wanted, all);
        }
        return sorted(steps, leftOut);
    }

    /** Takes the number of a step. */
    private interface Steps {
        void add(long number);
    }

    private static void enter(StepNames names, String name, List<String> leftOut, Steps steps) {
        if (!names.matches(name)) {
            return;
        }
        names.step(name).ifPresentOrElse(steps::add, () -> leftOut.add(name));
    }

    private static TrainingSteps sorted(List<TrainingStep> steps, List<String> leftOut) {
        steps.sort(Comparator.comparingLong(TrainingStep::number).thenComparing(TrainingStep::name));
        return new TrainingSteps(List.copyOf(steps), List.copyOf(leftOut));
    }

    private static Problem none(String where, String one, String many, String wanted, List<String> all) {
        return all.isEmpty()
                ? Problem.input("%s: there is no %s in it, so no checkpoint of a training.", where, one)
                : Problem.input(
                        "%s: no %s in it is called %s with a number; its %s are %s. Name them with --revisions PATTERN.",
                        where, one, Shown.text(wanted), many, Shown.firstFew(all));
    }

    /** Runs with their models' names, in whose place stands one of each step where their revision is a pattern. */
    public static List<RunPlan> spread(List<RunPlan> plans, ModelLookup models) {
        List<RunPlan> spread = new ArrayList<>();
        for (RunPlan given : plans) {
            RunPlan plan = models.named(given);
            Optional<String> pattern = plan.model().revision().filter(StepNames::isPattern);
            if (pattern.isEmpty()) {
                spread.add(plan);
            } else {
                models.steps(plan.model().name(), pattern).steps().forEach(step -> spread.add(step.of(plan)));
            }
        }
        return spread;
    }
}
