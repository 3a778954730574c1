package org.consensusprobe.experiment.loop;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.consensusprobe.measure.DepthStates;
import org.consensusprobe.measure.ExitMeasure;
import org.consensusprobe.measure.Exits;
import org.consensusprobe.measure.Lyapunov;
import org.consensusprobe.measure.Measure;
import org.consensusprobe.measure.Measures;
import org.consensusprobe.measure.PassMeasure;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.torch.Kernels;

/**
 * What a run remembers of its passes: the states that entered the current one and those before it, what entered the first,
 * a second cloud, and which prompts have settled. Only as much as the run's plan and measures ask for.
 */
public final class PassTrail implements AutoCloseable {
    /**
     * How many sets of hidden states a run remembers.
     *
     * @param latest what entered the current pass, and the passes before it
     * @param first whether what entered the first pass is kept
     * @param beside whether a second cloud walks beside
     * @param injected whether every pass is given what came before the loop
     */
    record Need(int latest, boolean first, boolean beside, boolean injected) {
        static Need of(RunPlan plan, List<Measure> measures, boolean injected) {
            int lags = measures.stream()
                    .mapToInt(m -> m instanceof PassMeasure pass ? pass.lags() : 0)
                    .max()
                    .orElse(0);
            boolean beside = measures.stream().anyMatch(Lyapunov.class::isInstance);
            boolean one = plan.passes().step() != 1 || plan.passes().until().isPresent() || beside;
            return new Need(Math.max(lags, one ? 1 : 0), plan.passes().anchor() != 0, beside, injected);
        }

        boolean isNothing() {
            return latest == 0 && !first;
        }

        /** Sets of states beside those that walk; one is made before another is dropped. */
        int sets() {
            int compared = isNothing() ? 0 : latest + 1 + (first ? 1 : 0) + (beside ? 2 : 0);
            return compared + (injected ? 1 : 0);
        }
    }

    /** Numbers that are kept of a prompt's second cloud. */
    public static final int SUMS = 3;

    private final Need need;
    private final List<HiddenStates> latest = new ArrayList<>();
    private final Settling settling;
    private final Optional<Exits> exits;
    private final Optional<RoutingTrail> routing;
    private HiddenStates first;
    private HiddenStates injected;
    private HiddenStates beside;
    private HiddenStates besideEntered;
    private double[][] growth;

    /**
     * What a trail has to know of the model.
     *
     * @param injected whether every pass is given what came before the loop
     */
    public record Facts(boolean injected, int layers, Optional<Transformer.Mixture> mixture) {
        /** States that another program made. */
        static final Facts UNKNOWN = new Facts(false, 0, Optional.empty());

        public static Facts of(Transformer model) {
            return new Facts(model.isInjected(), model.layers(), model.mixture());
        }
    }

    /** An empty trail for a run of that plan. */
    public static PassTrail of(RunPlan plan, List<int[]> prompts, Facts model) {
        return new PassTrail(plan, Measures.named(plan.measures(), plan.similarity()), prompts, model);
    }

    private PassTrail(RunPlan plan, List<Measure> measures, List<int[]> prompts, Facts model) {
        this.need = Need.of(plan, measures, model.injected());
        this.routing = RoutingTrail.of(plan, measures, prompts, model.layers(), model.mixture());
        this.settling = new Settling(plan.passes().until(), prompts.size());
        this.growth = new double[prompts.size()][SUMS];
        this.exits = measures.stream().anyMatch(ExitMeasure.class::isInstance)
                ? Optional.of(new Exits(prompts.stream().mapToInt(p -> p.length).toArray()))
                : Optional.empty();
    }

    /** These states enter a pass. */
    void enter(Kernels kernels, HiddenStates states) {
        if (need.first && first == null) {
            first = copy(kernels, states);
        }
        if (need.latest > 0) {
            latest.add(0, copy(kernels, states));
            while (latest.size() > need.latest) {
                latest.remove(latest.size() - 1).close();
            }
        }
    }

    /** These states came before the loop: every pass is given them. */
    void inject(Kernels kernels, HiddenStates states) {
        injected = copy(kernels, states);
    }

    /** What every pass is given; null where it is given nothing. */
    HiddenStates injected() {
        return injected;
    }

    static HiddenStates copy(Kernels kernels, HiddenStates states) {
        return HiddenStates.mapped(kernels, states, (k, x) -> k.tensors().copy(x));
    }

    /** What entered the current pass; null where nobody asks. */
    HiddenStates entered() {
        return latest.isEmpty() ? null : latest.get(0);
    }

