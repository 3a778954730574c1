package org.consensusprobe.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class ValueAxisTest {
    @Test
    void linearTicksAreRoundAndStartAtZero() {
        assertThat(labels(ValueAxis.linear(List.of(curve(0.7, 0.01)))))
                .containsExactly("0", "0.2", "0.4", "0.6", "0.8");
        assertThat(labels(ValueAxis.linear(List.of(curve(3e-7, 1e-8))))).containsExactly("0", "1e-7", "2e-7", "3e-7");
        assertThat(labels(ValueAxis.linear(List.of(curve(1, -0.2)))))
                .startsWith("-0.5")
                .endsWith("1");
    }

    @Test
    void logTicksAreWholeDecades() {
        assertThat(labels(ValueAxis.log(List.of(curve(0.7, 2e-4)), Texts.plain(12))))
                .containsExactly("10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "1");
        ValueAxis deep = ValueAxis.log(List.of(curve(0.7, 2e-14)), Texts.plain(12));
        assertThat(labels(deep)).startsWith("10⁻¹⁴").endsWith("1").hasSizeBetween(5, 10);
        assertThat(deep.within(0)).isEqualTo(deep.first());
        assertThat(deep.within(-1)).isEqualTo(deep.first());
        assertThat(deep.within(Double.NaN)).isNaN();
    }

    @Property
    void everyValueLiesOnItsAxis(
            @ForAll @DoubleRange(min = -30, max = 0.3) double exponent,
            @ForAll @DoubleRange(min = 0, max = 2) double b) {
        double a = Math.pow(10, exponent);
        CurveSeries curve = curve(a, b);
        ValueAxis linear = ValueAxis.linear(List.of(curve));
        ValueAxis log = ValueAxis.log(List.of(curve), Texts.plain(12));
        assertThat(linear.shows(a) && linear.shows(b)).isTrue();
        assertThat(log.shows(a) && (b <= 0 || log.shows(b))).isTrue();
        for (ValueAxis axis : List.of(linear, log)) {
            assertThat(axis.ticks()).hasSizeBetween(2, 12);
            assertThat(axis.ticks()[axis.ticks().length - 1]).isCloseTo(axis.last(), within(1e-9));
        }
    }

    @Test
    void numbersAreShort() {
        assertThat(ValueAxis.text(new BigDecimal("0.200"))).isEqualTo("0.2");
        assertThat(ValueAxis.text(new BigDecimal("0.00021"))).isEqualTo("2.1e-4");
        assertThat(ValueAxis.text(new BigDecimal("2E-13"))).isEqualTo("2e-13");
        assertThat(ValueAxis.text(new BigDecimal("10"))).isEqualTo("10");
        assertThat(ValueAxis.text(BigDecimal.ZERO)).isEqualTo("0");
    }

    private static List<String> labels(ValueAxis axis) {
        return Arrays.stream(axis.ticks()).mapToObj(axis.label()::apply).toList();
    }

    private static CurveSeries curve(double... mean) {
        return new CurveSeries("c", "c", true, 1, mean, mean, mean, false, Double.NaN, "");
    }
}
