package org.consensusprobe.experiment.loop;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.prompts.Images;
import org.consensusprobe.prompts.PromptSet;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;

/**
 * What is embedded: the prompts' token ids, or the pixels of images, which are made when they are asked for.
 *
 * @param ids one array a prompt; of images as many zeros as they make tokens
 * @param images in place of ids, for a vision model
 */
public record Inputs(List<int[]> ids, Optional<Images> images) {
    public Inputs {
        ids = List.copyOf(ids);
    }

    /** Prompts of text, as ids. */
    public static Inputs of(List<int[]> ids) {
        return new Inputs(ids, Optional.empty());
    }

    /** Tokens of the longest. */
    int longest() {
        return ids.stream().mapToInt(prompt -> prompt.length).max().orElseThrow();
    }

    /** The prompts of a run. */
    public static Inputs of(PromptSet prompts) {
        return new Inputs(prompts.ids(), prompts.images());
    }

    /**
     * What some prompts of one length are embedded from, on the CPU.
     *
     * @return int64 [B, T], or float64 [B, C, H, W]
     */
    Tensor tensor(Kernels k, int[] members) {
        if (images.isEmpty()) {
            return k.tensors().ids(flat(members), members.length); // [B, T]
        }
        Images.Size size = images.get().size();
        double[] pixels = new double[Math.multiplyExact(members.length, size.values())];
        for (int i = 0; i < members.length; i++) {
            System.arraycopy(images.get().pixels(members[i]), 0, pixels, i * size.values(), size.values());
        }
        return k.tensors().values(pixels, members.length, size.channels(), size.height(), size.width()); // [B, C, H, W]
    }

    private long[] flat(int[] members) {
        return Arrays.stream(members)
                .mapToObj(ids::get)
                .flatMapToInt(Arrays::stream)
                .asLongStream()
                .toArray();
    }
}
