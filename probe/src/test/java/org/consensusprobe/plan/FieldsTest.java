package org.consensusprobe.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.consensusprobe.common.StrictJson;
import org.junit.jupiter.api.Test;

class FieldsTest {
    /** A value that is not neutral for every field, as options write it. A new field needs one here. */
    private static final Map<String, String> SAID = Map.ofEntries(
            Map.entry("model", "org/model"),
            Map.entry("revision", "v1"),
            Map.entry("weights", "random-each-pass"),
            Map.entry("shuffle", "matrices"),
            Map.entry("seed", "7"),
            Map.entry("feed_forward", "false"),
            Map.entry("mask", "window:8"),
            Map.entry("beta", "2.5"),
            Map.entry("attention_scale", "0.5"),
            Map.entry("skip", "false"),
            Map.entry("norm", "false"),
            Map.entry("heads", "0,2-4"),
            Map.entry("freeze_routing", "true"),
            Map.entry("sink", "false"),
            Map.entry("clamp_outliers", "3"),
            Map.entry("per_token", "true"),
            Map.entry("bos", "on"),
            Map.entry("loop", "2-5"),
            Map.entry("skip_attention", "3"),
            Map.entry("skip_feed_forward", "0,2-4"),
            Map.entry("skip_blocks", "1,7-9"),
            Map.entry("order", "0-3,7-4,9,8"),
            Map.entry("recycle", "final-norm"),
            Map.entry("step", "0.5"),
            Map.entry("anchor", "0.25"),
            Map.entry("until", "1.0E-5"),
            Map.entry("initial", "consensus+1e-2"),
            Map.entry("save_hidden", "true"),
            Map.entry("save_hidden_at", "0,3,layer:7,pass:1-2"),
            Map.entry("save_attention_at", "2,16"),
            Map.entry("similarity", "absolute"),
            Map.entry("dtype", "float64"),
            Map.entry("passes", "3"),
            Map.entry("prompts", "random:4x8"),
            Map.entry("limit_prompts", "2"),
            Map.entry("special_tokens", "true"),
            Map.entry("skip_zero_rows", "true"),
            Map.entry("tokenizer", "tokenizer.json"),
            Map.entry("chunk", "3"),
            Map.entry("measures", "mu,residual"),
            Map.entry("adapter", "org/lora"),
            Map.entry("adapter_scale", "0.5"));

    private static RunPlan said() {
        Values values = Values.NONE;
        for (Field<?> field : Fields.OF_A_RUN) {
            values = values.parse(field, SAID.get(field.name()));
        }
        return RunPlan.of(values);
    }

    @Test
    void everyFieldReachesThePlanAndComesBackFromItsManifest() {
        RunPlan plan = said();
        ObjectNode json = StrictJson.mapper().createObjectNode();
        for (Field<?> field : Fields.OF_A_RUN) {
            assertThat(field.isNeutral(plan)).as(field.name()).isFalse();
            json.set(field.name(), field.recorded(plan));
        }
        assertThat(RunPlan.of(Values.read(json, "a manifest"))).isEqualTo(plan);
        assertThat(RunPlan.of(plan.values())).isEqualTo(plan);
    }

    /** Runs that differ in one field only are told apart by their folders, their words and their cells. */
    @Test
    void everyFieldTellsRunsApart() {
        RunPlan plan = said();
        Values neutral = Values.NONE.with(Fields.MODEL, "m").with(Fields.WEIGHTS, WeightMode.RANDOM);
        RunPlan base = RunPlan.of(neutral);
        for (Field<?> field : Fields.OF_A_RUN) {
            RunPlan other = with(neutral, field, plan);
            assertThat(Titles.folderName(other)).as(field.name()).isNotEqualTo(Titles.folderName(base));
            assertThat(field.text(other)).as(field.name()).isNotEqualTo(field.text(base));
            if (field.mention() != Field.Mention.NEVER) {
                assertThat(Titles.describe(other)).as(field.name()).isNotEqualTo(Titles.describe(base));
            }
        }
    }

    private static <T> RunPlan with(Values values, Field<T> field, RunPlan from) {
        T value = field == (Field<?>) RouteFields.RECYCLE ? field.parse("raw") : field.of(from);
        return RunPlan.of(values.with(field, value));
    }

    @Test
    void aLoopHandsOnWhatItsLastBlockReturns() {
        assertThat(RunPlan.of(Values.NONE).passes().recycling()).isEqualTo(Recycling.FINAL_NORM);
        assertThat(RunPlan.of(Values.NONE.parse(RouteFields.LOOP, "1-2"))
                        .passes()
                        .recycling())
                .isEqualTo(Recycling.RAW);
    }

    @Test
    void whatNothingIsDrawnFromIsNoPartOfARun() {
        assertThat(RunPlan.of(Values.NONE.with(Fields.SEED, 7L))).isEqualTo(RunPlan.of(Values.NONE));
    }
}
