package org.consensusprobe.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;

/**
 * What a config's {@code quantization_config} says of matrices that are kept in a few bits: FP8 (transformers' own, and
 * compressed-tensors' float-quantized), GPTQ and AWQ with four bits, MXFP4. Each is made whole when its layer is asked for.
 */
final class Quantisation {
    static final String FIELD = "quantization_config";
    private static final String READ =
            "read are fp8, compressed-tensors (float-quantized), gptq and awq with 4 bits, and mxfp4";

    private final JsonNode config;
    private final Path where;
    private final Map<String, StoredTensor> tensors;

    private Quantisation(JsonNode config, Path where, Map<String, StoredTensor> tensors) {
        this.config = config;
        this.where = where;
        this.tensors = new LinkedHashMap<>(tensors);
    }

    /** The config as that of the model with whole matrices. */
    static JsonNode whole(JsonNode config) {
        return config.path(FIELD).isObject() ? ((ObjectNode) config.deepCopy()).without(FIELD) : config;
    }

    /**
     * The tensors with whole matrices in place of their parts.
     *
     * @param config of the model
     * @param where the config's file
     * @throws Problem if the kind is not read, or parts do not go together
     */
    static Map<String, StoredTensor> undone(JsonNode config, Path where, Map<String, StoredTensor> tensors) {
        JsonNode field = config.path(FIELD);
        if (!field.isObject()) {
            return tensors;
        }
        Quantisation quantisation = new Quantisation(field, where, tensors);
        String method = field.path("quant_method").asText("");
        switch (method) {
            case "fp8" -> quantisation.fp8("_inv");
            case "compressed-tensors" -> quantisation.compressed();
            case "gptq" -> quantisation.gptq();
            case "awq" -> quantisation.awq();
            case "mxfp4" -> quantisation.mxfp4();
            case "bitsandbytes" -> throw Problem.input(
                    "%s: weights of bitsandbytes, which are not read.%n"
                            + "In Python: model.dequantize() and save_pretrained(dir), and give dir; or take the model it was made from.",
                    where);
            default -> throw Problem.input(
                    "%s: %s.quant_method is \"%s\", which is not read; %s.", where, FIELD, Shown.text(method), READ);
        }
        return quantisation.tensors;
    }

    private void compressed() {
        String format = config.path("format").asText("");
        if (!format.equals("float-quantized")) {
            throw Problem.input("%s: %s.format is \"%s\"; %s.", where, FIELD, Shown.text(format), READ);
        }
        fp8("");
    }

    private void fp8(String ending) {
        for (String name : List.copyOf(tensors.keySet())) {
            StoredTensor values = tensors.get(name);
            if (values == null || values.type() != StoredType.F8_E4M3 && values.type() != StoredType.F8_E5M2) {
                continue; // scales may stand behind their matrix, with which they have gone
            }
            String scaleName =
                    tensors.containsKey(name + "_scale" + ending) ? name + "_scale" + ending : name + "_scale";
            StoredTensor scales = part(name, scaleName);
            tensors.put(name, scaled(name, values, scales));
            tensors.remove(scaleName);
            String stem = name.replaceFirst("weight$", "");
            for (String run : List.of("input_scale", "activation_scale", "weight_zero_point")) {
                tensors.remove(stem + run); // of activations at run time, or zeros of a symmetric kind
            }
        }
        tensors.keySet().removeIf(name -> name.matches(".*\\.(k|v|q)_scale"));
    }

    private StoredTensor scaled(String name, StoredTensor values, StoredTensor scales) {
        List<Long> shape = values.shape();
        boolean ofRows = scales.shape().size() == 1 && scales.elements() > 1;
        List<Long> grid =
                scales.elements() == 1 ? List.of(1L, 1L) : ofRows ? List.of(scales.elements(), 1L) : scales.shape();
        if (shape.size() != 2 || grid.size() != 2 || !scales.isWeight()) {
            throw wrong(name, "its scales are " + scales.type() + " " + scales.shape() + " for " + shape);
        }
        long rows = block(name, 0, shape.get(0), grid.get(0));
        long columns = block(name, 1, shape.get(1), grid.get(1));
        return StoredTensor.made(name, shape, new ScaledFloats(values, scales, rows, columns));
    }

    /** The size of a block: what the config says where that fits the scales, an even share otherwise. */
    private long block(String name, int axis, long size, long count) {
        JsonNode said = config.path("weight_block_size").path(axis);
        long block = said.asLong(0);
        if (block > 0 && (size + block - 1) / block == count) {
            return block;
        }
        if (size % count != 0) {
            throw wrong(name, "its " + size + " rows or columns do not fall into " + count + " blocks");
        }
        return size / count;
    }

