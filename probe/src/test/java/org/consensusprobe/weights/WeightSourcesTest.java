package org.consensusprobe.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.consensusprobe.Reference;
import org.consensusprobe.model.Architectures;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.RandomKernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Torch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a part of a model holds depends on pass and layer, not on what was asked for before; shuffling only permutes. */
@Tag("slow")
class WeightSourcesTest {
    private static final Precision FLOAT32 = Precision.uniform("cpu", DType.FLOAT32);

    @BeforeEach
    void start() {
        Torch.start(0);
    }

    private static Transformer model(CheckpointDirectory checkpoint) {
        return Architectures.of(checkpoint.config(), checkpoint.configFile());
    }

    private static WeightSource trained(CheckpointDirectory checkpoint, OptionalLong shuffleSeed) {
        Transformer model = model(checkpoint);
        TensorTable table = TensorTable.resolve(model.fileLayout(), checkpoint.tensors(), checkpoint.path());
        return new TrainedWeights(
                model,
                true,
                table,
                FLOAT32,
                shuffleSeed.isPresent()
                        ? Optional.of(new TrainedWeights.Permutation(shuffleSeed.getAsLong(), false))
                        : Optional.empty());
    }

    @ParameterizedTest
    @CsvSource({"false,true", "false,false", "true,true", "true,false"})
    void layersCanBeAskedForInAnyOrder(boolean eachPass, boolean feedForward) {
        CheckpointDirectory checkpoint = CheckpointDirectory.open(Reference.folder("gpt-neo-windows-shards"));
        Transformer model = model(checkpoint);
        List<float[]> inOrder = new ArrayList<>();
        try (WeightSource source = WeightSource.random(model, feedForward, 5, eachPass, FLOAT32)) {
            values(source, -1, 0, feedForward);
            for (int pass = 0; pass < 2; pass++) {
                for (int layer = 0; layer < 3; layer++) {
                    inOrder.add(values(source, pass, layer, feedForward));
                }
            }
        }
        try (WeightSource source = WeightSource.random(model, feedForward, 5, eachPass, FLOAT32)) {
            for (int asked : new int[] {5, 2, 4, 0, 3, 1, 2, 2}) {
                assertThat(values(source, asked / 3, asked % 3, feedForward)).containsExactly(inOrder.get(asked));
            }
        }
        assertThat(Arrays.equals(inOrder.get(0), inOrder.get(3))).isEqualTo(!eachPass);
        assertThat(inOrder.get(0)).isNotEqualTo(inOrder.get(1));
    }

    /** Bits 0, 1 and 47 of 48 values N(0, 0.02), from Python: hashlib and torch.Generator().manual_seed. */
    @ParameterizedTest
    @CsvSource({
        "42, 0, layers.0.self_attn.q_proj.weight, 178028558, 1015445367 -1128542793 -1131863740",
        "7,  3, embed_tokens.weight,              267414791, -1130452702 -1143066709 995290311"
    })
    void drawsByNameFollowPython(long seed, int pass, String name, long drawSeed, String bits) {
        assertThat(NamedRandomWeights.drawSeed(seed, pass, name)).isEqualTo(drawSeed);
        try (Scope scope = Scope.open()) {
            Kernels kernels = Kernels.plain(scope);
            try (RandomKernels.Generator generator = kernels.random().generator(drawSeed)) {
                float[] values = kernels.random()
                        .normal(generator, new long[] {6, 8}, 0.02)
                        .toFloats();
                int i = 0;
                for (String expected : bits.split(" ")) {
                    assertThat(Float.floatToRawIntBits(values[i < 2 ? i : 47])).isEqualTo(Integer.parseInt(expected));
                    i++;
                }
            }
        }
    }

    @Test
    void namedDrawsDependOnPassAndNameAlone() {
        CheckpointDirectory checkpoint = CheckpointDirectory.open(Reference.folder("tiny-qwen3"));
        Transformer model = model(checkpoint);
        try (Scope scope = Scope.open();
                WeightSource fixed = WeightSource.random(model, true, 5, false, FLOAT32);
                WeightSource drawn = WeightSource.random(model, false, 5, true, FLOAT32)) {
            Kernels kernels = Kernels.plain(scope);
            String role = "self_attn.k_proj.weight";

            float[] late = drawn.layer(kernels, 3, 2).get(role).toFloats();
            float[] first = drawn.layer(kernels, 0, 2).get(role).toFloats();

            assertThat(fixed.layer(kernels, 3, 2).get(role).toFloats()).containsExactly(first);
            assertThat(late).isNotEqualTo(first);
            assertThat(fixed.layer(kernels, 0, 1).get(role).toFloats()).isNotEqualTo(first);
            Weights layer = fixed.layer(kernels, 0, 0);
            assertThat(layer.get("self_attn.q_norm.weight").toFloats()).containsOnly(1);
            assertThat(drawn.embeddings(kernels).get("embed_tokens.weight").toFloats())
                    .containsExactly(
                            fixed.embeddings(kernels).get("embed_tokens.weight").toFloats());
        }
    }

