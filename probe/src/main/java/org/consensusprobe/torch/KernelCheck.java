package org.consensusprobe.torch;

import ai.djl.pytorch.jni.IValue;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Holds kernels to float64 on the CPU while they are called ({@link #watch}): with every call, the same operation is
 * carried out on the same arguments by {@code reference.py}, which has it written out, or where that has no such method by the
 * plain kernels.
 *
 * <p>What is allowed is what rounding does: some units of the states' dtype on the size of all terms of a sum, and two of the
 * weights' dtype, where that is a half, on the result. Before a half is used, the other arguments are rounded to it, in a call of
 * their own, so that kernels may round them or not.
 */
public final class KernelCheck implements KernelModule.Between {
    /** Units of rounding on the size of a sum's terms, of which the farthest of 10^5 sums needs 2 or 3. */
    private static final double ARITHMETIC = 16;

    /** A result that is rounded is off by one unit; a bias may be added behind that. */
    private static final double ROUNDING = 2;

    /** Rows of a product that are tried; each is computed by itself. */
    private static final int ROWS = 64;

    /** Which arguments of products have rows. */
    private static final Map<String, Set<Integer>> PRODUCTS =
            Map.of("linear", Set.of(0), "linear_activation", Set.of(0), "add_linear", Set.of(0, 1));

    private static final int FLOAT64 = DType.FLOAT64.torchCode();
    private static final int FLOAT32 = DType.FLOAT32.torchCode();
    private static final int BFLOAT16 = DType.BFLOAT16.torchCode();
    private static final int FLOAT16 = DType.FLOAT16.torchCode();

    /** Made, mapped, copied and seen in other ways: values that are only moved are held to float64 with the block as a whole. */
    private static final Set<String> MOVES = KernelModule.methodsOf(KernelArchive.text("tensors.py"));

    private static final String CHOICE = "choose_experts";

    private final KernelModule reference;
    private final KernelModule plain;
    private boolean choices;
    private final Map<String, Stage> stages = new LinkedHashMap<>();

    private KernelCheck(KernelModule reference, KernelModule plain) {
        this.reference = reference;
        this.plain = plain;
    }

    /** A check that has seen nothing yet. */
    public static KernelCheck begin() {
        Scope empty = Scope.open();
        KernelModule plain = Kernels.plain(empty).module;
        return new KernelCheck(KernelModule.load(empty, "reference.py"), plain);
    }

    /** The same kernels, each held to float64 when it is called. */
    public Kernels watch(Kernels kernels) {
        return new Kernels(kernels.module.with(this));
    }

    /** Kernels as they are written out for reference, for states in float64 on the CPU. */
    public Kernels exact(Scope results) {
        return new Kernels(plain.in(results).with((module, method, arguments) -> {
            KernelModule written = reference.has(method) ? reference.in(module.scope()) : module;
            return written.run(method, arguments);
        }));
    }

    /** What was seen, in the order in which it was first called; of what was called again, the worst. */
    public List<Stage> stages() {
        return List.copyOf(stages.values());
    }

    /** Whether tokens chose experts: a choice may turn on a rounding, and a block that made it is not like another. */
    public boolean sawChoices() {
        return choices;
    }

    /** Notes what was held to float64 without a kernel. */
    public void note(Stage stage) {
        stages.merge(stage.name(), stage, Stage::worse);
    }

    /**
     * Holds values that were moved, and rounded at most, to those they should be.
     *
     * @param found on any device, in any dtype
     * @param wanted of the same shape, on the CPU
     * @param dtype what they may have been rounded to
     */
    public void noteRounded(String name, Tensor found, Tensor wanted, DType dtype) {
        try (Scope scope = Scope.open()) {
            KernelModule ref = reference.in(scope);
            Tensor bounds = ref.tensor("rounded", ref.tensor("wide", wanted)); // [3, ..]
            note(compared(ref, name, found, bounds, unitOf(dtype.torchCode()), 0));
        }
    }

    /** The largest |y_i - x_i| / |x_i| over tokens of y and x [B, T, D], the second in float64 on the CPU. */
    public double tokensApart(Tensor y, Tensor x) {
        try (Scope scope = Scope.open()) {
            return reference.in(scope).tensor("tokens_apart", y, x).toDoubles()[0];
        }
    }

    @Override
    public IValue run(KernelModule module, String method, Object... arguments) {
        if (method.equals(CHOICE)) {
            choices = true; // of numbers a rounding apart either may be the larger
            return module.run(method, arguments);
        }
        if (MOVES.contains(method) || !module.has(method) || !plain.has(method)) {
            return module.run(method, arguments);
        }
        try (Scope scope = Scope.open()) {
            KernelModule ref = reference.in(scope);
            int[] codes = IntStream.range(0, arguments.length)
                    .map(i -> floatingCode(scope, arguments[i]))
                    .toArray();
            if (IntStream.of(codes).allMatch(code -> code == 0)) {
                return module.run(method, arguments);
            }
            int half = IntStream.of(codes)
                    .filter(code -> code == BFLOAT16 || code == FLOAT16)
                    .findFirst()
                    .orElse(0);
            double arithmetic = unitOf(IntStream.of(codes).allMatch(c -> c == 0 || c == FLOAT64) ? FLOAT64 : FLOAT32);
            double rounding = half == 0 ? arithmetic : unitOf(half);
            Object[] given = half == 0 ? arguments : onGrid(ref, arguments, codes, half);
            Tensor bounds = bounds(scope, method, given, codes); // before what is computed in place
            IValue result = module.run(method, arguments);
            Tensor found = half == 0
                    ? new Tensor(result.toTensor(scope.manager()))
                    : module.in(scope).tensor(method, given);
            if (PRODUCTS.containsKey(method)) {
                found = ref.tensor("some_rows", found, (long) ROWS);
            }
            note(compared(ref, KernelNames.of(method, given), found, bounds, rounding, arithmetic));
            return result;
        }
    }

    private static Stage compared(
            KernelModule ref, String name, Tensor found, Tensor bounds, double rounding, double arithmetic) {
        long[] shape = bounds.shape();
        if (!Arrays.equals(found.shape(), Arrays.copyOfRange(shape, 1, shape.length))) {
            return new Stage(name, Double.POSITIVE_INFINITY, 0, 1);
        }
        if (found.elements() == 0) {
            return new Stage(name, 0, 0, 1);
        }
        double ofRounding = ROUNDING * rounding;
        double ofArithmetic = ARITHMETIC * arithmetic;
        double allowed = Math.max(ofRounding, ofArithmetic);
        double share =
                ref.tensor("worst", found, bounds, ofRounding, ofArithmetic).toDoubles()[0];
        return new Stage(name, share * allowed, allowed, 1);
    }

    /** What the call should give, on copies of its arguments, with the sizes that rounding acts on: [3, ..]. */
    private Tensor bounds(Scope scope, String method, Object[] given, int[] codes) {
        KernelModule ref = reference.in(scope);
        Set<Integer> withRows = PRODUCTS.getOrDefault(method, Set.of());
        Object[] exact = new Object[given.length];
        for (int i = 0; i < given.length; i++) {
            exact[i] = given[i];
            if (withRows.contains(i)) {
                exact[i] = ref.tensor("some_rows", ref.tensor("wide_copy", given[i]), (long) ROWS);
            } else if (codes[i] != 0 && withRows.isEmpty()) { // products widen their matrices block by block
                exact[i] = ref.tensor("wide_copy", given[i]);
            } else if (given[i] instanceof Tensor && codes[i] == 0) {
                exact[i] = plain.in(scope).tensor("to_device", given[i], "cpu");
            }
        }
        if (reference.has(method + "_bounded")) {
            return ref.tensor(method + "_bounded", exact);
        }
        KernelModule written = reference.has(method) ? ref : plain.in(scope);
        return ref.tensor("plainly_bounded", ref.tensor("wide", written.tensor(method, exact)));
    }

    /** Copies of the arguments, those in wider dtypes with the values that a half has. */
    private static Object[] onGrid(KernelModule ref, Object[] arguments, int[] codes, int half) {
        Object[] rounded = arguments.clone();
        for (int i = 0; i < arguments.length; i++) {
            if (codes[i] != 0 && codes[i] != half) {
                rounded[i] = ref.tensor("on_grid", arguments[i], (long) half);
            }
        }
        return rounded;
    }

    /** libtorch's number of the dtype of a tensor of floating-point numbers; 0 for anything else. */
    private int floatingCode(Scope scope, Object argument) {
        if (!(argument instanceof Tensor)) {
            return 0;
        }
        try (IValue code = plain.in(scope).run("dtype_code", argument)) {
            int found = (int) code.toLong();
            return found == FLOAT64 || found == FLOAT32 || found == BFLOAT16 || found == FLOAT16 ? found : 0;
        }
    }

    /** Half of the distance of 1 to the next number. */
    private static double unitOf(int code) {
        int digits = code == FLOAT64 ? 53 : code == FLOAT32 ? 24 : code == BFLOAT16 ? 8 : 11;
        return Math.scalb(1.0, -digits);
    }
}
