package org.consensusprobe.prompts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** All expected numbers are CPython 3.11's. */
class CPythonRandomTest {

    /** {@code random.seed(seed); [random.randint(low, high) for _ in range(6)]}. */
    static Stream<Arguments> drawsOfPython() {
        return Stream.of(
                arguments("42", 0, 50256, List.of(41905, 7296, 1639, 48598, 18024, 16049)),
                arguments("0", 0, 50256, List.of(25247, 49673, 27562, 2653, 16968, 33506)),
                arguments("1", 0, 4095, List.of(1100, 516, 2089, 965, 4058, 3682)),
                arguments("-42", 0, 50256, List.of(41905, 7296, 1639, 48598, 18024, 16049)),
                arguments("2147483647", 0, 50256, List.of(20824, 7888, 12867, 19029, 47057, 21775)),
                arguments("4294967295", 0, 9, List.of(9, 3, 3, 9, 8, 4)),
                arguments("4294967296", 0, 50256, List.of(7405, 23023, 27382, 1092, 1495, 40089)),
                arguments("1099511627783", 0, 99, List.of(78, 95, 81, 73, 90, 60)),
                arguments("-9223372036854775808", 0, 50256, List.of(36271, 25814, 13718, 15859, 32908, 5554)),
                arguments("18446744073709551616", 0, 50256, List.of(48199, 24321, 6029, 32745, 40931, 9133)),
                arguments("1000000000000000000000000000000", 0, 50256, List.of(32057, 34426, 8120, 22883, 1420, 21623)),
                arguments(
                        "12345678901234567890123456789012345678901234567890",
                        0,
                        31999,
                        List.of(29283, 31322, 3079, 14869, 8424, 14012)),
                arguments("42", 5, 5, List.of(5, 5, 5, 5, 5, 5)),
                arguments("7", -10, 10, List.of(0, -6, 2, 10, -9, -8)),
                arguments("3", 0, 1, List.of(0, 0, 1, 1, 0, 0)),
                arguments(
                        "9",
                        0,
                        Integer.MAX_VALUE,
                        List.of(1988601454, 1603362544, 1147333628, 595022250, 799486471, 27638352)),
                arguments(
                        "9",
                        Integer.MIN_VALUE,
                        Integer.MAX_VALUE,
                        List.of(-544121104, -1552461398, -2119845296, 11948934, -1800387369, -519606845)),
                arguments("5", 0, 151935, List.of(66963, 93987, 138946, 7603, 122060, 65287)));
    }

    @ParameterizedTest(name = "seed {0}, randint({1}, {2})")
    @MethodSource("drawsOfPython")
    void drawsWhatPythonDraws(String seed, int low, int high, List<Integer> expected) {
        CPythonRandom random = new CPythonRandom(new BigInteger(seed));

        assertThat(Stream.generate(() -> random.randint(low, high)).limit(6)).isEqualTo(expected);
    }

    /** {@code r = random.Random(7); [r.random() for _ in range(3)]}. */
    @Test
    void uniformNumbersAreThoseOfPython() {
        CPythonRandom random = new CPythonRandom(7);
        assertThat(new double[] {random.random(), random.random(), random.random()})
                .containsExactly(0.32383276483316237, 0.15084917392450192, 0.6509344730398537);
    }

    @Test
    void bitsOfEveryWidthAreThoseOfPython() {
        CPythonRandom random = new CPythonRandom(42);

        assertThat(Stream.of(1, 8, 31, 32, 33, 40, 53, 63).map(random::getrandbits))
                .containsExactly(
                        1L,
                        28L,
                        53710184L,
                        3184935163L,
                        1181241943L,
                        151282538206L,
                        923193498493097L,
                        6831454145019129197L);
    }

    /** 58,600 numbers over 293 seeds (cubes times 1000003, of both signs) and ten ranges, as one digest. */
    @Test
    void drawsWhatPythonDrawsForManySeedsAndRanges() throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        ByteBuffer number = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
        for (long seed = -50; seed < 2000; seed += 7) {
            CPythonRandom random = new CPythonRandom(seed * seed * seed * 1000003);
            for (int n : new int[] {1, 2, 3, 7, 64, 100, 4096, 50257, 151936, Integer.MAX_VALUE}) {
                for (int i = 0; i < 20; i++) {
                    digest.update(number.putInt(0, random.randint(0, n - 1)).array());
                }
            }
        }

        assertThat(HexFormat.of().formatHex(digest.digest()))
                .isEqualTo("43a3ca32d6a4a191113d89a1caa961b221c0a9b95e97ee16a726f00c47ba50e3");
    }

    @Test
    void anEmptyRangeIsRefused() {
        CPythonRandom random = new CPythonRandom(1);

        assertThatThrownBy(() -> random.randint(1, 0)).hasMessage("empty range 1 to 0");
    }
}
