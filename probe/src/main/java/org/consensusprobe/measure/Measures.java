package org.consensusprobe.measure;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.consensusprobe.model.ImageInput;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.plan.Similarity;

/**
 * The measures that can be recorded beside the error, by name. A new one is a file with its reduction and a line in
 * {@link #ALL}, and its name in {@link MeasureNames}.
 */
public final class Measures {
    private static final List<Function<Similarity, Measure>> ALL = List.of(
            similarity -> new ConsensusError(MeasureNames.ERROR_WITHOUT_TOKEN_1, 1, similarity),
            any(Pairwise.mean()),
            any(Pairwise.max()),
            any(Pairwise.orderParameter()),
            any(new AcrossPromptSimilarity(false)),
            any(ToFirstToken.max(0)),
            any(ToFirstToken.median(0)),
            any(ToFirstToken.max(1)),
            any(ToFirstToken.median(1)),
            any(Anisotropy.projected()),
            any(Anisotropy.withoutMean()),
            any(Anisotropy.dimensionShares()),
            any(Residual.mu()),
            any(Residual.relative()),
            any(Residual.contraction()),
            any(Residual.composite()),
            any(Residual.ofRankCollapse()),
            any(Diameter.raw()),
            any(Diameter.unit()),
            any(Diameter.contraction()),
            any(Diameter.unitContraction()),
            any(CosineHistogram.measure()),
            any(EnergyDeficit.measure()),
            any(Clusters.components()),
            any(Clusters.cover()),
            any(Clusters.largest()),
            any(Ranks.effective()),
            any(Ranks.effectiveCentred()),
            any(Ranks.stable()),
            any(Ranks.stableCentred()),
            any(IntrinsicDimension.measure()),
            any(HemisphereMargin.measure()),
            any(TokenField.highFrequency(Optional.empty())),
            any(AttentionMatrices.step()),
            any(AttentionMatrices.entropy()),
            any(AttentionMatrices.toFirst()),
            any(AttentionMatrices.dobrushin()),
            any(AttentionMatrices.dobrushinProduct()),
            any(AttentionMatrices.contractionBound()),
            any(AttentionMatrices.verifiedBound()),
            any(AttentionMatrices.defect()),
            any(NextToken.entropy()),
            any(NextToken.acrossPositions()),
            any(NextToken.acrossPrompts()),
            any(Steps.step(false)),
            any(Steps.angle(false)),
            any(Steps.ratio(false)),
            any(Steps.step(true)),
            any(Steps.angle(true)),
            any(Steps.ratio(true)),
            any(Steps.ofTokens(false)),
            any(Steps.ofTokens(true)),
            any(Steps.returns(false)),
            any(Steps.returns(true)),
            any(new Lyapunov()),
            any(new ExpertFlips()),
            any(ExitMeasure.probability()),
            any(ExitMeasure.expectedPass()),
            similarity -> HalfMeasure.ofError(true, similarity),
            similarity -> HalfMeasure.ofError(false, similarity),
            any(HalfMeasure.ofPairs(true)),
            any(HalfMeasure.ofPairs(false)),
            HeadMeasure::new,
            any(ChangeMeasure.influence()),
            any(ChangeMeasure.angle()),
            any(ChangeMeasure.linearity()),
            any(Outliers.entries()),
            any(Outliers.toMedian()),
            any(Outliers.tokens()),
            any(Outliers.dimensions()),
            any(Outliers.kurtosis()),
            any(Outliers.normShare()),
            any(new KeyValueMeasure(false)),
            any(new KeyValueMeasure(true)),
            any(ByToken.error()),
            any(ByToken.errorWithoutTokenOne()),
            any(ByToken.toToken(0)),
            any(ByToken.toToken(1)),
            any(ByToken.errorProjected()),
            any(ByToken.mu()),
            any(new AcrossPromptSimilarity(true)));

    private Measures() {}

    /** Eq. 25: 1 - (1/T) sum_j cos(x_1, x_j), or with the cosines' absolute values. */
    public static StateMeasure error(Similarity similarity) {
        return new ConsensusError(MeasureNames.ERROR, 0, similarity);
    }

    /** Every measure but the error, in the order of {@link MeasureNames#ALL}. */
    public static List<Measure> all(Similarity similarity) {
        return named(MeasureNames.ALL, similarity);
    }

    /** The measures of those names, which are known. */
    public static List<Measure> named(List<String> names, Similarity similarity) {
        Map<String, Measure> known = new HashMap<>();
        ALL.forEach(of -> known.put(of.apply(similarity).name(), of.apply(similarity)));
        if (!known.keySet().equals(Set.copyOf(MeasureNames.ALL))) {
            throw new IllegalStateException("the names of a plan and the measures differ: " + known.keySet());
        }
        return names.stream().map(known::get).toList();
    }

    /** The same of a model that takes those images: a field of tokens is the grid of their patches. */
    public static List<Measure> named(List<String> names, Similarity similarity, Optional<ImageInput> images) {
        return named(names, similarity).stream()
                .map(m -> m.name().equals(MeasureNames.HIGH_FREQUENCY) ? TokenField.highFrequency(images) : m)
                .toList();
    }

    private static Function<Similarity, Measure> any(Measure measure) {
        return similarity -> measure;
    }
}