    private void gptq() {
        int bits = config.path("bits").asInt();
        boolean second = config.path("checkpoint_format").asText("gptq").equals("gptq_v2");
        requireFour(bits);
        integers(name -> {
            Optional<StoredTensor> groups = Optional.ofNullable(tensors.remove(name + "g_idx"));
            return new PackedIntegers(
                    part(name, name + "qweight"),
                    part(name, name + "qzeros"),
                    part(name, name + "scales"),
                    groups,
                    PackedIntegers.IN_ORDER,
                    true,
                    second ? 0 : 1);
        });
    }

    private void awq() {
        requireFour(config.path("bits").asInt(config.path("w_bit").asInt()));
        String version = config.path("version").asText("gemm").toLowerCase(Locale.ROOT);
        if (!version.equals("gemm")) {
            throw Problem.input("%s: %s.version is \"%s\"; expected gemm.", where, FIELD, Shown.text(version));
        }
        integers(name -> new PackedIntegers(
                part(name, name + "qweight"),
                part(name, name + "qzeros"),
                part(name, name + "scales"),
                Optional.empty(),
                PackedIntegers.EVEN_FIRST,
                false,
                0));
    }

    private void requireFour(int bits) {
        if (bits != 4) {
            throw Problem.input("%s: %s.bits is %d; %s.", where, FIELD, bits, READ);
        }
    }

    private void integers(Function<String, PackedIntegers> recipe) {
        for (String full : List.copyOf(tensors.keySet())) {
            if (!full.endsWith(".qweight")) {
                continue;
            }
            String stem = full.substring(0, full.length() - "qweight".length());
            PackedIntegers made = recipe.apply(stem);
            requireShapes(full, made);
            List.of("qweight", "qzeros", "scales").forEach(ending -> tensors.remove(stem + ending));
            long in = made.quants().shape().get(0) * (made.byInput() ? 8 : 1);
            List<Long> shape = List.of(made.scales().shape().get(1), in);
            tensors.put(stem + "weight", StoredTensor.made(stem + "weight", shape, made));
        }
    }

    private void requireShapes(String name, PackedIntegers made) {
        List<Long> q = made.quants().shape();
        List<Long> s = made.scales().shape();
        boolean matrices = q.size() == 2 && s.size() == 2 && s.get(0) > 0 && s.get(1) % 8 == 0;
        long in = matrices ? q.get(0) * (made.byInput() ? 8 : 1) : 0;
        boolean fits = matrices
                && q.get(1) * (made.byInput() ? 1 : 8) == s.get(1)
                && made.zeros().shape().equals(List.of(s.get(0), s.get(1) / 8))
                && made.groups().map(g -> g.shape().equals(List.of(in))).orElse(in % s.get(0) == 0)
                && in * s.get(1) < Integer.MAX_VALUE / 4;
        boolean types = made.quants().type() == StoredType.I32
                && made.zeros().type() == StoredType.I32
                && made.groups().map(g -> g.type() == StoredType.I32).orElse(true)
                && made.scales().isWeight();
        if (!fits || !types) {
            throw wrong(
                    name,
                    "qweight " + q + ", qzeros " + made.zeros().shape() + " and scales " + s + " do not go together");
        }
    }

    private void mxfp4() {
        for (String full : List.copyOf(tensors.keySet())) {
            if (!full.endsWith("_blocks")) {
                continue;
            }
            String stem = full.substring(0, full.length() - "_blocks".length());
            StoredTensor blocks = tensors.get(full);
            StoredTensor scales = part(full, stem + "_scales");
            List<Long> shape = blocks.shape();
            int n = shape.size();
            if (n < 3
                    || shape.get(n - 1) != 16
                    || !shape.subList(0, n - 1).equals(scales.shape())
                    || blocks.type() != StoredType.U8
                    || scales.type() != StoredType.U8
                    || blocks.bytes() / StoredTensor.product(shape.subList(0, n - 3)) > Integer.MAX_VALUE / 8) {
                throw wrong(full, "blocks " + shape + " and scales " + scales.shape() + " do not go together");
            }
            tensors.remove(full);
            tensors.remove(stem + "_scales");
            tensors.put(
                    stem,
                    StoredTensor.made(stem, MicroscaledFloats.shape(shape), new MicroscaledFloats(blocks, scales)));
        }
    }

    private StoredTensor part(String of, String name) {
        return Optional.ofNullable(tensors.get(name))
                .filter(tensor -> tensor.convention().equals(Convention.HUGGING_FACE))
                .orElseThrow(() -> wrong(of, "there is no " + Shown.text(name) + " beside it, kept row by row"));
    }

    private Problem wrong(String name, String what) {
        return Problem.input("%s: tensor %s: %s.", where.toAbsolutePath().getParent(), Shown.text(name), what);
    }
}
