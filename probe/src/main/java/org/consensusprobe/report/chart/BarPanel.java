package org.consensusprobe.report.chart;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.consensusprobe.results.charts.BarChart;

/** Bars on each other, with their intervals, and their legend below. */
final class BarPanel implements Panel {
    private static final int MOST_TICKS = 6;
    private static final int MOST_NAMES = 12;
    private static final float LEGEND_SIZE = 10.5f;
    private static final int LEGEND_MARGIN = 5;
    private static final double SHARE = 0.4;

    private final BarChart chart;

    BarPanel(BarChart chart) {
        this.chart = chart;
    }

    @Override
    public void paint(Canvas canvas, double width, double height) {
        Legend legend = new Legend(
                chart.parts().stream()
                        .filter(part -> !part.label().isEmpty())
                        .map(part -> new Legend.Entry(
                                part.label(),
                                (c, half) -> c.box(-half, -4, 2 * half, 8, Palette.colour(part.colour()))))
                        .toList(),
                LEGEND_SIZE,
                width);
        double room = legend.height() == 0 ? height : height - legend.height() - LEGEND_MARGIN;
        Frame frame = Frame.paint(canvas, width, room, across(), chart.xTitle(), up(), chart.yTitle(), false);
        for (int bar = 0; bar < chart.bars(); bar++) {
            for (int part = 0; part < chart.parts().size(); part++) {
                paint(canvas, frame, bar, part);
            }
        }
        canvas.line(frame.left(), frame.y(0), frame.right(), frame.y(0), Palette.FRAME, Palette.THIN);
        frame.outline(canvas);
        legend.paint(canvas.at(Math.max(0, frame.left() + (frame.width() - legend.width()) / 2), room));
    }

    private void paint(Canvas canvas, Frame frame, int bar, int part) {
        BarChart.Part own = chart.parts().get(part);
        double value = own.values()[bar];
        if (Double.isNaN(value)) {
            return;
        }
        double place = chart.names().isEmpty() ? chart.first() + bar : bar;
        double left = frame.x(place - SHARE);
        double right = frame.x(place + SHARE);
        double end = frame.y(chart.end(bar, part, value > 0));
        double start = frame.y(chart.end(bar, part, value > 0) - value);
        canvas.box(left, Math.min(start, end), right - left, Math.abs(end - start), Palette.colour(own.colour()));
        if (own.low().length > 0 && Double.isFinite(own.low()[bar])) {
            double middle = (left + right) / 2;
            canvas.line(middle, frame.y(own.low()[bar]), middle, frame.y(own.high()[bar]), Palette.TEXT, Palette.THIN);
        }
    }

    private Axis across() {
        if (!chart.names().isEmpty()) {
            return Axis.names(chart.names(), MOST_NAMES);
        }
        Axis numbers = Axis.linear(
                DoubleStream.of(chart.first() - 0.5, chart.first() + chart.bars() - 0.5), MOST_TICKS, false);
        List<Axis.Tick> whole = numbers.ticks().stream()
                .filter(tick -> tick.place() == Math.rint(tick.place()))
                .toList();
        return new Axis(false, numbers.first(), numbers.last(), whole);
    }

    private Axis up() {
        DoubleStream ends = IntStream.range(0, chart.bars()).boxed().flatMapToDouble(bar -> {
            int last = chart.parts().size() - 1;
            return DoubleStream.of(chart.end(bar, last, true), chart.end(bar, last, false));
        });
        DoubleStream intervals = chart.parts().stream()
                .flatMapToDouble(
                        part -> DoubleStream.concat(DoubleStream.of(part.low()), DoubleStream.of(part.high())));
        return Axis.linear(DoubleStream.concat(ends, intervals), MOST_TICKS, true);
    }
}
