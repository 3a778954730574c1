package org.consensusprobe.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.consensusprobe.plan.Route;
import org.junit.jupiter.api.Test;

class CurveTest {
    private static final double[][] ERROR = {
        {0.7, 0.31, 1e-3, 2e-9, 5.5e-17},
        {0.9, 0.11, 3e-3, 7e-9, 0.0},
        {0.65, 0.47, 2.5e-3, 1e-8, 1e-16},
        {0.81, 0.2, 1.7e-3, 3.3e-9, 2.2e-16},
        {0.77, 0.5, 9e-4, 4e-9, 3e-17},
        {0.5, 0.13, 2e-3, 6.1e-9, 1.1e-16},
    };

    /** The numbers are numpy's: mean(0), std(0), min(0), percentile(e, [10, 50, 90], axis=0), max(0), to the last digit. */
    @Test
    void summarisesAsNumpyDoes() {
        assertThat(Curve.of(ERROR, Route.whole(2, 2)).rows())
                .containsExactly(
                        new CurveRow(0, 0, 0, 0.7216666666666667, 0.12694049349553077, 0.5, 0.575, 0.735, 0.855, 0.9),
                        new CurveRow(1, 0, 1, 0.2866666666666666, 0.154344492037203, 0.11, 0.12, 0.255, 0.485, 0.5),
                        new CurveRow(2, 0, 2, 0.00185, 0.0007544313531837517, 0.0009, 0.00095, 0.00185, 0.00275, 0.003),
                        new CurveRow(
                                3,
                                1,
                                1,
                                5.3999999999999996e-09,
                                2.6501572280401276e-09,
                                2e-09,
                                2.65e-09,
                                5.0500000000000006e-09,
                                8.5e-09,
                                1e-08),
                        new CurveRow(
                                4,
                                1,
                                2,
                                8.583333333333333e-17,
                                7.097045551182235e-17,
                                0.0,
                                1.5e-17,
                                7.75e-17,
                                1.65e-16,
                                2.2e-16));
    }

    @Test
    void writesTheColumnsOfTheContract() {
        double[][] error = {{0.5, Double.NaN, 1e-7, Double.NaN}, {0.25, 1, 3e-7, Double.NaN}};
        assertThat(Curve.defined(error)).containsExactly(2, 1, 2, 0);
        assertThat(Curve.of(error, Route.whole(3, 1)).toCsv())
                .isEqualTo("depth,pass,layer,mean,std,min,p10,p50,p90,max\n"
                        + "0,0,0,0.375,0.125,0.25,0.275,0.375,0.475,0.5\n"
                        + "1,0,1,1.0,0.0,1.0,1.0,1.0,1.0,1.0\n"
                        + "2,0,2,2.0E-7,1.0E-7,1.0E-7,1.2E-7,2.0E-7,2.7999999999999997E-7,3.0E-7\n"
                        + "3,0,3,nan,nan,nan,nan,nan,nan,nan\n");
    }

    @Test
    void onePromptIsItsOwnSummary() {
        Curve curve = Curve.of(new double[][] {{0.5, 0.25}}, Route.whole(1, 1));
        assertThat(curve.rows().get(1)).isEqualTo(new CurveRow(1, 0, 1, 0.25, 0, 0.25, 0.25, 0.25, 0.25, 0.25));
    }

    @Property
    void percentilesAreOrderedWithinTheExtremes(
            @ForAll @Size(min = 1, max = 30) List<@DoubleRange(min = 0, max = 2) Double> column) {
        double[][] error = new double[column.size()][2];
        for (int i = 0; i < error.length; i++) {
            error[i][1] = column.get(i);
        }
        CurveRow row = Curve.of(error, Route.whole(1, 1)).rows().get(1);
        assertThat(row.min()).isLessThanOrEqualTo(row.p10());
        assertThat(row.p10()).isLessThanOrEqualTo(row.p50());
        assertThat(row.p50()).isLessThanOrEqualTo(row.p90());
        assertThat(row.p90()).isLessThanOrEqualTo(row.max());
        assertThat(row.mean()).isBetween(row.min() * (1 - 1e-12), row.max() * (1 + 1e-12));
    }

    @Test
    void refusesErrorsOfAnotherShape() {
        assertThatThrownBy(() -> Curve.of(ERROR, Route.whole(3, 2)))
                .hasMessageContaining("prompt 0 has 5 depths; expected 7");
        assertThatThrownBy(() -> Curve.of(new double[0][], Route.whole(1, 1))).hasMessageContaining("no prompts");
    }
}
