package org.consensusprobe.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.consensusprobe.common.Problem;
import org.junit.jupiter.api.Test;

class RouteTest {
    @Test
    void wholePassesCountAsTheyAlwaysDid() {
        Route route = Route.whole(3, 2);
        assertThat(route.blocks()).isEqualTo(6);
        assertThat(route.nativeDepth()).isEqualTo(3);
        assertThat(route.ends()).containsExactly(3, 6);
        assertThat(route.at(4)).isEqualTo(new Route.Block(1, 0));
        assertThat(route.place(6)).isEqualTo("layer 2 of pass 2");
        assertThat(route.isWhole()).isTrue();
    }

    @Test
    void layersAroundALoopRunOnce() {
        Route route = Route.of(5, 2, Optional.of(new LayerRange(1, 2)));
        assertThat(route.blocks()).isEqualTo(7);
        assertThat(route.nativeDepth()).isEqualTo(3);
        assertThat(route.ends()).containsExactly(3, 5);
        List<Route.Block> blocks = new ArrayList<>();
        for (int depth = 1; depth <= route.blocks(); depth++) {
            blocks.add(route.at(depth));
        }
        assertThat(blocks)
                .containsExactly(
                        new Route.Block(0, 0),
                        new Route.Block(0, 1),
                        new Route.Block(0, 2),
                        new Route.Block(1, 1),
                        new Route.Block(1, 2),
                        new Route.Block(1, 3),
                        new Route.Block(1, 4));
    }

    @Test
    void blocksAreLeftOutAndMoved() {
        Route left = route("--skip-blocks", "0,3").route(6);
        assertThat(left.sequence()).containsExactly(1, 2, 4, 5);
        assertThat(left.nativeDepth()).isEqualTo(4);
        assertThat(left.at(5)).isEqualTo(new Route.Block(1, 1));
        assertThat(left.isWhole()).isTrue();
        assertThat(left.words()).isEqualTo("2 passes of 4 blocks");
        Route looped = RunPlan.of(Values.NONE
                        .with(RouteFields.PASSES, 2)
                        .parse(RouteFields.SKIP_BLOCKS, "0,3")
                        .parse(RouteFields.LOOP, "2-4"))
                .route(6);
        assertThat(IntStream.rangeClosed(1, looped.blocks())
                        .map(d -> looped.at(d).layer()))
                .containsExactly(1, 2, 4, 2, 4, 5);
        assertThat(looped.after()).isEqualTo(1);
        assertThat(looped.slot(5)).isEqualTo(2);
        assertThat(route("--order", "5-3,0,0").route(6).sequence()).containsExactly(5, 4, 3, 0, 0);
        assertThat(RouteFields.ORDER.text(route("--order", "5,4,3,0,0"))).isEqualTo("5-3,0,0");
    }

    private static RunPlan route(String option, String layers) {
        Values two = Values.NONE.with(RouteFields.PASSES, 2);
        return RunPlan.of(
                option.equals("--order")
                        ? two.parse(RouteFields.ORDER, layers)
                        : two.parse(RouteFields.SKIP_BLOCKS, layers));
    }

    @Test
    void noBlockIsLeftOrNotThere() {
        assertThatThrownBy(() -> route("--skip-blocks", "0-5").route(6))
                .hasMessage("--skip-blocks 0-5: no block is left to go through.");
        assertThatThrownBy(() -> route("--order", "0,6").route(6))
                .hasMessage("--order: layer 6 is not there; the model has 6 layers, counted from 0 to 5.");
        assertThatThrownBy(() -> RouteFields.ORDER.parse("1,x")).hasMessageContaining("cannot read \"x\"");
        assertThatThrownBy(() -> RunPlan.of(
                                Values.NONE.parse(RouteFields.ORDER, "1,0").parse(RouteFields.LOOP, "0-1"))
                        .route(2))
                .hasMessageStartingWith("--order and --loop");
    }

    @Test
    void aLayerThatIsNotThereIsRefused() {
        assertThatThrownBy(() -> Route.of(5, 2, Optional.of(new LayerRange(3, 5))))
                .isInstanceOf(Problem.class)
                .hasMessage("--loop 3-5: layer 5 is not there; the model has 5 layers, counted from 0 to 4.");
        assertThatThrownBy(() -> RouteFields.LOOP.parse("4-2")).hasMessageContaining("--loop 4-2");
        assertThatThrownBy(() -> RouteFields.LOOP.parse("x")).hasMessageContaining("layers counted from 0");
    }

    /** Every layer of the loop runs once a pass, every other once, in the model's order. */
    @Property
    void theSequenceIsWhatTheDefinitionSays(
            @ForAll @IntRange(min = 1, max = 7) int layers,
            @ForAll @IntRange(min = 1, max = 5) int passes,
            @ForAll @IntRange(max = 6) int a,
            @ForAll @IntRange(max = 6) int b) {
        int first = Math.min(a, b) % layers;
        int last = Math.max(first, Math.max(a, b) % layers);
        Route route = new Route(layers, first, last, passes);
        List<Integer> expected = new ArrayList<>();
        List<Integer> ends = new ArrayList<>();
        for (int layer = 0; layer < first; layer++) {
            expected.add(layer);
        }
        for (int pass = 0; pass < passes; pass++) {
            for (int layer = first; layer <= last; layer++) {
                expected.add(layer);
            }
            ends.add(expected.size());
        }
        for (int layer = last + 1; layer < layers; layer++) {
            expected.add(layer);
        }
        List<Integer> walked = new ArrayList<>();
        int pass = 0;
        for (int depth = 1; depth <= route.blocks(); depth++) {
            walked.add(route.at(depth).layer());
            assertThat(route.at(depth).pass()).isGreaterThanOrEqualTo(pass);
            pass = route.at(depth).pass();
            assertThat(route.endsPass(depth)).isEqualTo(ends.contains(depth));
        }
        assertThat(walked).isEqualTo(expected);
        assertThat(route.ends())
                .containsExactly(ends.stream().mapToInt(Integer::intValue).toArray());
        assertThat(route.nativeDepth()).isEqualTo(ends.get(0));
    }
}
