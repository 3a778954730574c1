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

/** Long prompts are taken in tiles: pairs of tokens, and attention that a fused kernel does not do by itself. */
class TilesTest {
    private static final int HEADS = 4;
    private static final int WIDTH = 8;

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

    /** Two tokens opposite each other, wherever they lie, are the farthest: in one tile, on an edge, in the last, short one. */
    @ParameterizedTest
    @CsvSource({
        "2048, 0, 2047",
        "2049, 0, 2048",
        "2049, 1023, 1024",
        "2049, 2047, 2048",
        "3071, 100, 200",
        "3073, 1024, 3072",
        "3073, 2048, 2049",
        "4100, 3071, 4099"
    })
    void theFarthestPairIsFoundInEveryTile(int tokens, int i, int j) {
        double[] x = new double[tokens * 2];
        Random random = new Random(tokens);
        for (int t = 0; t < tokens; t++) {
            double angle = t == i ? 1.5 : t == j ? -1.5 : random.nextDouble() - .5;
            x[2 * t] = 3 * Math.cos(angle);
            x[2 * t + 1] = 3 * Math.sin(angle);
        }
        Tensor states = kernels.tensors().values(x, 1, tokens, 2);
        double expected = 1 - Math.cos(3);
        assertThat(kernels.measures().reduce("largest_pair", states)[0]).isCloseTo(expected, within(1e-14));
        assertThat(kernels.measures().reduce("largest_half_square", states)[0]).isCloseTo(9 * expected, within(1e-13));
    }

    /** Tiles give each prompt of a chunk what it has alone, and nothing cancels near consensus. */
    @Test
    void tilesKeepPromptsApartAndDigitsWhereTokensAgree() {
        int tokens = 2500;
        double[] x = new Random(1).doubles(2L * tokens * 3, 1, 1 + 1e-4).toArray();
        x[3 * 7] += 1e-3;
        double[] both = kernels.measures()
                .reduce("largest_half_square", kernels.tensors().values(x, 2, tokens, 3));
        for (int prompt = 0; prompt < 2; prompt++) {
            double[] own = Arrays.copyOfRange(x, prompt * tokens * 3, (prompt + 1) * tokens * 3);
            assertThat(both[prompt]).isCloseTo(farthest(own, tokens), within(1e-10 * both[prompt]));
        }
    }

    private static double farthest(double[] x, int tokens) {
        double largest = 0;
        for (int i = 0; i < tokens; i++) {
            for (int j = 0; j < i; j++) {
                double square = 0;
                for (int k = 0; k < 3; k++) {
                    square += Math.pow(x[3 * i + k] - x[3 * j + k], 2);
                }
                largest = Math.max(largest, square / 2);
            }
        }
        return largest;
    }

    /** What attention in tiles gives is what whole matrices give, in windows narrower and wider than a tile. */
    @ParameterizedTest
    @CsvSource({
        "2049, true, 1, 0",
        "2300, true, 100, 0",
        "2300, false, 100, 0",
        "3100, true, 1500, 0",
        "2300, true, 0, 5",
        "2300, false, 0, 5",
        "2300, true, 300, 5"
    })
    void attentionInTilesIsThatOfWholeMatrices(int tokens, boolean causal, int window, double cap) {
        AttentionShape shape = new AttentionShape(HEADS, 2, .7, causal, window, cap, 1);
        Tensor q = normal(tokens, WIDTH, 1);
        Tensor k = normal(tokens, WIDTH / 2, 2);
        Tensor v = normal(tokens, WIDTH / 2, 3);
        double[] tiled = kernels.attention(q, k, v, shape, null, null).toDoubles(); // [1, T, H d]
        double[] values = v.toDoubles();
        // the last row of every tile, those beside it, and some others
        for (int i : new int[] {0, 1, 511, 512, 1023, 1024, 1025, 2047, 2048, tokens - 1}) {
            double[] rows =
                    kernels.attentionMatrices(q, k, i, i + 1, shape, null, null).toDoubles(); // [1, H, 1, T]
            for (int e = 0; e < WIDTH; e++) {
                int head = e / (WIDTH / HEADS);
                int column = head / 2 * (WIDTH / HEADS) + e % (WIDTH / HEADS);
                double sum = 0;
                for (int j = 0; j < tokens; j++) {
                    sum += rows[head * tokens + j] * values[j * WIDTH / 2 + column];
                }
                assertThat(tiled[i * WIDTH + e]).as("token %d, entry %d", i, e).isCloseTo(sum, within(1e-13));
            }
        }
    }

    /** Rows of attention matrices are those of the whole, to the last bit of float64 sums. */
    @Test
    void rowsOfAttentionMatricesAreThoseOfTheWhole() {
        AttentionShape shape = new AttentionShape(HEADS, 2, .7, true, 9, 0, 1);
        Tensor q = normal(40, WIDTH, 1);
        Tensor k = normal(40, WIDTH / 2, 2);
        double[] whole =
                kernels.attentionMatrices(q, k, 0, 40, shape, null, null).toDoubles(); // [1, H, T, T]
        double[] some =
                kernels.attentionMatrices(q, k, 13, 31, shape, null, null).toDoubles(); // [1, H, 18, T]
        for (int head = 0; head < HEADS; head++) {
            assertThat(Arrays.copyOfRange(some, head * 18 * 40, (head + 1) * 18 * 40))
                    .containsExactly(
                            Arrays.copyOfRange(whole, (head * 40 + 13) * 40, (head * 40 + 31) * 40), within(1e-15));
        }
    }

    /** No bit of what is taken in tiles depends on the number of threads. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void tilesDoNotDependOnThreads(int threads) {
        AttentionShape windowed = new AttentionShape(HEADS, HEADS, .7, true, 700, 0, 1);
        AttentionShape capped = new AttentionShape(HEADS, HEADS, .7, true, 0, 5, 1);
        Tensor x = kernels.tensors().convert(normal(2500, 64, 1), DType.FLOAT32);
        double[][] bits = new double[2][];
        for (int run = 0; run < 2; run++) {
            Torch.start(run == 0 ? 2 : threads);
            bits[run] = new double[] {
                kernels.measures().reduce("largest_pair", x)[0],
                kernels.measures().reduce("spread_and_norm", kernels.attention(x, x, x, windowed, null, null))[0],
                kernels.measures().reduce("spread_and_norm", kernels.attention(x, x, x, capped, null, null))[0]
            };
        }
        assertThat(bits[1]).containsExactly(bits[0]);
    }

    private Tensor normal(int tokens, int width, long seed) {
        Random random = new Random(seed);
        double[] values = new double[tokens * width];
        Arrays.setAll(values, i -> random.nextGaussian());
        return kernels.tensors().values(values, 1, tokens, width);
    }
}
