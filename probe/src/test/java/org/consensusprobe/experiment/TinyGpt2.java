package org.consensusprobe.experiment;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.consensusprobe.common.StrictJson;

/** Writes GPT-2 checkpoints of 16 dimensions and 2 heads whose weights a test makes up. */
public final class TinyGpt2 {
    public static final int WIDTH = 16;
    private static final int VOCABULARY = 50;
    private static final int CONTEXT = 32;

    private final int layers;
    private final Map<String, float[]> tensors = new LinkedHashMap<>();
    private final Map<String, int[]> shapes = new LinkedHashMap<>();

    /** Weights N(0, 0.3), gains 1, and biases N(0, 0.3) except the norms', drawn with a seed of the tensor's own name. */
    public TinyGpt2(int layers) {
        this.layers = layers;
        add("wte.weight", VOCABULARY, WIDTH);
        add("wpe.weight", CONTEXT, WIDTH);
        for (int l = 0; l < layers; l++) {
            String h = "h." + l + ".";
            norm(h + "ln_1");
            linear(h + "attn.c_attn", WIDTH, 3 * WIDTH);
            linear(h + "attn.c_proj", WIDTH, WIDTH);
            norm(h + "ln_2");
            linear(h + "mlp.c_fc", WIDTH, 4 * WIDTH);
            linear(h + "mlp.c_proj", 4 * WIDTH, WIDTH);
        }
        norm("ln_f");
    }

    /** Lets the test overwrite a tensor's values. */
    public TinyGpt2 with(String name, Consumer<float[]> change) {
        change.accept(tensors.get(name));
        return this;
    }

    /** Lets the test overwrite the tensors of that name in every layer. */
    public TinyGpt2 withAll(String nameInLayer, Consumer<float[]> change) {
        for (int l = 0; l < layers; l++) {
            with("h." + l + "." + nameInLayer, change);
        }
        return this;
    }

    /** Gives a layer the weights of one of another model. */
    public TinyGpt2 copyLayer(int layer, TinyGpt2 from, int fromLayer) {
        from.tensors.forEach((name, values) -> {
            String prefix = "h." + fromLayer + ".";
            if (name.startsWith(prefix)) {
                tensors.put("h." + layer + "." + name.substring(prefix.length()), values.clone());
            }
        });
        return this;
    }

    /** Writes config.json and model.safetensors. */
    public Path write(Path directory) {
        ObjectNode config = StrictJson.mapper().createObjectNode();
        config.put("model_type", "gpt2")
                .put("n_layer", layers)
                .put("n_embd", WIDTH)
                .put("n_head", 2);
        config.put("n_positions", CONTEXT).put("vocab_size", VOCABULARY);
        ObjectNode header = StrictJson.mapper().createObjectNode();
        int end = 0;
        for (Map.Entry<String, float[]> tensor : tensors.entrySet()) {
            ObjectNode entry = header.putObject(tensor.getKey()).put("dtype", "F32");
            var shape = entry.putArray("shape");
            for (int size : shapes.get(tensor.getKey())) {
                shape.add(size);
            }
            int bytes = Float.BYTES * tensor.getValue().length;
            entry.putArray("data_offsets").add(end).add(end + bytes);
            end += bytes;
        }
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + json.length + end).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(json.length).put(json);
        tensors.values().forEach(values -> {
            for (float value : values) {
                file.putFloat(value);
            }
        });
        try {
            Files.createDirectories(directory);
            Files.writeString(directory.resolve("config.json"), config.toString());
            Files.write(directory.resolve("model.safetensors"), file.array());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return directory;
    }

    private void norm(String name) {
        add(name + ".weight", WIDTH);
        java.util.Arrays.fill(tensors.get(name + ".weight"), 1);
        add(name + ".bias", WIDTH);
        java.util.Arrays.fill(tensors.get(name + ".bias"), 0);
    }

    private void linear(String name, int in, int out) {
        add(name + ".weight", in, out);
        add(name + ".bias", out);
    }

    private void add(String name, int... shape) {
        int count = 1;
        for (int size : shape) {
            count *= size;
        }
        float[] values = new float[count];
        Random random = new Random(name.hashCode());
        for (int i = 0; i < count; i++) {
            values[i] = (float) (0.3 * random.nextGaussian());
        }
        tensors.put(name, values);
        shapes.put(name, shape);
    }
}
