package org.consensusprobe.report.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.util.List;
import java.util.stream.DoubleStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.consensusprobe.report.chart.Axis.Tick;
import org.junit.jupiter.api.Test;

class AxisTest {
    @Test
    void linearTicksAreRoundAndStartAtZero() {
        assertThat(labels(linear(0, 0.7, 0.01))).containsExactly("0", "0.2", "0.4", "0.6", "0.8");
        assertThat(labels(linear(0, 3e-7, 1e-8))).containsExactly("0", "1e-7", "2e-7", "3e-7");
        assertThat(labels(linear(0, 1, -0.2))).startsWith("-0.5").endsWith("1");
        assertThat(labels(Axis.linear(DoubleStream.of(0.3, 60), 6, false)))
                .containsExactly("10", "20", "30", "40", "50", "60");
    }

    @Test
    void logTicksAreWholeDecades() {
        assertThat(labels(log(0.7, 2e-4))).containsExactly("10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "1");
        Axis deep = log(0.7, 2e-14, 0, -1, Double.NaN);
        assertThat(labels(deep)).startsWith("10⁻¹⁴").endsWith("1").hasSizeBetween(5, 10);
        assertThat(deep.share(0)).isZero();
        assertThat(deep.share(-1)).isZero();
        assertThat(deep.share(Double.NaN)).isNaN();
        assertThat(deep.shows(0)).isFalse();
    }

    @Test
    void aDecadeIsDividedAndLabelled() {
        assertThat(labels(log(0.9, 0.2))).containsExactly("10⁻¹", "0.2", "0.5", "1");
        assertThat(log(0.9, 0.2).ticks()).hasSize(10);
        assertThat(log(0.9, 2e-3).ticks()).hasSize(28);
        assertThat(labels(log(0.9, 2e-3))).hasSize(4);
    }

    @Test
    void whatHasNoExtentHasAnAxis() {
        assertThat(labels(linear())).startsWith("0").endsWith("1");
        assertThat(labels(linear(0, 0))).startsWith("0").endsWith("1");
        assertThat(linear(3, 3).shows(3)).isTrue();
        assertThat(labels(log())).startsWith("10⁻¹").endsWith("1");
        assertThat(linear(Double.NaN, Double.POSITIVE_INFINITY, 2, 1).last()).isEqualTo(2);
    }

    @Property
    void everyValueLiesOnItsAxis(
            @ForAll @DoubleRange(min = -30, max = 0.3) double exponent,
            @ForAll @DoubleRange(min = 0, max = 2) double b) {
        double a = Math.pow(10, exponent);
        for (Axis axis : List.of(linear(0, a, b), log(a, b))) {
            assertThat(axis.shows(a)).isTrue();
            assertThat(axis.shows(b) || axis.log() && b == 0).isTrue();
            assertThat(labels(axis)).hasSizeBetween(2, 12);
            double top = axis.ticks().get(axis.ticks().size() - 1).place();
            assertThat(top).isCloseTo(axis.last(), within(1e-9));
        }
    }

    @Test
    void namesThatHaveNoRoomAreLeftOut() {
        Axis names = Axis.names(List.of("1", "4", "7", "sum"), 2);
        assertThat(labels(names)).containsExactly("1", "7");
        assertThat(names.share(3)).isEqualTo(3.5 / 4);
    }

    @Test
    void numbersAreShort() {
        assertThat(Axis.text(new BigDecimal("0.200"))).isEqualTo("0.2");
        assertThat(Axis.text(new BigDecimal("0.00021"))).isEqualTo("2.1e-4");
        assertThat(Axis.text(new BigDecimal("2E-13"))).isEqualTo("2e-13");
        assertThat(Axis.text(new BigDecimal("10"))).isEqualTo("10");
        assertThat(Axis.text(BigDecimal.ZERO)).isEqualTo("0");
    }

    private static Axis linear(double... values) {
        return Axis.linear(DoubleStream.of(values), 5, true);
    }

    private static Axis log(double... values) {
        return Axis.log(DoubleStream.of(values));
    }

    private static List<String> labels(Axis axis) {
        return axis.ticks().stream()
                .map(Tick::label)
                .filter(label -> !label.isEmpty())
                .toList();
    }
}
