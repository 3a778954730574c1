package org.consensusprobe.torch;

import java.util.function.UnaryOperator;

/** Kernels of this machine with a fault in their source. */
public final class PlantedKernels {
    private PlantedKernels() {}

    /** The CPU's kernels with one text of their source in place of another, which has to occur. */
    public static Kernels with(Scope results, String text, String fault) {
        return edited(results, code -> {
            if (!code.contains(text)) {
                throw new IllegalArgumentException("the kernels' source has no " + text);
            }
            return code.replace(text, fault);
        });
    }

    private static Kernels edited(Scope results, UnaryOperator<String> edit) {
        String[] sources = Kernels.forDevice(results, "cpu").sources().split(" \\+ ");
        return new Kernels(KernelModule.ofText("planted", edit.apply(KernelArchive.text(sources)))
                .in(results));
    }
}
