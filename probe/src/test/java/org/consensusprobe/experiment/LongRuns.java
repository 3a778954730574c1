package org.consensusprobe.experiment;

import java.util.List;
import org.consensusprobe.experiment.loop.RunListener;
import org.consensusprobe.experiment.record.ProcessMemory;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Torch;

/**
 * A process of its own whose Java heap cannot grow: what its anonymous memory gains, native code has gained.
 *
 * <p>Prints one line for each thing tried: its name and the growth in KiB after a warm-up.
 */
public final class LongRuns {
    private LongRuns() {}

    public static void main(String[] args) {
        Torch.start(2);
        for (WeightMode weights : Runs.MODES) {
            print(weights.optionName(), growthOverBlocks(weights));
        }
        print("scopes", growthOverScopes());
        print("failing-runs", growthOverFailingRuns());
        print("lost-tensors", growthOverLostTensors());
    }

    private static void print(String name, long bytes) {
        System.out.println(name + " " + (bytes >> 10));
    }

    private static long anonymousBytes() {
        return ProcessMemory.now().anonymousBytes();
    }

    /** Growth over 2000 blocks of stored weights, or 200 of weights that are made anew for every block (some 800 KiB). */
    private static long growthOverBlocks(WeightMode weights) {
        Subject subject = weights.needsCheckpoint() ? Runs.demo("demo-gpt2") : Runs.gpt2(128, 4, 512, 4, 50, 64);
        int layers = subject.transformer().layers();
        int warmUp = 100 / layers;
        int passes = warmUp + (weights == WeightMode.TRAINED ? 2000 : 200) / layers;
        long[] bytes = new long[2];
        RunListener listener = new RunListener() {
            @Override
            public void onPass(int pass) {
                if (pass == warmUp) {
                    bytes[0] = anonymousBytes();
                } else if (pass == passes - 1) {
                    bytes[1] = anonymousBytes();
                }
            }
        };
        Runs.of(weights, DType.FLOAT32, passes).run(subject, Runs.prompts(50, 1, 32, 32), listener);
        return bytes[1] - bytes[0];
    }

    /** Growth over 60 scopes of 8 MiB after 4. */
    private static long growthOverScopes() {
        long before = 0;
        try (Scope owner = Scope.open()) {
            Kernels kernels = Kernels.plain(owner);
            for (int i = 0; i < 64; i++) {
                try (Scope scope = Scope.open()) {
                    Kernels k = kernels.in(scope);
                    k.tensors().copy(k.tensors().filled(new long[] {1, 1 << 20}, 1, DType.FLOAT32));
                }
                if (i == 3) {
                    before = anonymousBytes();
                }
            }
        }
        return anonymousBytes() - before;
    }

    /** Growth over 30 runs that hold layers and states of some 10 MiB when their listener fails, after 10. */
    private static long growthOverFailingRuns() {
        Subject subject = Runs.gpt2(256, 4, 1024, 2, 50, 64);
        List<int[]> prompts = Runs.prompts(50, 1, 64, 64, 64, 64, 64, 64, 64, 64);
        RunListener failing = new RunListener() {
            @Override
            public void onPass(int pass) {
                throw new UnsupportedOperationException("as a full disk would");
            }
        };
        long before = 0;
        for (int i = 0; i < 40; i++) {
            try {
                Runs.of(WeightMode.RANDOM, DType.FLOAT32, 5).memory(4L << 30).run(subject, prompts, failing);
                throw new IllegalStateException("the run did not fail");
            } catch (UnsupportedOperationException e) {
                // as it should
            }
            if (i == 9) {
                before = anonymousBytes();
            }
        }
        return anonymousBytes() - before;
    }

    /** What one tensor of a block would show, lost 2000 times: the measurement can see a leak. */
    private static long growthOverLostTensors() {
        long before = anonymousBytes();
        try (Scope scope = Scope.open()) {
            Kernels kernels = Kernels.plain(scope);
            for (int i = 0; i < 2000; i++) {
                kernels.tensors().filled(new long[] {2, 32, 128}, 1, DType.FLOAT32);
            }
            return anonymousBytes() - before;
        }
    }
}
