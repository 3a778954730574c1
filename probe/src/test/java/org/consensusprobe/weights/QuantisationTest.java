package org.consensusprobe.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.torch.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Quantised matrices made whole, to the bit of their reference; made by scripts/quantised-weights.py, which says which. */
class QuantisationTest {
    private static final Path FOLDER = Path.of("src/test/resources/quantised");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            fp8-blocks     | a.weight | FLOAT32  | {"quant_method": "fp8", "weight_block_size": [2, 7]}
            fp8-tensor     | a.weight | FLOAT32  | {"quant_method": "fp8"}
            fp8-rows       | a.weight | BFLOAT16 | {"quant_method": "compressed-tensors", "format": "float-quantized"}
            gptq           | a.weight | FLOAT32  | {"quant_method": "gptq", "bits": 4, "group_size": 8}
            gptq-act-order | a.weight | FLOAT32  | {"quant_method": "gptq", "bits": 4, "desc_act": true}
            awq            | a.weight | FLOAT32  | {"quant_method": "awq", "bits": 4, "version": "gemm"}
            mxfp4          | e.w      | FLOAT32  | {"quant_method": "mxfp4"}
            """)
    void valuesAreThoseOfTheReference(String kind, String name, DType dtype, String config) {
        StoredTensor wanted = SafetensorsFile.read(FOLDER.resolve("expected.safetensors"))
                .tensors()
                .get(kind + "/a");

        Map<String, StoredTensor> made = undone(config, parts(kind));

        StoredTensor whole = made.get(name);
        assertThat(whole.shape()).isEqualTo(wanted.shape());
        assertThat(whole.dtype()).isEqualTo(dtype);
        assertThat(TensorValues.of(whole)).containsExactly(TensorValues.of(wanted));
        assertThat(made.keySet()).allMatch(key -> key.equals(name) || key.equals("a.bias"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            gptq  | {"quant_method": "bitsandbytes", "load_in_4bit": true} | weights of bitsandbytes, which are not read
            gptq  | {"quant_method": "hqq"}               | quant_method is "hqq", which is not read
            gptq  | {"quant_method": "gptq", "bits": 8}   | bits is 8
            awq   | {"quant_method": "awq", "bits": 4, "version": "gemv"} | version is "gemv"; expected gemm
            awq   | {"quant_method": "gptq", "bits": 4}   | do not go together
            mxfp4 | {"quant_method": "compressed-tensors", "format": "int-quantized"} | format is "int-quantized"
            """)
    void otherKindsAreRefusedByName(String kind, String config, String words) {
        assertThatThrownBy(() -> undone(config, parts(kind)))
                .isInstanceOf(Problem.class)
                .hasMessageContaining(words)
                .satisfies(e -> assertThat(e.getMessage().lines()).hasSizeLessThanOrEqualTo(2));
    }

    @Test
    void partsThatDoNotGoTogetherAreRefused() {
        for (String kind : new String[] {"fp8-blocks", "gptq", "awq", "mxfp4"}) {
            String method = kind.replaceFirst("-.*", "");
            for (String lost : parts(kind).keySet()) {
                if (lost.matches(".*(scale_inv|scales|qzeros)")) {
                    Map<String, StoredTensor> fewer = parts(kind);
                    fewer.remove(lost);
                    assertThatThrownBy(() -> undone("{\"quant_method\": \"" + method + "\", \"bits\": 4}", fewer))
                            .as(kind + " without " + lost)
                            .isInstanceOf(Problem.class)
                            .hasMessageContaining("there is no ");
                }
            }
        }
    }

    private static Map<String, StoredTensor> parts(String kind) {
        return new LinkedHashMap<>(
                SafetensorsFile.read(FOLDER.resolve(kind + ".safetensors")).tensors());
    }

    private static Map<String, StoredTensor> undone(String quantisation, Map<String, StoredTensor> parts) {
        JsonNode config = StrictJson.parse(
                ("{\"quantization_config\": " + quantisation + "}").getBytes(StandardCharsets.UTF_8), "test", "config");
        assertThat(Quantisation.whole(config).has(Quantisation.FIELD)).isFalse();
        return Quantisation.undone(config, FOLDER.resolve("config.json"), parts);
    }
}
