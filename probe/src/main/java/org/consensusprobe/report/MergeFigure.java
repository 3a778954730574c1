package org.consensusprobe.report;

import java.awt.BasicStroke;
import java.awt.geom.Path2D;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.consensusprobe.report.chart.Axis;
import org.consensusprobe.report.chart.Canvas;
import org.consensusprobe.report.chart.Frame;
import org.consensusprobe.report.chart.Palette;
import org.consensusprobe.report.chart.Panel;
import org.consensusprobe.report.chart.Sheet;

/** Trees of which tokens came together when: leaves are tokens, joints lie at the depth of the first meeting. */
final class MergeFigure extends Sheet {
    private static final int PANEL_WIDTH = 480;
    private static final int LINE = 14;
    private static final int AROUND = 66;
    private static final int EDGE = 8;
    private static final BasicStroke BRANCH = new BasicStroke(1.3f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);

    /** The tree of one angle. */
    private record Tree(TokenMerges merges, List<String> labels, int first, int last) implements Panel {
        /** The end of a branch: which row its middle is at, and from which depth it goes on. */
        private record Branch(double row, double depth) {}

        @Override
        public void paint(Canvas canvas, double width, double height) {
            int count = labels.size();
            Axis x = Axis.linear(DoubleStream.of(first, last), 6, false);
            Axis y = new Axis(
                    false,
                    -0.5,
                    count - 0.5,
                    IntStream.range(0, count)
                            .mapToObj(row ->
                                    new Axis.Tick(row, labels.get(merges.order().get(count - 1 - row))))
                            .toList());
            Canvas inside = canvas.at(EDGE, 0); // long names begin at the frame's edge
            Frame frame = Frame.paint(inside, width - EDGE, height, x, "depth (blocks)", y, "", false);
            branches(inside, frame);
            frame.outline(inside);
        }

        private void branches(Canvas canvas, Frame frame) {
            int count = labels.size();
            Map<Integer, Branch> open = new HashMap<>();
            Map<Integer, Integer> group = new HashMap<>();
            for (int row = 0; row < count; row++) {
                int token = merges.order().get(count - 1 - row);
                open.put(token, new Branch(row, first));
                group.put(token, token);
            }
            for (TokenMerges.Event event : merges.events()) {
                int one = group.get(event.one());
                int other = group.get(event.other());
                Branch a = open.get(one);
                Branch b = open.remove(other);
                Path2D joint = new Path2D.Double();
                joint.moveTo(frame.x(a.depth), frame.y(a.row));
                joint.lineTo(frame.x(event.depth()), frame.y(a.row));
                joint.lineTo(frame.x(event.depth()), frame.y(b.row));
                joint.lineTo(frame.x(b.depth), frame.y(b.row));
                canvas.draw(joint, Palette.colour(0), BRANCH);
                open.put(one, new Branch((a.row + b.row) / 2, event.depth()));
                group.replaceAll((token, of) -> of == other ? one : of);
            }
            for (Branch branch : open.values()) {
                canvas.line(
                        frame.x(branch.depth),
                        frame.y(branch.row),
                        frame.right(),
                        frame.y(branch.row),
                        Palette.colour(0),
                        BRANCH);
            }
        }
    }

    /** A tree for each angle, beside each other. */
    MergeFigure(List<TokenMerges> merges, List<String> labels, int first, int last) {
        super(
                List.of(),
                List.of(new Row(
                        "",
                        merges.stream()
                                .map(m -> "within %.0f°, at the depth of the first meeting".formatted(m.degrees()))
                                .toList(),
                        merges.stream()
                                .map(m -> new Tree(m, labels, first, last))
                                .toList())),
                PANEL_WIDTH,
                AROUND + LINE * labels.size(),
                List.of());
    }
}
