package org.consensusprobe.experiment.loop;

import java.util.List;
import org.consensusprobe.doctor.Trust;

/** Several listeners as one, told in order. */
public final class RunListeners implements RunListener {
    private final List<RunListener> listeners;

    private RunListeners(List<RunListener> listeners) {
        this.listeners = listeners;
    }

    public static RunListener of(RunListener... listeners) {
        return new RunListeners(List.of(listeners));
    }

    @Override
    public void onTrust(Trust.Known known) {
        listeners.forEach(l -> l.onTrust(known));
    }

    @Override
    public void onResumed(int blocksDone) {
        listeners.forEach(l -> l.onResumed(blocksDone));
    }

    @Override
    public void onMeasure(int depth, String measure, double[] values) {
        listeners.forEach(l -> l.onMeasure(depth, measure, values));
    }

    @Override
    public void onZeroTokens(List<ZeroToken> tokens) {
        listeners.forEach(l -> l.onZeroTokens(tokens));
    }

    @Override
    public void onLonelyTokens(int prompts, int of) {
        listeners.forEach(l -> l.onLonelyTokens(prompts, of));
    }

    @Override
    public void onEmbedded(double[] errors) {
        listeners.forEach(l -> l.onEmbedded(errors));
    }

    @Override
    public void onBlock(int depth, double[] errors) {
        listeners.forEach(l -> l.onBlock(depth, errors));
    }

    @Override
    public void onPass(int pass) {
        listeners.forEach(l -> l.onPass(pass));
    }
}
