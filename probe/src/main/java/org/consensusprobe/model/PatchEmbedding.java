package org.consensusprobe.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * How images become tokens: each patch through one matrix, the class token and its kin before them, positions added, registers
 * put in behind the class token.
 *
 * @param names of the tensors
 * @param width D
 * @param registers how many stand behind the first token, without positions
 */
record PatchEmbedding(ImageInput input, Names names, int width, int registers) {
    private static final int MAX_SIZE = 1 << 16;

    /**
     * Names of tensors below {@code embeddings.}.
     *
     * @param projection the role of the matrix of patches
     * @param bias whether it has one
     * @param first tokens before the patches that have positions: those at the front
     * @param firstAxes axes of 1 before D, in each of them and in the table of positions
     * @param positions the table's name; empty where there is none
     * @param resampling of positions for images of another size
     */
    record Names(
            String projection,
            boolean bias,
            List<String> first,
            int firstAxes,
            Optional<String> positions,
            Resampling resampling) {
        /** Those of ViT and its kin. */
        static Names vit(List<String> first, boolean positions, Resampling resampling) {
            return new Names(
                    "patch_embeddings.projection",
                    true,
                    first,
                    2,
                    positions ? Optional.of("position_embeddings") : Optional.empty(),
                    resampling);
        }
    }

    /** What becomes of positions where images have another size. */
    enum Resampling {
        /** Such images are not taken. */
        NONE,
        BICUBIC,
        ANTIALIASED
    }

    /** Height and width of a config's field: one number for both, or two. */
    static int[] size(JsonFields f, String key, int fallback, boolean pairs) {
        if (!f.isList(key) || !pairs) {
            int size = f.positiveIntOr(key, fallback, MAX_SIZE);
            return new int[] {size, size};
        }
        List<Integer> both = f.integers(key, 1, MAX_SIZE);
        if (both.size() != 2) {
            throw f.refused(key, "a size, or height and width");
        }
        return new int[] {both.get(0), both.get(1)};
    }

    /** The images that a config tells of. */
    static ImageInput input(JsonFields f, int image, int patch, boolean pairs, int before, boolean anySize) {
        int[] size = size(f, "image_size", image, pairs);
        int[] cut = size(f, "patch_size", patch, pairs);
        if (cut[0] > size[0] || cut[1] > size[1]) {
            throw f.refused("patch_size", "at most image_size");
        }
        int channels = f.positiveIntOr("num_channels", 3, 1024);
        return new ImageInput(channels, size[0], size[1], cut[0], cut[1], before, anySize);
    }

    List<TensorSpec> specs() {
        String part = "embeddings.";
        List<TensorSpec> specs = new ArrayList<>();
        names.first.forEach(token -> specs.add(table(part, token, 1)));
        if (registers > 0) {
            specs.add(table(part, "register_tokens", registers));
        }
        specs.add(TensorSpec.state(
                part, names.projection + ".weight", width, input.channels(), input.patchHeight(), input.patchWidth()));
        if (names.bias) {
            specs.add(TensorSpec.state(part, names.projection + ".bias", width));
        }
        names.positions.ifPresent(name -> specs.add(
                table(part, name, names.first.size() + (long) input.grid().patches())));
        return specs;
    }

    /**
     * First tokens, registers and positions are drawn in every family: where transformers starts from zeros (DeiT, BEiT, DINOv2's
     * registers), a token would have no direction, and eq. 25 no value.
     */
    private TensorSpec table(String part, String name, long rows) {
        boolean flat = names.firstAxes == 0;
        long[] shape = !flat ? new long[] {1, rows, width} : rows == 1 ? new long[] {width} : new long[] {rows, width};
        TensorSpec spec = TensorSpec.state(part, name, shape);
        return new TensorSpec(spec.name(), spec.role(), spec.shape(), spec.kind(), false, 0, true, spec.onDemand());
    }

    /** Pixels [B, C, H, W] -> tokens [B, T, D]. */
    Tensor embed(Kernels k, Weights w, Tensor pixels, DType dtype) {
        Tensor cut = k.embedding()
                .patches(k.tensors().convert(pixels, dtype), input.patchHeight(), input.patchWidth()); // [B, n, C h w]
        Tensor matrix = k.tensors().reshape(w.get(names.projection + ".weight"), new long[] {width, cut.size(2)});
        Tensor x = k.linear(cut, matrix, w.orNull(names.projection + ".bias")); // [B, n, D]
        for (int i = 0; i < names.first.size(); i++) {
            x = k.embedding().withTokens(x, rows(k, w.get(names.first.get(i))), i); // [B, T, D]
        }
        if (names.positions.isPresent()) {
            ImageInput.Grid grid = input.grid((int) pixels.size(2), (int) pixels.size(3));
            k.add(x, positions(k, rows(k, w.get(names.positions.get())), grid));
        }
        return registers == 0 ? x : k.embedding().withTokens(x, rows(k, w.get("register_tokens")), 1); // [B, T, D]
    }

    /** The table [T, D] of positions for a grid. */
    private Tensor positions(Kernels k, Tensor table, ImageInput.Grid grid) {
        ImageInput.Grid own = input.grid();
        if (grid.equals(own)) {
            return table;
        }
        return k.embedding()
                .resampledGrid(
                        table,
                        names.first.size(),
                        own.rows(),
                        own.columns(),
                        new long[] {grid.rows(), grid.columns()},
                        names.resampling == Resampling.ANTIALIASED); // [T, D]
    }

    private Tensor rows(Kernels k, Tensor table) {
        return k.tensors().reshape(table, new long[] {-1, width});
    }
}
