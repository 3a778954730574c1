package org.consensusprobe.theory.spectrum;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * The hypotheses of the asymptotic-attention paper's theorems on the matrices of a model.
 *
 * <p>Numbers become statements by tolerances: a relative one for matrices, an angle for directions.
 */
public final class Hypotheses {
    private final List<LayerSpectrum> layers;
    private final boolean causal;
    private final double tolerance;
    private final double angle;
    private final List<Hypothesis> found = new ArrayList<>();

    private Hypotheses(List<LayerSpectrum> layers, boolean causal, double tolerance, double angle) {
        this.layers = layers;
        this.causal = causal;
        this.tolerance = tolerance;
        this.angle = angle;
    }

    /**
     * Tests all hypotheses.
     *
     * @param causal whether token i sees no later ones
     * @param tolerance of |M - M'|/(2|M|), |M - cI|/|M|, relative gaps and relative change
     * @param angle of the drift from layer to layer, in degrees
     */
    public static List<Hypothesis> of(List<LayerSpectrum> layers, boolean causal, double tolerance, double angle) {
        Hypotheses hypotheses = new Hypotheses(layers, causal, tolerance, angle);
        hypotheses.gradientFlow();
        hypotheses.hemisphere();
        hypotheses.causalIdentity();
        hypotheses.causalSymmetric();
        hypotheses.causalDrifting();
        return List.copyOf(hypotheses.found);
    }

    private void gradientFlow() {
        String theorem = "3.2";
        mask(theorem, false);
        oneHead(theorem);
        identity(theorem);
        below(theorem, "P is symmetric", "|P - P'|/(2|P|)", "heads", queryKeys(), MatrixSpectrum::asymmetry);
        where(
                theorem,
                "P is positive semidefinite",
                "-min/max of (P + P')/2, at most " + text(tolerance),
                "heads",
                queryKeys(),
                m -> -m.symmetricSmallest() <= tolerance * m.symmetricLargest(),
                m -> -m.symmetricSmallest() / m.symmetricLargest());
        constant(theorem, "P", queryKeys());
    }

    private void hemisphere() {
        String theorem = "4.1";
        mask(theorem, false);
        identity(theorem);
        bounded(theorem);
        run(theorem, "the tokens share an open hemisphere");
    }

    private void causalIdentity() {
        String theorem = "5.1";
        mask(theorem, true);
        identity(theorem);
        bounded(theorem);
    }

    private void causalSymmetric() {
        String theorem = "5.2";
        mask(theorem, true);
        oneHead(theorem);
        symmetricLeading(theorem);
        constant(theorem, "U", sums());
        run(theorem, "the tokens lie in the open hemisphere of U's leading eigenvector");
    }

    private void causalDrifting() {
        String theorem = "5.3";
        mask(theorem, true);
        oneHead(theorem);
        symmetricLeading(theorem);
        List<LayerSpectrum> later =
                layers.stream().filter(l -> !Double.isNaN(l.drift())).toList();
        add(
                theorem,
                "U's leading eigenvector drifts slowly",
                "angle to the layer before, at most " + text(angle) + " degrees",
                "sums",
                (int) later.stream().filter(l -> l.drift() <= angle).count(),
                later.size(),
                later.stream().mapToDouble(LayerSpectrum::drift).min());
        run(theorem, "the tokens lie in the open hemisphere of U's leading eigenvector");
    }

    private void symmetricLeading(String theorem) {
        below(theorem, "U is symmetric", "|U - U'|/(2|U|)", "heads", values(), MatrixSpectrum::asymmetry);
        below(theorem, "U is symmetric", "|U - U'|/(2|U|)", "sums", sums(), MatrixSpectrum::asymmetry);
        where(
                theorem,
                "U's leading eigenvalue is real, positive and simple",
                "gap over the largest modulus, above " + text(tolerance),
                "sums",
                sums(),
                m -> m.leadsSimplyAndPositively(tolerance),
                m -> m.leading().isComplex() || m.leading().re() <= 0 ? 0 : -m.gap());
    }

    private void identity(String theorem) {
        where(
                theorem,
                "every U_h is a positive multiple of I",
                "|U - cI|/|U|, at most " + text(tolerance),
                "heads",
                values(),
                m -> m.identityDistance() <= tolerance && m.identityFactor() > 0,
                MatrixSpectrum::identityDistance);
    }

    private void constant(String theorem, String name, List<MatrixSpectrum> matrices) {
        List<MatrixSpectrum> later =
                matrices.stream().filter(m -> !Double.isNaN(m.change())).toList();
        String place = name.equals("P") ? "heads" : "sums";
        if (later.isEmpty()) {
            add(theorem, name + " is the same in all layers", "one layer", "model", 1, 1, OptionalDouble.empty());
        } else {
            below(
                    theorem,
                    name + " is the same in all layers",
                    "|" + name + " - before|/sqrt(|" + name + "|^2 + |before|^2)",
                    place,
                    later,
                    MatrixSpectrum::change);
        }
    }

    private void mask(String theorem, boolean asked) {
        String statement = asked ? "attention is causal" : "attention is full";
        add(theorem, statement, "", "model", asked == causal ? 1 : 0, 1, OptionalDouble.empty());
    }

    private void oneHead(String theorem) {
        int heads = layers.get(0).values().size();
        add(theorem, "there is one head", "heads", "model", heads == 1 ? 1 : 0, 1, OptionalDouble.of(heads));
    }

    // finitely many finite matrices
    private void bounded(String theorem) {
        OptionalDouble largest =
                queryKeys().stream().mapToDouble(MatrixSpectrum::norm).max();
        add(theorem, "P is bounded over the layers", "max |P|", "model", 1, 1, largest);
    }

    private void run(String theorem, String statement) {
        add(theorem, statement, "", "run", 0, 0, OptionalDouble.empty());
    }

    private void below(
            String theorem,
            String statement,
            String formula,
            String place,
            List<MatrixSpectrum> matrices,
            ToDoubleFunction<MatrixSpectrum> value) {
        where(
                theorem,
                statement,
                formula + ", at most " + text(tolerance),
                place,
                matrices,
                m -> value.applyAsDouble(m) <= tolerance,
                value);
    }

    // the smaller the value, the nearer; gaps come with a minus sign
    private void where(
            String theorem,
            String statement,
            String test,
            String place,
            List<MatrixSpectrum> matrices,
            Predicate<MatrixSpectrum> holds,
            ToDoubleFunction<MatrixSpectrum> value) {
        OptionalDouble nearest = matrices.stream().mapToDouble(value).min();
        boolean negated = nearest.isPresent() && test.startsWith("gap");
        add(
                theorem,
                statement,
                test,
                place,
                (int) matrices.stream().filter(holds).count(),
                matrices.size(),
                negated ? OptionalDouble.of(-nearest.getAsDouble() + 0.0) : nearest);
    }

    private void add(
            String theorem, String statement, String test, String place, int holds, int of, OptionalDouble nearest) {
        found.add(new Hypothesis(theorem, statement, test, place, holds, of, nearest));
    }

    private List<MatrixSpectrum> values() {
        return layers.stream().flatMap(l -> l.values().stream()).toList();
    }

    private List<MatrixSpectrum> queryKeys() {
        return layers.stream().flatMap(l -> l.queryKeys().stream()).toList();
    }

    private List<MatrixSpectrum> sums() {
        return layers.stream().map(LayerSpectrum::sum).toList();
    }

    private static String text(double value) {
        return String.format(Locale.ROOT, "%.3g", value).replaceAll("\\.?0+$", "");
    }
}
