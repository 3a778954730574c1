package org.consensusprobe.weights;

/**
 * One call of the initialisation: a tensor filled with N(0, std). A tensor drawn twice keeps the later values.
 *
 * @param name the tensor's canonical name
 * @param elements how many values are drawn
 * @param std the standard deviation
 */
public record Draw(String name, long elements, double std) {
    private static final long SCALAR_PATH_BELOW = 16;

    /**
     * Raw 32-bit numbers that libtorch's CPU generator spends on this draw.
     *
     * <p>libtorch works on groups of 16; a last incomplete group is redrawn whole.
     */
    long rawNumbers() {
        return elements % 16 == 0 ? elements : elements + 16;
    }

    /** Whether libtorch takes another path, one value at a time, whose use of the generator is not a fixed count. */
    boolean isSmall() {
        return elements < SCALAR_PATH_BELOW;
    }
}
