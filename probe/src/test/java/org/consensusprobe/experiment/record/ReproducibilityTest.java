package org.consensusprobe.experiment.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.consensusprobe.Reference;
import org.consensusprobe.experiment.Runs;
import org.consensusprobe.experiment.loop.ChunkRule;
import org.consensusprobe.experiment.loop.Numerics;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The same run has the same bits, however the machine is used. */
@Tag("slow")
class ReproducibilityTest {
    private static final long PLENTY = 8L << 30;

    @AfterEach
    void threadsAsBefore() {
        Runs.defaultThreads();
    }

    /** Small and large widths, one token and many, where a library may split inner sums among threads. */
    static Stream<Arguments> threadCases() {
        List<Arguments> cases = new ArrayList<>();
        for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64, DType.BFLOAT16)) {
            cases.add(Arguments.of("demo-gpt2", dtype, new int[] {64, 64, 64, 64, 33, 7}));
            cases.add(Arguments.of("demo-gpt-neo", dtype, new int[] {128, 128}));
            cases.add(Arguments.of("width 768", dtype, new int[] {2, 16}));
        }
        cases.add(Arguments.of("width 1600", DType.FLOAT32, new int[] {2, 16}));
        return cases.stream();
    }

    private static Subject subject(String name) {
        return switch (name) {
            case "width 768" -> Runs.gpt2(768, 12, 3072, 1, 100, 64);
            case "width 1600" -> Runs.gpt2(1600, 25, 6400, 1, 100, 64);
            default -> Runs.demo(name);
        };
    }

    @ParameterizedTest
    @MethodSource("threadCases")
    void theNumberOfThreadsChangesNoBit(String model, DType dtype, int[] lengths) {
        Subject subject = subject(model);
        boolean drawn = model.startsWith("width");
        Runs runs = Runs.of(drawn ? WeightMode.RANDOM : WeightMode.TRAINED, dtype, 2);
        List<int[]> prompts = Runs.prompts(subject.transformer().sizes().vocabulary(), 1, lengths);

        Runs.Result one = runs.threads(1).run(subject, prompts);

        for (int threads : new int[] {2, 3, 5}) {
            assertThat(runs.threads(threads).run(subject, prompts).sameBits(one))
                    .as(threads + " threads")
                    .isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64", "BFLOAT16"})
    void layersThatStayInMemoryChangeNoBit(DType dtype) {
        // what a layer holds is made in float32 for all dtypes alike
        List<WeightMode> modes = dtype == DType.FLOAT32 ? Runs.MODES : List.of(WeightMode.TRAINED, WeightMode.RANDOM);
        for (WeightMode weights : modes) {
            for (String name : List.of("tiny-gpt2", "tiny-gpt-neo")) {
                Subject subject = Subject.fromDirectory(name, Reference.folder(name), WeightMode.TRAINED);
                List<int[]> prompts = Runs.prompts(211, 2, 20, 20, 9);
                Runs runs = Runs.of(weights, dtype, 3);

                Runs.Result streamed = runs.run(subject, prompts);
                Runs.Result resident = runs.memory(PLENTY).run(subject, prompts);

                assertThat(streamed.residentLayers()).isZero();
                assertThat(resident.residentLayers())
                        .isEqualTo(
                                weights == WeightMode.RANDOM_EACH_PASS
                                        ? 0
                                        : subject.transformer().layers());
                assertThat(resident.sameBits(streamed)).as(weights + " " + name).isTrue();
            }
        }
    }

    @Test
    void someLayersInMemoryChangeNoBit() {
        Subject subject = Runs.gpt2(1024, 16, 4096, 3, 50, 16);
        List<int[]> prompts = Runs.prompts(50, 3, 4);
        Runs runs = Runs.of(WeightMode.RANDOM, DType.FLOAT32, 2);
        Runs.Result streamed = runs.run(subject, prompts);
        long layer = 12L * 1024 * 1024 * 4;
        long base = (500L << 20) + 2 * layer;

        Runs.Result resident = runs.memory(base + 2 * layer).run(subject, prompts);

        assertThat(resident.residentLayers()).isEqualTo(1);
        assertThat(resident.sameBits(streamed)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64", "BFLOAT16"})
    void chunksChangeErrorsByRoundingAtMost(DType dtype) {
        for (Subject subject : List.of(Runs.demo("demo-gpt2"), Runs.demo("demo-gpt-neo"))) {
            int vocabulary = subject.transformer().sizes().vocabulary();
            List<int[]> prompts = Runs.prompts(
                    vocabulary, 4, IntStream.generate(() -> 128).limit(8).toArray());
            Runs runs = Runs.of(WeightMode.TRAINED, dtype, 2);

            Runs.Result byRule = runs.run(subject, prompts);

            for (int chunk : new int[] {1, 3, 8}) {
                assertClose(runs.chunk(chunk).run(subject, prompts), byRule, dtype);
            }
        }
    }

    /** Sizes that no vector length divides: the ends of chunks are computed by other formulas than their middles. */
    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64", "BFLOAT16"})
    void chunksOfOddSizesChangeErrorsByRoundingAtMost(DType dtype) {
        Subject subject = Subject.fromDirectory("odd", Reference.folder("gpt2-odd-float16"), WeightMode.TRAINED);
        List<int[]> prompts = Runs.prompts(53, 7, 13, 13, 13, 13, 13, 5, 5);
        Runs runs = Runs.of(WeightMode.TRAINED, dtype, 3);

        Runs.Result byRule = runs.run(subject, prompts);

        for (int chunk : new int[] {1, 2, 4}) {
            assertBounded(runs.chunk(chunk).run(subject, prompts), byRule, dtype);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64", "BFLOAT16"})
    void aPromptAmongOthersOfOtherLengthsIsThePromptAlone(DType dtype) {
        Subject subject = Runs.demo("demo-gpt-neo");
        List<int[]> prompts = Runs.prompts(subject.transformer().sizes().vocabulary(), 5, 40, 9, 40, 3, 2, 17, 9);
        Runs runs = Runs.of(WeightMode.TRAINED, dtype, 2);

        Runs.Result together = runs.run(subject, prompts);

        for (int i = 0; i < prompts.size(); i++) {
            Runs.Result alone = runs.run(subject, List.of(prompts.get(i)));
            Runs.Result row = new Runs.Result(
                    new double[][] {together.error()[i]}, new double[][] {together.hidden()[i]}, together.floor(), 0);
            assertClose(row, alone, dtype);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64", "BFLOAT16"})
    void aPermutationOfPromptsPermutesRows(DType dtype) {
        Subject subject = Runs.demo("demo-gpt2");
        List<int[]> prompts = Runs.prompts(subject.transformer().sizes().vocabulary(), 6, 31, 31, 31, 31, 31, 31, 31);
        List<Integer> order = new ArrayList<>(IntStream.range(0, 7).boxed().toList());
        Collections.shuffle(order, new java.util.Random(1));
        Runs runs = Runs.of(WeightMode.TRAINED, dtype, 2);

        Runs.Result straight = runs.run(subject, prompts);
        Runs.Result permuted =
                runs.run(subject, order.stream().map(prompts::get).toList());

        Runs.Result wanted = new Runs.Result(
                order.stream().map(i -> straight.error()[i]).toArray(double[][]::new),
                order.stream().map(i -> straight.hidden()[i]).toArray(double[][]::new),
                0,
                0);
        assertClose(permuted, wanted, dtype);
    }

    /** No difference in strict mode of MKL; elsewhere what {@link ChunkRule} promises. */
    private static void assertClose(Runs.Result found, Runs.Result wanted, DType dtype) {
        // bfloat16 products are oneDNN's, where the processor has them: another number of rows may round otherwise
        boolean half = dtype == DType.BFLOAT16 && Numerics.multipliesBfloat16(Torch.processor());
        if (Runs.strictMkl() && !half) {
            assertThat(found.sameBits(wanted)).isTrue();
        }
        assertBounded(found, wanted, dtype);
    }

    private static void assertBounded(Runs.Result found, Runs.Result wanted, DType dtype) {
        assertThat(found.largestErrorDifference(wanted))
                .isLessThanOrEqualTo(
                        switch (dtype) {
                            case FLOAT64 -> ChunkRule.FLOAT64_BOUND;
                            case FLOAT32 -> ChunkRule.FLOAT32_BOUND;
                            default -> ChunkRule.HALF_BOUND;
                        });
    }
}
