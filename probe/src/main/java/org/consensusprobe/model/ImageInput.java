package org.consensusprobe.model;

/**
 * What a vision model takes in place of token ids: images, cut into patches row by row.
 *
 * @param channels of a pixel
 * @param height pixels of the images that the model was made for
 * @param width the same across
 * @param patchHeight pixels of a patch
 * @param patchWidth the same across
 * @param before tokens that stand before the patches: the class token, registers
 * @param anySize whether it takes square images of other sizes too
 */
public record ImageInput(
        int channels, int height, int width, int patchHeight, int patchWidth, int before, boolean anySize) {
    /** Patches below one another and beside one another. */
    public record Grid(int rows, int columns) {
        /** Patches in all. */
        public int patches() {
            return Math.multiplyExact(rows, columns);
        }
    }

    /** The grid of the images that the model was made for. */
    public Grid grid() {
        return grid(height, width);
    }

    /** The grid of images of a size; what is left of an edge is cut off. */
    public Grid grid(int imageHeight, int imageWidth) {
        return new Grid(imageHeight / patchHeight, imageWidth / patchWidth);
    }

    /** The grid of a prompt of so many tokens: the model's own, or a square one. */
    public Grid gridOf(int tokens) {
        int patches = tokens - before;
        if (patches == grid().patches()) {
            return grid();
        }
        int side = (int) Math.round(Math.sqrt(patches));
        return new Grid(side, patches / side);
    }

    /** Tokens of the images that the model was made for. */
    public int tokens() {
        return before + grid().patches();
    }

    /** Tokens of images of a size. */
    public int tokens(int imageHeight, int imageWidth) {
        return before + grid(imageHeight, imageWidth).patches();
    }

    /** Whether the model takes images of that size. */
    public boolean takes(int imageHeight, int imageWidth) {
        Grid other = grid(imageHeight, imageWidth);
        boolean own = imageHeight == height && imageWidth == width;
        boolean square = other.rows() == other.columns() && other.rows() > 0;
        return own || anySize && square && (grid().rows() == grid().columns() || !other.equals(grid()));
    }
}
