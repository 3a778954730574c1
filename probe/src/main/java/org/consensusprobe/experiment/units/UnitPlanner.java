package org.consensusprobe.experiment.units;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.Build;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Sha256;
import org.consensusprobe.experiment.loop.Calibration;
import org.consensusprobe.experiment.loop.ChunkRule;
import org.consensusprobe.experiment.record.PromptShare;
import org.consensusprobe.experiment.sweep.Estimator;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Titles;

/** Makes units of a sweep's runs: whole where they are short or have to be, shares of their prompts where they are long. */
public final class UnitPlanner {
    private static final int ID_DIGITS = 6;

    private final Estimator estimator;
    private final Splitting splitting;

    public UnitPlanner(Estimator estimator, Splitting splitting) {
        this.estimator = estimator;
        this.splitting = splitting;
    }

    /** The units of all runs, in the sweep's order; what cannot be made is among them, and says why. */
    public List<Unit> plan(List<RunPlan> runs) {
        List<Unit> units = new ArrayList<>();
        for (int run = 0; run < runs.size(); run++) {
            units.addAll(units(run, runs.get(run)));
        }
        return units;
    }

    private List<Unit> units(int run, RunPlan plan) {
        String name = Titles.folderName(plan);
        try {
            Calibration.Estimate whole = estimator.estimate(plan);
            int shares = splitting.sharesOf(whole.seconds());
            Optional<String> note = Optional.empty();
            if (shares > 1) {
                Optional<String> obstacle = PromptShare.obstacle(estimator.fitted(plan));
                int most = obstacle.isPresent()
                        ? 1
                        : ChunkRule.mostShares(
                                estimator.prompts(plan),
                                plan.arithmetic().chunk().orElse(0));
                if (most < shares) {
                    note = Optional.of(
                            most == 1
                                    ? "stays whole: " + obstacle.orElse("its prompts are one chunk")
                                    : "has no more than " + most + " chunks of prompts");
                    shares = most;
                }
            }
            Estimator.FilesOfRun files = estimator.files(plan);
            String id = id(name, plan, files);
            List<Unit> units = new ArrayList<>();
            for (int index = 1; index <= shares; index++) {
                PromptShare share = new PromptShare(index, shares);
                Calibration.Estimate own = share.isWhole() ? whole : estimator.estimate(plan, share);
                units.add(new Unit(id(id, share), run, name, () -> plan, share, cost(own, files), note, true));
            }
            return units;
        } catch (Problem e) {
            String reason = e.getMessage().lines().findFirst().orElse("");
            return List.of(
                    new Unit(name, run, name, () -> plan, PromptShare.WHOLE, Cost.UNKNOWN, Optional.of(reason), false));
        }
    }

    private static Cost cost(Calibration.Estimate estimate, Estimator.FilesOfRun files) {
        return new Cost(estimate.flop(), estimate.seconds(), estimate.memoryBytes(), files.name(), files.bytes());
    }

    /** Of the run's plan and of all that decides over its bytes without being in it. */
    private String id(String name, RunPlan plan, Estimator.FilesOfRun files) {
        String facts = String.join("\n", Build.version(), estimator.contents(plan), files.state());
        return name + "-" + Sha256.of(facts).substring(0, ID_DIGITS);
    }

    private static String id(String id, PromptShare share) {
        return share.isWhole() ? id : id + "." + share.index() + "of" + share.count();
    }
}
