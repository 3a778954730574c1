package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.consensusprobe.Reference;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.hub.ByteProgress;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Values;
import org.consensusprobe.torch.DType;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.SafetensorsFile;
import org.consensusprobe.weights.StoredTensor;
import org.consensusprobe.weights.TensorValues;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A run of a directory with quantised matrices is the run of one that holds the same weights in float32, byte for byte. Whether
 * they are the right weights, {@link org.consensusprobe.weights.QuantisationTest} says.
 */
class QuantisedRunTest {
    private static final int GROUP = 8;

    @TempDir
    Path folder;

    private final SplittableRandom random = new SplittableRandom(5);

    /** A tensor as a file has it. */
    private record Part(String dtype, int[] shape, byte[] bytes) {}

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            fp8                | {"quant_method": "fp8", "weight_block_size": [16, 16]}              | F8_E4M3
            compressed-tensors | {"quant_method": "compressed-tensors", "format": "float-quantized"} | F8_E4M3
            gptq               | {"quant_method": "gptq", "bits": 4, "group_size": 8}                | gptq
            awq                | {"quant_method": "awq", "bits": 4, "group_size": 8}                 | awq
            """)
    void aRunIsThatOfTheSameWeightsInFloat32(String method, String config, String said) throws IOException {
        Path quantised = Files.createDirectory(folder.resolve(method));
        Map<String, StoredTensor> model = SafetensorsFile.read(
                        Reference.folder("tiny-llama").resolve("model.safetensors"))
                .tensors();
        Map<String, Part> parts = new LinkedHashMap<>();
        model.forEach((name, tensor) -> {
            if (name.endsWith("_proj.weight")) {
                int out = Math.toIntExact(tensor.shape().get(0));
                int in = Math.toIntExact(tensor.shape().get(1));
                quantise(method, name.replaceFirst("weight$", ""), out, in, parts);
            } else {
                parts.put(name, floats(tensor, TensorValues.of(tensor)));
            }
        });
        write(quantised, parts, StrictJson.mapper().readTree(config).deepCopy());

        RunPlan plan = RunPlan.of(Values.NONE.with(Fields.MODEL, quantised.toString()));
        Map<String, double[]> values = TensorValues.of(ModelLookup.online(true, bars -> ByteProgress.SILENT)
                .find(plan)
                .subject()
                .table(plan, Precision.uniform("cpu", DType.FLOAT32)));
        Map<String, Part> whole = new LinkedHashMap<>();
        model.forEach((name, tensor) -> whole.put(
                name, floats(tensor, values.containsKey(name) ? values.get(name) : values.get(name.substring(6)))));
        Path plain = Files.createDirectory(folder.resolve("plain"));
        write(plain, whole, null);

        Path here = run(quantised);
        Path there = run(plain);
        assertThat(here.resolve("error.npy")).hasSameBinaryContentAs(there.resolve("error.npy"));
        assertThat(here.resolve("manifest.json"))
                .content()
                .containsPattern("\"dequantised_from\" : \\[[^\\]]*(?i:" + said + ")");
        assertThat(there.resolve("manifest.json")).content().doesNotContain("dequantised_from");
    }

    private void quantise(String method, String matrix, int out, int in, Map<String, Part> parts) {
        int groups = in / GROUP;
        switch (method) {
            case "fp8" -> {
                parts.put(matrix + "weight", eightBits(out, in));
                parts.put(matrix + "weight_scale_inv", scales("F32", (out + 15) / 16, (in + 15) / 16));
            }
            case "compressed-tensors" -> {
                parts.put(matrix + "weight", eightBits(out, in));
                parts.put(matrix + "weight_scale", scales("F32", out, 1));
            }
            case "gptq" -> {
                parts.put(matrix + "qweight", words(in / 8, out));
                parts.put(matrix + "qzeros", words(groups, out / 8));
                parts.put(matrix + "scales", scales("F16", groups, out));
                ByteBuffer order = little(4 * in);
                for (int i = 0; i < in; i++) {
                    order.putInt(i / GROUP);
                }
                parts.put(matrix + "g_idx", new Part("I32", new int[] {in}, order.array()));
            }
            default -> {
                parts.put(matrix + "qweight", words(in, out / 8));
                parts.put(matrix + "qzeros", words(groups, out / 8));
                parts.put(matrix + "scales", scales("F16", groups, out));
            }
        }
    }

    /** e4m3 numbers, none of them NaN. */
    private Part eightBits(int rows, int columns) {
        byte[] bytes = new byte[rows * columns];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (random.nextInt(0x7f) | random.nextInt(2) << 7);
        }
        return new Part("F8_E4M3", new int[] {rows, columns}, bytes);
    }

    private Part words(int rows, int columns) {
        byte[] bytes = new byte[4 * rows * columns];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) random.nextInt(256);
        }
        return new Part("I32", new int[] {rows, columns}, bytes);
    }

    /** Numbers about 0.002: 0x1800 to 0x19ff as float16. */
    private Part scales(String dtype, int rows, int columns) {
        boolean half = dtype.equals("F16");
        ByteBuffer bytes = little((half ? 2 : 4) * rows * columns);
        while (bytes.hasRemaining()) {
            if (half) {
                bytes.putShort((short) (0x1800 + random.nextInt(0x200)));
            } else {
                bytes.putFloat((float) (0.001 + random.nextDouble() / 1000));
            }
        }
        return new Part(dtype, new int[] {rows, columns}, bytes.array());
    }

    private static Part floats(StoredTensor like, double[] values) {
        ByteBuffer bytes = little(4 * values.length);
        for (double value : values) {
            bytes.putFloat((float) value);
        }
        int[] shape = like.shape().stream().mapToInt(Math::toIntExact).toArray();
        return new Part("F32", shape, bytes.array());
    }

    private static void write(Path folder, Map<String, Part> parts, ObjectNode quantisation) throws IOException {
        ObjectNode config = (ObjectNode)
                StrictJson.readObject(Reference.folder("tiny-llama").resolve("config.json"), 1 << 20, "config");
        if (quantisation != null) {
            config.set("quantization_config", quantisation);
        }
        Files.writeString(folder.resolve("config.json"), config.toString());
        ObjectNode header = StrictJson.mapper().createObjectNode();
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        parts.forEach((name, part) -> {
            ObjectNode entry = header.putObject(name).put("dtype", part.dtype());
            for (int size : part.shape()) {
                entry.withArray("/shape").add(size);
            }
            entry.putArray("data_offsets").add(data.size()).add(data.size() + part.bytes().length);
            data.writeBytes(part.bytes());
        });
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
        Files.write(
                folder.resolve("model.safetensors"),
                little(8 + json.length + data.size())
                        .putLong(json.length)
                        .put(json)
                        .put(data.toByteArray())
                        .array());
    }

    private Path run(Path model) {
        Path out = model.resolveSibling(model.getFileName() + "-run");
        CommandResult.of(
                        "run",
                        "--model",
                        model.toString(),
                        "--prompts",
                        "random:3x12",
                        "--passes",
                        "2",
                        "--measures",
                        "none",
                        "--out",
                        out.toString())
                .succeeded();
        return out;
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