    /** What entered the first pass. */
    HiddenStates first() {
        return first;
    }

    /** States at the end of a pass, and at the ends of the passes before it. */
    List<DepthStates> with(HiddenStates states) {
        return Stream.concat(Stream.of(states), latest.stream())
                .map(HiddenStates::snapshot)
                .toList();
    }

    /** Which prompts have settled. */
    public Settling settling() {
        return settling;
    }

    /** Where a gate would have ended so far; empty where nobody asks. */
    public Optional<Exits> exits() {
        return exits;
    }

    /** Which experts tokens were sent to; empty where nobody asks. */
    public Optional<RoutingTrail> routing() {
        return routing;
    }

    /** The second cloud, while there is one. */
    Optional<HiddenStates> beside() {
        return Optional.ofNullable(beside);
    }

    /** What entered the current pass in the second cloud. */
    HiddenStates besideEntered() {
        return besideEntered;
    }

    /** A second cloud enters a pass, so far from the first in each prompt. */
    void beside(Kernels kernels, HiddenStates states, double[] apart) {
        closeBeside();
        beside = states;
        besideEntered = copy(kernels, states);
        for (int i = 0; i < apart.length; i++) {
            growth[i][2] = apart[i];
        }
    }

    private void closeBeside() {
        if (beside != null) {
            beside.close();
            besideEntered.close();
        }
    }

    /** Whether states of earlier passes are needed at all. */
    boolean remembers() {
        return !need.isNothing();
    }

    boolean wantsBeside() {
        return need.beside;
    }

    /** How far the second cloud was from the first where the pass began. */
    double apart(int prompt) {
        return growth[prompt][2];
    }

    /**
     * Takes the growth of the second cloud in a pass into account.
     *
     * @param pass from 0
     * @param ofPass ln(growth) of every prompt
     * @return the mean of every prompt's so far, NaN within the burn-in
     */
    double[] grown(int pass, double[] ofPass) {
        if (pass < Lyapunov.BURN_IN) {
            return Arrays.stream(ofPass).map(g -> Double.NaN).toArray();
        }
        double[] means = new double[ofPass.length];
        for (int i = 0; i < means.length; i++) {
            growth[i][0] += ofPass[i];
            growth[i][1]++;
            means[i] = growth[i][0] / growth[i][1];
        }
        return means;
    }

    /** Copies what is remembered into a new trail, for states that go another way from here. */
    PassTrail twin(Kernels kernels, PassTrail into) {
        latest.forEach(states -> into.latest.add(copy(kernels, states)));
        into.first = first == null ? null : copy(kernels, first);
        into.injected = injected == null ? null : copy(kernels, injected);
        routing.ifPresent(r -> into.routing.ifPresent(other -> other.restore(r.rows())));
        return into;
    }

    /** All sets of states by name, for a file that an interrupted run leaves. */
    public List<Named> states() {
        List<Named> named = new ArrayList<>();
        for (int lag = 0; lag < latest.size(); lag++) {
            named.add(new Named("entered-" + lag, latest.get(lag)));
        }
        if (first != null) {
            named.add(new Named("first", first));
        }
        if (injected != null) {
            named.add(new Named("injected", injected));
        }
        if (beside != null) {
            named.add(new Named("beside", beside));
            named.add(new Named("beside-entered", besideEntered));
        }
        return named;
    }

    /** One set of states. */
    public record Named(String name, HiddenStates states) {}

    /** Reads a set of states by its name; null if there is none. */
    @FunctionalInterface
    public interface Reader {
        HiddenStates read(String name);
    }

    /**
     * Goes on where another process stood.
     *
     * @param passesBegun how many passes had begun
     */
    public void restore(int passesBegun, Reader reader, double[][] sums, double[][] settled) {
        for (int lag = 0; lag < Math.min(need.latest, passesBegun); lag++) {
            latest.add(reader.read("entered-" + lag));
        }
        if (passesBegun > 0 && need.first) {
            first = reader.read("first");
        }
        if (passesBegun > 0 && need.injected) {
            injected = reader.read("injected");
        }
        if (passesBegun > 0 && need.beside) {
            beside = reader.read("beside");
            besideEntered = reader.read("beside-entered");
        }
        growth = sums;
        settling.restore(settled);
    }

    /** Of the second cloud: the sum of ln(growth), of how many passes, and how far it was, [prompts][3]. */
    public double[][] sums() {
        return growth;
    }

    @Override
    public void close() {
        states().forEach(named -> named.states().close());
    }
}
