package org.consensusprobe.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.consensusprobe.common.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TensorTableTest {
    private static final Path WHERE = Path.of("gpt2-small");
    private static final TensorTable.Layout LAYOUT = layout(12);

    private final Map<String, StoredTensor> stored = new LinkedHashMap<>();

    @ParameterizedTest
    @ValueSource(strings = {"", "transformer."})
    void findsTensorsWithAndWithoutPrefix(String prefix) {
        storeAll(prefix);
        store(prefix + "h.3.attn.bias", StoredType.U8, 1, 1, 8, 8);
        store("lm_head.weight", StoredType.F32, 10, 4);

        TensorTable table = TensorTable.resolve(LAYOUT, stored, WHERE);

        assertThat(table.prefix()).isEqualTo(prefix);
        assertThat(table.get("h.11.ln_1.weight").name()).isEqualTo(prefix + "h.11.ln_1.weight");
        assertThat(table.tensors()).hasSize(1 + 12 * 2).doesNotContainKey("lm_head.weight");
        assertThatThrownBy(() -> table.get("h.12.ln_1.weight")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void findsTensorsBesideThePrefix() {
        TensorTable.Layout layout = new TensorTable.Layout(
                List.of(ExpectedTensor.of("wte.weight", 2), ExpectedTensor.besidePrefix("lm_head.weight", 3)),
                List.of("model."),
                List.of());
        store("model.wte.weight", StoredType.BF16, 2);
        store("lm_head.weight", StoredType.F16, 3);

        assertThat(TensorTable.resolve(layout, stored, WHERE)
                        .get("lm_head.weight")
                        .shape())
                .containsExactly(3L);
    }

    @Test
    void readsOldEndingsUnderTodaysNames() {
        TensorTable.Layout layout = new TensorTable.Layout(
                List.of(ExpectedTensor.of("LayerNorm.weight", 2)),
                List.of(),
                List.of("bert."),
                List.of(java.util.regex.Pattern.compile("cls\\..*")),
                java.util.Map.of("LayerNorm.gamma", "LayerNorm.weight"));
        store("bert.LayerNorm.gamma", StoredType.F32, 2);
        store("cls.LayerNorm.gamma", StoredType.F32, 2);

        assertThat(TensorTable.resolve(layout, stored, WHERE)
                        .get("LayerNorm.weight")
                        .name())
                .isEqualTo("bert.LayerNorm.gamma");

        store("bert.LayerNorm.weight", StoredType.F32, 2);
        assertThatThrownBy(() -> TensorTable.resolve(layout, stored, WHERE))
                .hasMessageContaining("1 unexpected")
                .hasMessageContaining("bert.LayerNorm.gamma");
    }

    @Test
    void refusesMixedPrefixes() {
        storeAll("transformer.");
        store("h.0.ln_1.weight", StoredType.F32, 4);

        assertRefused(
                "gpt2-small: tensor names carry different prefixes; expected one for all.",
                "Found 1 like h.0.ln_1.weight and 25 like transformer.wte.weight.");
    }

    @Test
    void groupsMissingAndUnexpectedTensors() {
        storeAll("");
        for (int layer = 4; layer < 12; layer++) {
            stored.remove("h." + layer + ".ln_1.weight");
        }
        store("h.0.attn.rotary.inv_freq", StoredType.F32, 4);
        store("h.1.attn.rotary.inv_freq", StoredType.F32, 4);
        store("score.weight", StoredType.F32, 4);

        assertRefused(
                "gpt2-small: the tensors are not those that config.json describes: 8 missing, 3 unexpected.",
                "missing: 8 x h.N.ln_1.weight (h.4.ln_1.weight, h.5.ln_1.weight, h.6.ln_1.weight and 5 more);"
                        + " unexpected: 2 x h.N.attn.rotary.inv_freq"
                        + " (h.0.attn.rotary.inv_freq, h.1.attn.rotary.inv_freq), score.weight.");
    }

    @Test
    void namesWrongShapesAndTypes() {
        storeAll("");
        store("wte.weight", StoredType.F32, 4, 10);
        store("h.7.mlp.c_fc.weight", StoredType.I8, 4, 16);
        store("h.8.mlp.c_fc.weight", StoredType.I8, 4, 16);

        assertRefused(
                "gpt2-small: the tensors are not those that config.json describes:"
                        + " 1 of another shape, 2 of a type that is no weight (F64, F32, F16, BF16).",
                "of another shape: wte.weight: expected [10, 4], found [4, 10];"
                        + " of a type that is no weight (F64, F32, F16, BF16): 2 x h.N.mlp.c_fc.weight"
                        + " (h.7.mlp.c_fc.weight, h.8.mlp.c_fc.weight: found I8).");
    }

    @Test
    void staysShortWhenEverythingIsWrong() {
        for (int i = 0; i < 100_000; i++) {
            store("x" + i + ".y" + i, StoredType.F32, 1);
        }

        assertThatThrownBy(() -> TensorTable.resolve(LAYOUT, stored, WHERE))
                .hasMessageContaining("25 missing, 100000 unexpected")
                .hasMessageContaining("and 99994 more kinds")
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(1500));
    }

    private static TensorTable.Layout layout(int layers) {
        List<ExpectedTensor> expected = new ArrayList<>(List.of(ExpectedTensor.of("wte.weight", 10, 4)));
        for (int layer = 0; layer < layers; layer++) {
            expected.add(ExpectedTensor.of("h." + layer + ".ln_1.weight", 4));
            expected.add(ExpectedTensor.of("h." + layer + ".mlp.c_fc.weight", 4, 16));
        }
        return new TensorTable.Layout(
                expected,
                List.of("transformer."),
                List.of(Pattern.compile("h\\.\\d+\\.attn\\.(bias|masked_bias)"), Pattern.compile("lm_head\\.weight")));
    }

    private void storeAll(String prefix) {
        for (ExpectedTensor e : LAYOUT.expected()) {
            store(
                    prefix + e.name(),
                    StoredType.F32,
                    e.shape().stream().mapToLong(Long::longValue).toArray());
        }
    }

    private void store(String name, StoredType type, long... shape) {
        List<Long> dimensions = java.util.Arrays.stream(shape).boxed().toList();
        long bytes = StoredTensor.product(dimensions) * type.bytes();
        stored.put(name, new StoredTensor(name, type, dimensions, WHERE, 0, bytes));
    }

    private void assertRefused(String... lines) {
        assertThatThrownBy(() -> TensorTable.resolve(LAYOUT, stored, WHERE))
                .isInstanceOf(Problem.class)
                .satisfies(e -> assertThat(e.getMessage().lines()).containsExactly(lines));
    }
}
