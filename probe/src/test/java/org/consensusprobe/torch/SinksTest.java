package org.consensusprobe.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Attention with a logit of each head that stands for no token, and with values of another size than keys. */
class SinksTest {
    private static final int HEADS = 2;
    private static final int SIZE = 3;

    private Scope scope;
    private Kernels kernels;

    @BeforeEach
    void load() {
        Torch.start(2);
        scope = Scope.open();
        kernels = Kernels.forDevice(scope, "cpu");
    }

    @AfterEach
    void free() {
        scope.close();
    }

    /** A head's sink takes exp(beta sink) of every row's exp(beta scores); long prompts, by tiles, agree. */
    @ParameterizedTest
    @ValueSource(ints = {5, 2051})
    void rowsLackWhatTheSinkTakes(int tokens) {
        double beta = 0.7;
        AttentionShape shape = new AttentionShape(HEADS, HEADS, 0.5, true, 0, 0, beta);
        double[] logits = {1.5, -0.4};
        Tensor sinks = kernels.tensors().values(logits, HEADS);
        Tensor q = normal(1, tokens, HEADS * SIZE);
        Tensor k = normal(2, tokens, HEADS * SIZE);
        Tensor v = normal(3, tokens, HEADS * 2);
        double[] heads = kernels.attention(q, k, v, shape, null, sinks).toDoubles(); // [1, T, H 2]

        for (int i : new int[] {0, 2, tokens - 1}) {
            double[] row = kernels.attentionMatrices(q, k, i, i + 1, shape, null, sinks)
                    .toDoubles(); // [1, H, 1, T]
            for (int h = 0; h < HEADS; h++) {
                double[] scores = new double[i + 1];
                for (int j = 0; j <= i; j++) {
                    for (int d = 0; d < SIZE; d++) {
                        scores[j] += at(q, i, h * SIZE + d) * at(k, j, h * SIZE + d) * 0.5 * beta;
                    }
                }
                double all = Arrays.stream(scores).map(Math::exp).sum() + Math.exp(beta * logits[h]);
                double[] expected = new double[2];
                for (int j = 0; j <= i; j++) {
                    assertThat(row[h * tokens + j]).isCloseTo(Math.exp(scores[j]) / all, within(1e-13));
                    expected[0] += Math.exp(scores[j]) / all * at(v, j, 2 * h);
                    expected[1] += Math.exp(scores[j]) / all * at(v, j, 2 * h + 1);
                }
                assertThat(heads[i * HEADS * 2 + 2 * h]).isCloseTo(expected[0], within(1e-13));
                assertThat(heads[i * HEADS * 2 + 2 * h + 1]).isCloseTo(expected[1], within(1e-13));
            }
        }
    }

    /** Narrower and wider values through the fused kernel and through matrices: as each entry of them by itself. */
    @ParameterizedTest
    @ValueSource(ints = {2, 5})
    void valuesMayHaveAnotherSize(int size) {
        AttentionShape shape = new AttentionShape(HEADS, HEADS, 0.5, true, 0, 0, 1);
        Tensor q = normal(1, 7, HEADS * SIZE);
        Tensor k = normal(2, 7, HEADS * SIZE);
        Tensor v = normal(3, 7, HEADS * size);
        double[] heads = kernels.attention(q, k, v, shape, null, null).toDoubles(); // [1, T, H e]
        double[] a = kernels.attentionMatrices(q, k, 0, 7, shape).toDoubles(); // [1, H, T, T]
        for (int i = 0; i < 7; i++) {
            for (int h = 0; h < HEADS; h++) {
                for (int d = 0; d < size; d++) {
                    double expected = 0;
                    for (int j = 0; j < 7; j++) {
                        expected += a[(h * 7 + i) * 7 + j] * at(v, j, h * size + d);
                    }
                    assertThat(heads[(i * HEADS + h) * size + d]).isCloseTo(expected, within(1e-13));
                }
            }
        }
    }

    /** Whatever mask, cap, factor, bias or length: token 1 is seen by itself alone, and rows sum to 1. */
    @ParameterizedTest
    @CsvSource({
        "7, true, 0, 0, 1, false",
        "7, false, 0, 0, 1, false",
        "7, true, 3, 0, 1, false",
        "7, false, 3, 0, 1, true",
        "7, true, 0, 2, 1, true",
        "7, false, 0, 0, -1, false",
        "7, true, 0, 2, 0, true",
        "2051, true, 0, 0, 1, false",
        "2051, false, 9, 0, 1, false",
        "2051, false, 0, 3, 1, false"
    })
    void othersDoNotSeeTheFirstToken(int tokens, boolean causal, int window, double cap, double beta, boolean biased) {
        AttentionShape shape = new AttentionShape(HEADS, HEADS, 0.5, causal, window, cap, beta).withSink(false);
        Tensor q = normal(1, tokens, HEADS * SIZE);
        Tensor k = normal(2, tokens, HEADS * SIZE);
        Tensor v = normal(3, tokens, HEADS * 2);
        Tensor bias = biased ? kernels.tensors().values(new double[HEADS * tokens], 1, HEADS, 1, tokens) : null;
        double[] heads = kernels.attention(q, k, v, shape, bias, null).toDoubles(); // [1, T, H 2]
        for (int i : new int[] {0, 1, 2, 5, tokens - 1}) {
            double[] row =
                    kernels.attentionMatrices(q, k, i, i + 1, shape, bias, null).toDoubles(); // [1, H, 1, T]
            for (int h = 0; h < HEADS; h++) {
                double[] own = Arrays.copyOfRange(row, h * tokens, (h + 1) * tokens);
                assertThat(Arrays.stream(own).sum()).isCloseTo(1, within(1e-12));
                assertThat(own[0] > 0).isEqualTo(i == 0);
                double expected = 0;
                for (int j = 0; j < tokens; j++) {
                    expected += own[j] * at(v, j, 2 * h);
                }
                assertThat(heads[i * HEADS * 2 + 2 * h]).isCloseTo(expected, within(1e-12));
            }
        }
    }

    @Test
    void withoutSinksRowsSumToOne() {
        Tensor q = normal(1, 4, HEADS * SIZE);
        AttentionShape shape = AttentionShape.causal(HEADS, 0.5, 0);
        double sum = Arrays.stream(kernels.attentionMatrices(q, q, 0, 4, shape).toDoubles())
                .sum();
        double less = Arrays.stream(kernels.attentionMatrices(
                                q, q, 0, 4, shape, null, kernels.tensors().values(new double[HEADS], HEADS))
                        .toDoubles())
                .sum();
        assertThat(sum).isCloseTo(4 * HEADS, within(1e-12));
        assertThat(less).isLessThan(sum - 0.5);
    }

    private Tensor normal(int seed, int tokens, int width) {
        Random random = new Random(seed);
        double[] values = new double[tokens * width];
        Arrays.setAll(values, i -> random.nextGaussian());
        return kernels.tensors().values(values, 1, tokens, width);
    }

    private static double at(Tensor x, int token, int entry) {
        return x.toDoubles()[(int) (token * x.size(2) + entry)];
    }
}
