package org.consensusprobe.model;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.consensusprobe.common.Home;
import org.consensusprobe.common.Problem;
import org.consensusprobe.weights.TensorSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class KnownModelsTest {
    private static final KnownModels MODELS = KnownModels.installed();

    @TempDir
    Path folder;

    static java.util.List<KnownModel> all() {
        return MODELS.all();
    }

    @Test
    void bundledModelsComeFirstThenTheOthersBySize() {
        assertThat(all())
                .extracting(KnownModel::alias)
                .containsExactly(
                        "demo-gpt-neo",
                        "demo-gpt2",
                        "dinov2-small",
                        "pythia-70m",
                        "distilgpt2",
                        "dinov2-base",
                        "gpt2",
                        "gpt-neo-125m",
                        "pythia-160m",
                        "dinov2-large",
                        "gpt2-medium",
                        "pythia-410m",
                        "qwen3-0.6b",
                        "gpt2-large",
                        "gemma-3-1b",
                        "pythia-1b",
                        "dinov2-giant",
                        "gpt-neo-1.3b",
                        "pythia-1.4b",
                        "ouro-1.4b",
                        "olmo-2-1b",
                        "gpt2-xl",
                        "qwen3-1.7b",
                        "gpt-neo-2.7b",
                        "ouro-2.6b",
                        "pythia-2.8b",
                        "huginn-0125",
                        "gemma-3-4b",
                        "qwen3-4b",
                        "pythia-6.9b",
                        "olmo-2-7b",
                        "llama-3.1-8b",
                        "qwen3-8b",
                        "gemma-3-12b",
                        "pythia-12b",
                        "olmo-2-13b",
                        "qwen3-14b",
                        "gpt-oss-20b",
                        "gemma-3-27b",
                        "olmo-2-32b",
                        "qwen3-32b",
                        "mixtral-8x7b",
                        "llama-3.1-70b",
                        "gpt-oss-120b",
                        "llama-3.1-405b");
    }

    @ParameterizedTest
    @CsvSource({
        "distilgpt2,   distilbert/distilgpt2,         6,  768, 12, 1024",
        "gpt2,         openai-community/gpt2,        12,  768, 12, 1024",
        "gpt2-medium,  openai-community/gpt2-medium, 24, 1024, 16, 1024",
        "gpt2-large,   openai-community/gpt2-large,  36, 1280, 20, 1024",
        "gpt2-xl,      openai-community/gpt2-xl,     48, 1600, 25, 1024",
        "gpt-neo-125m, EleutherAI/gpt-neo-125m,      12,  768, 12, 2048",
        "gpt-neo-1.3b, EleutherAI/gpt-neo-1.3B,      24, 2048, 16, 2048",
        "gpt-neo-2.7b, EleutherAI/gpt-neo-2.7B,      32, 2560, 20, 2048"
    })
    void hubModelsHaveTheirHubFacts(String alias, String hubId, int layers, int dim, int heads, int context) {
        KnownModel model = MODELS.require(alias);
        JsonNode c = model.config();

        assertThat(model.hubId()).contains(hubId);
        assertThat(model.revision()).matches("[0-9a-f]{40}");
        assertThat(first(c, "n_layer", "num_layers")).isEqualTo(layers);
        assertThat(first(c, "n_embd", "hidden_size")).isEqualTo(dim);
        assertThat(first(c, "n_head", "num_heads")).isEqualTo(heads);
        assertThat(first(c, "n_positions", "max_position_embeddings")).isEqualTo(context);
        assertThat(c.path("vocab_size").intValue()).isEqualTo(50257);
        assertThat(model.tokenizer()).hasValueSatisfying(t -> assertThat(t).exists());
    }

    /** The parameters that the config implies; the tied head counts once. */
    @ParameterizedTest
    @MethodSource("all")
    void theParameterCountFollowsFromTheConfig(KnownModel model) {
        JsonNode c = model.config();
        if (!c.path("model_type").textValue().matches("gpt2|gpt_neo")) {
            Transformer transformer = Architectures.of(c, model.alias());
            Set<TensorSpec> tensors = new HashSet<>(transformer.allTensors());
            Set<String> names = tensors.stream().map(TensorSpec::name).collect(Collectors.toSet());
            transformer.head().stream()
                    .filter(head -> !names.contains(head.name()))
                    .forEach(tensors::add);
            assertThat(model.parameters())
                    .isEqualTo(tensors.stream().mapToLong(TensorSpec::elements).sum());
            return;
        }
        boolean neo = c.path("model_type").textValue().equals("gpt_neo");
        long d = first(c, "n_embd", "hidden_size");
        long layers = first(c, "n_layer", "num_layers");
        long embeddings = d * (c.path("vocab_size").longValue() + first(c, "n_positions", "max_position_embeddings"));
        long attention = 4 * d * d + (neo ? d : 4 * d); // GPT-Neo's q, k and v have no bias
        long feedForward = 8 * d * d + 5 * d;
        long norms = 4 * d;

        assertThat(model.parameters()).isEqualTo(embeddings + layers * (attention + feedForward + norms) + 2 * d);
    }

    /**
     * The parameters that were published, in millions: OpenAI's and EleutherAI's tables, Gemma 3's report (embedding and other parameters
     * of the text part), gpt-oss's model card, timm's table of DINOv2, the model cards of the others.
     */
    private static final Map<String, String> PUBLISHED = Map.ofEntries(
            entry("distilgpt2", "82"),
            entry("gpt2", "124"),
            entry("gpt2-medium", "355"),
            entry("gpt2-large", "774"),
            entry("gpt2-xl", "1558"),
            entry("gpt-neo-125m", "125"),
            entry("gpt-neo-1.3b", "13e2"),
            entry("gpt-neo-2.7b", "27e2"),
            entry("pythia-70m", "70.4"),
            entry("pythia-160m", "162.3"),
            entry("pythia-410m", "405.3"),
            entry("pythia-1b", "1012"),
            entry("pythia-1.4b", "1415"),
            entry("pythia-2.8b", "2775"),
            entry("pythia-6.9b", "6857"),
            entry("pythia-12b", "11846"),
            entry("llama-3.1-8b", "8030"),
            entry("llama-3.1-70b", "70.6e3"),
            entry("llama-3.1-405b", "405e3"),
            entry("qwen3-0.6b", "6e2"),
            entry("qwen3-1.7b", "17e2"),
            entry("qwen3-4b", "40e2"),
            entry("qwen3-8b", "82e2"),
            entry("qwen3-14b", "14.8e3"),
            entry("qwen3-32b", "32.8e3"),
            entry("gemma-3-1b", "1000"),
            entry("gemma-3-4b", "3884"),
            entry("gemma-3-12b", "11771"),
            entry("gemma-3-27b", "27016"),
            entry("olmo-2-1b", "1480"),
            entry("olmo-2-7b", "7300"),
            entry("olmo-2-13b", "13.7e3"),
            entry("olmo-2-32b", "32.2e3"),
            entry("mixtral-8x7b", "46.7e3"),
            entry("gpt-oss-20b", "20.91e3"),
            entry("gpt-oss-120b", "116.83e3"),
            entry("dinov2-small", "22.06"),
            entry("dinov2-base", "86.58"),
            entry("dinov2-large", "304.37"),
            entry("dinov2-giant", "1136.48"));

    /** Within 1 %, or as far as the published figure is rounded. Names alone say how large the looped models are. */
    @ParameterizedTest
    @MethodSource("all")
    void theParameterCountIsThePublishedOne(KnownModel model) {
        if (model.directory().isPresent() || model.alias().matches("ouro-.*|huginn-.*")) {
            assertThat(PUBLISHED).doesNotContainKey(model.alias());
            return;
        }
        BigDecimal published = new BigDecimal(PUBLISHED.get(model.alias()));
        double rounding = published.ulp().doubleValue() / 2;
        double allowed = Math.max(published.doubleValue() / 100, rounding);
        assertThat(model.parameters() / 1e6).isCloseTo(published.doubleValue(), within(allowed));
    }

    @ParameterizedTest
    @MethodSource("all")
    void attentionTypesCoverTheLayers(KnownModel model) {
        JsonNode c = model.config();
        if (!c.path("model_type").textValue().equals("gpt_neo")) {
            assertThat(c.has("attention_types")).isFalse();
            return;
        }
        int covered = 0;
        for (JsonNode entry : c.path("attention_types")) {
            covered += entry.get(0).size() * entry.get(1).intValue();
        }
        assertThat(covered).isEqualTo(c.path("num_layers").intValue());
    }

    @Test
    void bundledModelsAreWholeCheckpoints() {
        for (String alias : new String[] {"demo-gpt2", "demo-gpt-neo"}) {
            KnownModel model = MODELS.require(alias);
            Path directory = model.directory().orElseThrow();

            assertThat(model.hubId()).isEmpty();
            assertThat(directory).isEqualTo(Home.models().resolve(alias));
            assertThat(directory.resolve("model.safetensors")).exists();
            assertThat(directory.resolve("README.md")).content().contains("WordNet 3.0 Copyright 2006 by Princeton");
            assertThat(model.tokenizer()).contains(directory.resolve("tokenizer.json"));
            assertThat(model.config().path("vocab_size").intValue()).isEqualTo(4096);
        }
    }

    @Test
    void namesAreFoundInAnyCase() {
        assertThat(MODELS.find("GPT2-XL")).map(KnownModel::alias).contains("gpt2-xl");
        assertThat(MODELS.find("gpt3")).isEqualTo(Optional.empty());
    }

    @ParameterizedTest
    @CsvSource({
        "gpt2xl,        Unknown model 'gpt2xl'; did you mean gpt2-xl?",
        "gtp2,          Unknown model 'gtp2'; did you mean gpt2?",
        "GPT_Neo-125M,  Unknown model 'GPT_Neo-125M'; did you mean gpt-neo-125m?",
        "demo-gtp2,     Unknown model 'demo-gtp2'; did you mean demo-gpt2?"
    })
    void aMistypedNameIsAnsweredWithTheClosest(String typed, String message) {
        assertThatThrownBy(() -> MODELS.require(typed))
                .isInstanceOf(Problem.class)
                .hasMessage(message);
    }

    @Test
    void aNameFarFromAllIsAnsweredWithAll() {
        assertThatThrownBy(() -> MODELS.require("llama"))
                .hasMessageStartingWith("Unknown model 'llama'; known are demo-gpt-neo, demo-gpt2, dinov2-base,");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"alias\":\"a\"                                             | not valid JSON",
                "[]                                                           | must be a JSON object",
                "{\"hub_id\":\"o/a\",\"parameters\":1}                        | the field \"alias\" is missing",
                "{\"alias\":\"b\",\"hub_id\":\"o/a\",\"parameters\":1}        | the alias is \"b\": expected the file's name",
                "{\"alias\":\"a\",\"parameters\":1}                           | either \"hub_id\" or \"directory\", found neither",
                "{\"alias\":\"a\",\"hub_id\":\"o/a\",\"directory\":\"a\"}     | either \"hub_id\" or \"directory\", found both",
                "{\"alias\":\"a\",\"hub_id\":\"oa\",\"parameters\":1}         | \"hub_id\" is \"oa\": expected text of the form",
                "{\"alias\":\"a\",\"directory\":\"../x\",\"parameters\":1}    | \"directory\" is \"../x\": expected text of the form",
                "{\"alias\":\"a\",\"hub_id\":\"o/a\",\"parameters\":1}        | the field \"config\" is missing",
                "{\"alias\":\"a\",\"hub_id\":\"o/a\",\"config\":{}}           | the config names no \"model_type\"",
                "{\"alias\":\"a\",\"hub_id\":\"o/a\",\"config\":{\"model_type\":\"gpt2\"},\"parameters\":0} | \"parameters\" must be their number",
                "{\"alias\":\"a\",\"hub_id\":\"o/a\",\"config\":{\"model_type\":\"gpt2\"},\"parameters\":1,\"tokenizer\":\"t\"} | the tokenizer it names is missing",
                "{\"alias\":\"a\",\"hubid\":\"o/a\",\"parameters\":1}         | unknown field \"hubid\"; known are [alias, config,",
                "{\"alias\":\"a\",\"directory\":\"a\",\"config\":{},\"parameters\":1} | \"config\" beside \"directory\"",
                "{\"alias\":\"a\",\"directory\":\"a\",\"parameters\":1}       | config.json: the config is missing",
            })
    void aMalformedFileIsNamed(String content, String message) throws IOException {
        Files.writeString(folder.resolve("a.json"), content);

        assertThatThrownBy(() -> KnownModels.in(folder))
                .isInstanceOf(Problem.class)
                .hasMessageStartingWith(folder.resolve("a").toString())
                .hasMessageContaining(message);
    }

    @Test
    void aNewFileIsAllItTakes() throws IOException {
        Files.writeString(
                folder.resolve("my-model.json"),
                "{\"alias\":\"my-model\",\"hub_id\":\"me/My-Model\",\"config\":{\"model_type\":\"gpt2\"},\"parameters\":5}");

        KnownModel model = KnownModels.in(folder).require("my-model");

        assertThat(model.revision()).isEqualTo("main");
        assertThat(model.tokenizer()).isEmpty();
        assertThat(model.parameters()).isEqualTo(5);
    }

    private static long first(JsonNode config, String gpt2, String neo) {
        return (config.has(gpt2) ? config.get(gpt2) : config.get(neo)).longValue();
    }
}
