package org.consensusprobe.experiment.loop;

import java.util.List;
import java.util.Map;
import org.consensusprobe.common.Problem;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Torch;
import org.consensusprobe.weights.Precision;

/**
 * The device and the dtypes of a run, by fixed rules on what was asked for and on the processor's features.
 *
 * @param precision where and in which dtypes it computes
 * @param products one line that says how matrices are multiplied
 */
public record Numerics(Precision precision, String products) {
    /**
     * Applies the rules.
     *
     * @throws Problem if the device is not there or cannot compute in that dtype
     */
    public static Numerics choose(DType dtype, String asked, Torch torch) {
        String device = device(asked, torch);
        boolean onCpu = device.equals("cpu");
        return switch (dtype) {
            case FLOAT64 -> {
                if (device.equals("mps")) {
                    throw Problem.input(
                            "--dtype float64: Apple's GPU has no float64; use --device cpu or --dtype float32.");
                }
                yield uniform(device, DType.FLOAT64);
            }
            case FLOAT32 -> uniform(device, DType.FLOAT32);
            case BFLOAT16 -> onCpu && !multipliesBfloat16(Torch.processor())
                    ? new Numerics(
                            Precision.roundedMatrices(device, DType.BFLOAT16),
                            "matrices rounded to bfloat16, multiplied in float32: this processor has no bfloat16 products, or slower ones")
                    : new Numerics(Precision.mixed(device, DType.BFLOAT16), "bfloat16 products over float32 states");
            case FLOAT16 -> {
                if (onCpu) {
                    throw Problem.input(
                            "--dtype float16: float16 products on a CPU are some 100 times slower than float32.%n"
                                    + "Use --dtype bfloat16 (half the memory) or float32 on the CPU, or --device cuda.");
                }
                yield new Numerics(Precision.mixed(device, DType.FLOAT16), "float16 products over float32 states");
            }
            default -> throw new IllegalArgumentException("no run computes in " + dtype);
        };
    }

    private static Numerics uniform(String device, DType dtype) {
        return new Numerics(Precision.uniform(device, dtype), dtype.torchName() + " throughout");
    }

    /**
     * Whether bfloat16 products beat float32 ones on a processor with these features.
     *
     * <p>Tiles (AMX) and the bfloat16 instructions of Arm do, and those of AVX-512 on processors that have nothing else in
     * half precision: AMD from Zen 4 (measured: 430 against 210 GFLOP/s), Intel's Cooper Lake. Intel's processors with
     * AVX512-FP16 give AVX512-BF16 half the multiply-adds that float32 has (measured on one whose AMX is masked: 190
     * against 316 GFLOP/s).
     */
    public static boolean multipliesBfloat16(Map<String, Object> processor) {
        return processor.get("features") instanceof List<?> has
                && (has.contains("amx_bf16")
                        || has.contains("bf16")
                        || has.contains("avx512_bf16") && !has.contains("avx512_fp16"));
    }

    private static String device(String asked, Torch torch) {
        if (asked.equals("cpu") || asked.equals("auto") && !torch.hasCuda()) {
            return "cpu";
        }
        if (asked.equals("mps")) {
            if (!torch.hasMps()) {
                throw Problem.input(
                        "--device mps: this machine has no Apple GPU that libtorch can use; use --device cpu.");
            }
            return "mps";
        }
        if (!torch.hasCuda()) {
            throw Problem.input(
                    "--device %s: this libtorch (%s) sees no CUDA device. Use --device cpu, or install a CUDA libtorch "
                            + "(README, \"On a GPU\").",
                    asked, torch.version());
        }
        int index = asked.startsWith("cuda:") ? Integer.parseInt(asked.substring(5)) : 0;
        if (index >= torch.cudaDevices()) {
            throw Problem.input("--device %s: there are %d CUDA devices, from cuda:0.", asked, torch.cudaDevices());
        }
        return "cuda:" + index;
    }
}
