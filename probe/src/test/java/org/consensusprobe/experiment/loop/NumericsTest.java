package org.consensusprobe.experiment.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which processors multiply in bfloat16: a fixed rule on their features. */
class NumericsTest {
    @ParameterizedTest
    @CsvSource({
        "avx2 fma, false",
        "avx2 fma avx512f avx512_vnni, false",
        "avx2 fma avx512f avx512_vnni avx512_bf16, true",
        "avx2 fma avx512f avx512_vnni avx512_bf16 avx512_fp16, false",
        "avx2 fma avx512f avx512_vnni avx512_bf16 avx512_fp16 amx_bf16 amx_tile, true",
        "asimd sve, false",
        "asimd sve bf16 i8mm, true"
    })
    void bfloat16ProductsAreUsedWhereTheyAreFast(String features, boolean used) {
        assertThat(Numerics.multipliesBfloat16(Map.of("features", List.of(features.split(" ")))))
                .isEqualTo(used);
    }
}