    /** The seed is made of the tensor's name; the orders are those of torch.randperm in Python. */
    @ParameterizedTest
    @CsvSource({
        "42, wte.weight,             9066305810707332566, 1 0 3 7 8 9 2 5 11 10 6 4",
        "42, h.0.attn.c_attn.weight, 7893872434676892282, 3 5 11 2 0 10 6 1 9 4 8 7",
        "7,  ln_f.bias,              4091130344494307432, 6 8 3 4 2 7 11 10 5 9 1 0"
    })
    void shufflingFollowsPythonsRandperm(long seed, String name, long permutationSeed, String order) {
        assertThat(TrainedWeights.permutationSeed(seed, name)).isEqualTo(permutationSeed);
        try (Scope scope = Scope.open()) {
            Kernels kernels = Kernels.plain(scope);
            RandomKernels.Generator generator = kernels.random().generator(1);
            var x = kernels.random().normal(generator, new long[] {3, 4}, 1);
            generator.close();
            float[] values = kernels.tensors().reshape(x, new long[] {12}).toFloats();

            var shuffled = kernels.random().shuffle(x, permutationSeed);

            assertThat(shuffled.shape()).containsExactly(3, 4);
            float[] flat = shuffled.toFloats();
            String[] indices = order.split(" ");
            for (int i = 0; i < indices.length; i++) {
                assertThat(flat[i]).isEqualTo(values[Integer.parseInt(indices[i])]);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-gpt2", "tiny-gpt-neo", "tiny-llama", "tiny-phi3"})
    void shufflingKeepsEveryTensorsValues(String name) {
        CheckpointDirectory checkpoint = CheckpointDirectory.open(Reference.folder(name));
        try (WeightSource straight = trained(checkpoint, OptionalLong.empty());
                WeightSource shuffled = trained(checkpoint, OptionalLong.of(42));
                WeightSource again = trained(checkpoint, OptionalLong.of(42));
                WeightSource other = trained(checkpoint, OptionalLong.of(43))) {
            for (TensorSpec spec : model(checkpoint).layer(1, true)) {
                float[] values = one(straight, spec);
                float[] permuted = one(shuffled, spec);
                assertThat(permuted).isNotEqualTo(values).containsExactly(one(again, spec));
                assertThat(one(other, spec)).isNotEqualTo(permuted);
                Arrays.sort(values);
                Arrays.sort(permuted);
                assertThat(permuted).as(spec.name()).containsExactly(values);
            }
        }
    }

    /** Norms and biases stay bit for bit; matrices are permuted as they are where everything is. */
    @Test
    void normsAndBiasesCanStayInPlace() {
        CheckpointDirectory checkpoint = CheckpointDirectory.open(Reference.folder("tiny-gpt2"));
        Transformer model = model(checkpoint);
        TensorTable table = TensorTable.resolve(model.fileLayout(), checkpoint.tensors(), checkpoint.path());
        try (WeightSource straight = trained(checkpoint, OptionalLong.empty());
                WeightSource all = trained(checkpoint, OptionalLong.of(42));
                WeightSource matrices = new TrainedWeights(
                        model, true, table, FLOAT32, Optional.of(new TrainedWeights.Permutation(42, true)))) {
            for (TensorSpec spec : model.layer(1, true)) {
                WeightSource expected = spec.shape().size() > 1 ? all : straight;
                assertThat(one(matrices, spec)).as(spec.name()).containsExactly(one(expected, spec));
                assertThat(matrices.isMapped(spec)).as(spec.name()).isEqualTo(expected.isMapped(spec));
            }
        }
    }

    @Test
    void theShuffleOfATensorDoesNotDependOnThePrefix(@org.junit.jupiter.api.io.TempDir java.nio.file.Path folder) {
        CheckpointDirectory prefixed = CheckpointDirectory.open(Reference.folder("tiny-gpt2"));
        CheckpointDirectory bare = CheckpointDirectory.open(CheckpointEditor.read(prefixed.path())
                .renamed(n -> n.replace("transformer.", ""))
                .write(folder.resolve("bare")));
        TensorSpec spec = model(prefixed).layer(0, true).get(2);
        try (WeightSource a = trained(prefixed, OptionalLong.of(1));
                WeightSource b = trained(bare, OptionalLong.of(1))) {
            assertThat(one(a, spec)).containsExactly(one(b, spec));
        }
    }

    private static float[] one(WeightSource source, TensorSpec spec) {
        try (Scope scope = Scope.open()) {
            Kernels kernels = Kernels.plain(scope);
            int layer = Integer.parseInt(spec.name().split("\\.")[1]);
            return kernels.tensors()
                    .copy(source.layer(kernels, 0, layer).get(spec.role()))
                    .toFloats();
        }
    }

    /** All values of a layer, or with pass -1 those of the embeddings. */
    private static float[] values(WeightSource source, int pass, int layer, boolean feedForward) {
        try (Scope scope = Scope.open()) {
            Kernels kernels = Kernels.plain(scope);
            if (pass < 0) {
                return source.embeddings(kernels).get("wte.weight").toFloats();
            }
            Weights weights = source.layer(kernels, pass, layer);
            List<String> roles = new ArrayList<>(List.of("ln_1.weight", "attn.attention.k_proj.weight"));
            roles.add("attn.attention.out_proj.weight");
            if (feedForward) {
                roles.add("mlp.c_proj.weight");
            }
            float[] all = new float[0];
            for (String role : roles) {
                float[] values = kernels.tensors().copy(weights.get(role)).toFloats();
                all = Arrays.copyOf(all, all.length + values.length);
                System.arraycopy(values, 0, all, all.length - values.length, values.length);
            }
            return all;
        }
    }
}
