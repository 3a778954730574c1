package org.consensusprobe.experiment.settle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.consensusprobe.experiment.settle.Starts.Limit;
import org.junit.jupiter.api.Test;

/** Ends whose answer is known. */
class StartsTest {
    private static final double SAME = 1e-3;

    private static double[] at(double... x) {
        return x;
    }

    private static Starts of(double[][]... ends) {
        return Starts.of(ends, SAME, ends.length * ends[0].length);
    }

    @Test
    void aLimitIsNamedByWhatItKeeps() {
        double[] one = at(1, 0);
        double[] other = at(0, 1);
        double[] third = at(-1, 0);
        double[] fourth = at(0, -1);
        assertThat(of(new double[][] {one, one}, new double[][] {one, one}).limit())
                .isEqualTo(Limit.FORGETS_BOTH);
        Starts forgets = of(new double[][] {one, other}, new double[][] {one, other});
        assertThat(forgets.limit()).isEqualTo(Limit.FORGETS_THE_START);
        assertThat(forgets.between()).isCloseTo(Math.sqrt(2), within(1e-15));
        assertThat(of(new double[][] {one, one}, new double[][] {other, other}).limit())
                .isEqualTo(Limit.FORGETS_THE_PROMPT);
        assertThat(of(new double[][] {one, other}, new double[][] {third, fourth})
                        .limit())
                .isEqualTo(Limit.KEEPS_BOTH);
    }

    @Test
    void whatCannotBeToldIsNotSaid() {
        double[][] ends = {at(1, 0), at(0, 1)};
        assertThat(Starts.of(new double[][][] {ends, ends}, SAME, 2).limit()).isEqualTo(Limit.CANNOT_BE_TOLD);
        double[][] unequal = {at(1, 0), at(0, 1, 2)};
        Starts starts = of(unequal, unequal);
        assertThat(starts.limit()).isEqualTo(Limit.FORGETS_THE_START);
        assertThat(starts.words()).contains("of the prompt nothing can be told");
        assertThat(of(new double[][] {at(1, 0)}, new double[][] {at(0, 1)}).limit())
                .isEqualTo(Limit.KEEPS_THE_START);
    }

    /** Three starts end in one place, two in another, one alone. */
    @Test
    void basinsAreCounted() {
        double[][][] ends = IntStream.of(0, 1, 0, 2, 1, 0)
                .mapToObj(place -> new double[][] {at(1 + place, 5 - 1e-5 * place)})
                .toArray(double[][][]::new);
        Starts starts = of(ends);
        assertThat(starts.basins()).hasSize(1);
        assertThat(starts.basins().get(0)).containsExactly(3, 2, 1);
        assertThat(starts.places()).isEqualTo("3");
    }

    /** A circle in a plane of a space of many dimensions comes out as that circle. */
    @Test
    void aPlaneIsFound() {
        double[] e =
                IntStream.range(0, 50).mapToDouble(i -> i % 2 == 0 ? 0.2 : 0).toArray();
        double[] f =
                IntStream.range(0, 50).mapToDouble(i -> i % 2 == 1 ? 0.2 : 0).toArray();
        List<double[]> states = IntStream.range(0, 12)
                .mapToObj(k -> IntStream.range(0, 50)
                        .mapToDouble(
                                i -> 7 + 3 * Math.cos(k * Math.PI / 6) * e[i] + 2 * Math.sin(k * Math.PI / 6) * f[i])
                        .toArray())
                .toList();
        Plane plane = Plane.of(states);
        assertThat(Arrays.stream(plane.shares()).sum()).isCloseTo(1, within(1e-12));
        assertThat(plane.shares()[0]).isCloseTo(9 / 13.0, within(1e-12));
        for (int k = 0; k < 12; k++) {
            assertThat(Math.abs(plane.points()[k][0]))
                    .isCloseTo(3 * Math.abs(Math.cos(k * Math.PI / 6)), within(1e-12));
            assertThat(Math.abs(plane.points()[k][1]))
                    .isCloseTo(2 * Math.abs(Math.sin(k * Math.PI / 6)), within(1e-12));
        }
        assertThat(Plane.of(List.of(e, e)).shares()[0]).isNaN();
    }
}
