package org.consensusprobe.experiment.sweep;

import org.consensusprobe.experiment.loop.Calibration;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.lookup.PromptsOfRun;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.WeightMode;

/** Says what runs will cost on this machine; only a model's config is needed, whatever its weights. */
public final class Estimator {
    private final Machine machine;
    private final ModelLookup models;
    private final Calibration calibration = new Calibration();

    public Estimator(Machine machine, ModelLookup models) {
        this.machine = machine;
        this.models = models;
    }

    /**
     * What a run costs.
     *
     * @throws org.consensusprobe.common.Problem if it cannot be made
     */
    public Calibration.Estimate estimate(RunPlan plan) {
        ModelLookup.Found found = models.find(plan.model().withRevision(), WeightMode.RANDOM);
        return calibration.estimate(
                found.subject().transformer(),
                plan,
                machine,
                PromptsOfRun.read(found, plan).ids());
    }
}
