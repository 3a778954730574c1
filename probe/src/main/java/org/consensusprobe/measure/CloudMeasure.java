package org.consensusprobe.measure;

import java.util.List;
import java.util.function.Function;
import java.util.function.LongUnaryOperator;
import java.util.function.ToDoubleFunction;

/**
 * A measure of the tokens of one prompt, in float64.
 *
 * @param own its axes after prompt and depth
 * @param held what it holds besides the cloud and tiles of its pairs
 * @param reduction of the cloud to its values
 */
public record CloudMeasure(About about, List<Axis> own, Held held, Function<Cloud, double[]> reduction)
        implements Measure {
    /**
     * Bytes that grow with the square of a prompt's tokens, as functions of these.
     *
     * @param nativeBytes in tensors
     * @param javaBytes in Java's memory
     */
    record Held(LongUnaryOperator nativeBytes, LongUnaryOperator javaBytes) {
        static final Held NOTHING = new Held(tokens -> 0, tokens -> 0);
    }

    CloudMeasure(About about, List<Axis> own, Function<Cloud, double[]> reduction) {
        this(about, own, Held.NOTHING, reduction);
    }

    static CloudMeasure scalar(About about, ToDoubleFunction<Cloud> reduction) {
        return scalar(about, Held.NOTHING, reduction);
    }

    static CloudMeasure scalar(About about, Held held, ToDoubleFunction<Cloud> reduction) {
        return new CloudMeasure(about, List.of(), held, cloud -> new double[] {reduction.applyAsDouble(cloud)});
    }

    @Override
    public long bytes(Sizes sizes) {
        return Cloud.bytes(sizes.tokens(), sizes.width()) + held.nativeBytes().applyAsLong(sizes.tokens());
    }

    @Override
    public long javaBytes(Sizes sizes) {
        return Cloud.javaBytes(sizes.tokens()) + held.javaBytes().applyAsLong(sizes.tokens());
    }

    @Override
    public List<Axis> axes(Sizes sizes) {
        return own;
    }
}
