package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.consensusprobe.Reference;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.hub.ByteProgress;
import org.consensusprobe.hub.FakeHub;
import org.consensusprobe.hub.HubFixture;
import org.consensusprobe.hub.HubSettings;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Values;
import org.consensusprobe.results.Npy;
import org.consensusprobe.torch.DType;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.SafetensorsFile;
import org.consensusprobe.weights.StoredTensor;
import org.consensusprobe.weights.TensorValues;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters merged here against PEFT's {@code merge_and_unload} in float64; made by scripts/adapters.py. */
class AdapterTest {
    private static final Path ADAPTERS = Path.of("src/test/resources/adapters");

    /** The script keeps every so many entries of a tensor. */
    private static final int STRIDE = 11;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gpt2-lora",
                "gpt2-dora",
                "gpt2-biases",
                "gpt2-lora-bias",
                "llama-rslora",
                "llama-dora",
                "bert-lora",
                "gemma3-lora"
            })
    void mergedWeightsAndCurvesAreThoseOfPeft(String name) {
        Map<String, StoredTensor> expected = SafetensorsFile.read(ADAPTERS.resolve(name + "/expected.safetensors"))
                .tensors();
        Subject subject = find(plan(name, 1)).subject();
        Map<String, double[]> merged = TensorValues.of(subject.table(plan(name, 1), float64()));
        Map<String, double[]> base = TensorValues.of(subject.table(plan(name, 0), float64()));

        Set<String> changed = merged.keySet();
        changed.removeIf(key -> java.util.Arrays.equals(merged.get(key), base.get(key)));
        assertThat(changed).isNotEmpty();
        for (String key : changed) {
            double[] wanted = TensorValues.of(expected.entrySet().stream()
                    .filter(e -> e.getKey().equals(key) || e.getKey().endsWith("." + key))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(key + " is not changed by PEFT"))
                    .getValue());
            double[] here = merged.get(key);
            assertThat((here.length + STRIDE - 1) / STRIDE).isEqualTo(wanted.length);
            for (int i = 0; i < wanted.length; i++) {
                assertThat(here[i * STRIDE]).as(key).isCloseTo(wanted[i], within(1e-12));
            }
        }
        assertThat(expected.size() - 1).as("all that PEFT changes").isEqualTo(changed.size());
        double[][] error = error(name, "1", "float64");
        double[] wanted = TensorValues.of(expected.get("error"));
        for (int i = 0; i < wanted.length; i++) {
            assertThat(error[i / error[0].length][i % error[0].length]).isCloseTo(wanted[i], within(1e-9));
        }
    }

    @Test
    void aScaleOfNothingIsTheBaseModelToTheBit() throws IOException {
        Path base = run("--model", model("tiny-gpt2"), "--dtype", "float32");
        Path none = run(
                "--adapter",
                ADAPTERS.resolve("gpt2-dora").toString(),
                "--model",
                model("tiny-gpt2"),
                "--adapter-scale",
                "0",
                "--dtype",
                "float32");
        Path half = run(
                "--adapter",
                ADAPTERS.resolve("gpt2-dora").toString(),
                "--model",
                model("tiny-gpt2"),
                "--adapter-scale",
                "1/2",
                "--dtype",
                "float32");

        assertThat(none.resolve("error.npy")).hasSameBinaryContentAs(base.resolve("error.npy"));
        assertThat(Files.readAllBytes(half.resolve("error.npy")))
                .isNotEqualTo(Files.readAllBytes(base.resolve("error.npy")));
    }

    @Test
    void weightsLieOnTheLineFromTheBaseToTheAdapted() {
        for (String name : List.of("gpt2-lora", "gpt2-dora", "gpt2-biases", "llama-rslora")) {
            Subject subject = find(plan(name, 1)).subject();
            Map<String, double[]> base = TensorValues.of(subject.table(plan(name, 0), float64()));
            Map<String, double[]> whole = TensorValues.of(subject.table(plan(name, 1), float64()));
            Map<String, double[]> beyond = TensorValues.of(subject.table(plan(name, 1.5), float64()));
            base.forEach((key, from) -> {
                for (int i = 0; i < from.length; i += 7) {
                    double there = from[i] + 1.5 * (whole.get(key)[i] - from[i]);
                    assertThat(beyond.get(key)[i]).isCloseTo(there, within(1e-12));
                }
            });
        }
    }

    @Test
    void theModelIsTheOneThatTheAdapterNames() throws IOException {
        Path copy = copy("gpt2-lora");
        edit(copy, config -> config.put("base_model_name_or_path", model("tiny-gpt2")));
        Path run = run("--adapter", copy.toString(), "--dtype", "float64");

        assertThat(Npy.read(run.resolve("error.npy")).rows()).isEqualTo(error("gpt2-lora", "1", "float64"));
        assertThat(Files.readString(run.resolve("manifest.json")))
                .contains(
                        "\"adapter\" : \"copy\"", "adapter_model.safetensors", "adapter_config.json", "\"tiny-gpt2\"");
    }

    /** Beside an adapter alone stand the twins of the model that it names; random weights have nothing to merge it into. */
    @Test
    void otherCommandsTakeTheAdaptersModelToo() throws IOException {
        Path copy = copy("gpt2-lora");
        edit(copy, config -> config.put("base_model_name_or_path", model("tiny-gpt2")));
        String adapter = copy.toString();
        String prompts = "random:2x8";
        String out = folder.resolve("out").toString();

        CommandResult.of(
                        "check",
                        "--adapter",
                        adapter,
                        "--prompts",
                        prompts,
                        "--passes",
                        "4",
                        "--weight-seeds",
                        "1",
                        "--out",
                        out + "-check")
                .succeeded();
        CommandResult.of("run", "--adapter", adapter, "--prompts", prompts, "--dry-run")
                .succeeded();
        for (String command : List.of("check", "settle", "timeline", "attribute")) {
            CommandResult.of(command).refused(2, "Missing required parameter: 'M' (or --adapter)");
        }
        CommandResult.of(
                        "settle",
                        "--adapter",
                        adapter,
                        "--prompts",
                        prompts,
                        "--passes",
                        "16",
                        "--spectra",
                        "0",
                        "--starts",
                        "0",
                        "--out",
                        out + "-settle")
                .succeeded();
        CommandResult.of(
                        "attribute",
                        "--adapter",
                        adapter,
                        "--prompts",
                        prompts,
                        "--passes",
                        "1",
                        "--out",
                        out + "-attribute")
                .succeeded();
        Path sweep = Files.writeString(
                folder.resolve("sweep.json"),
                "{\"adapter\": %s, \"prompts\": \"%s\", \"passes\": 1, \"grid\": {\"adapter_scale\": [0, 1]}}"
                        .formatted(StrictJson.mapper().writeValueAsString(adapter), prompts));
        CommandResult.of("sweep", sweep.toString(), "--out", out + "-sweep").succeeded();

        for (String command : List.of("check", "settle", "sweep")) {
            assertThat(plans(Path.of(out + "-" + command)))
                    .as(command)
                    .hasSizeGreaterThan(1)
                    .allMatch(p -> p.model().name().equals("tiny-gpt2"))
                    .allMatch(p -> p.model().adapter().isPresent()
                            == p.weights().mode().needsCheckpoint());
        }
    }

    /** Each step of a training with the adapter, and the adapter's own model in place of the first word. */
    @Test
    void aTrainingWithAnAdapter() throws IOException {
        Path trained = Files.createDirectories(folder.resolve("trained"));
        for (int step : new int[] {1, 2}) {
            Path checkpoint = Files.createDirectory(trained.resolve("checkpoint-" + step));
            for (String file : List.of("config.json", "model.safetensors")) {
                Files.copy(Reference.folder("tiny-gpt2").resolve(file), checkpoint.resolve(file));
            }
        }
        Path copy = copy("gpt2-lora");
        edit(copy, config -> config.put("base_model_name_or_path", trained.toString()));
        Path out = folder.resolve("timeline");
        CommandResult.of(
                        "timeline",
                        "--adapter",
                        copy.toString(),
                        "--prompts",
                        "random:2x8",
                        "--passes",
                        "2",
                        "--twins",
                        "random",
                        "--out",
                        out.toString())
                .succeeded();

        assertThat(plans(out))
                .hasSize(4)
                .filteredOn(p -> p.model().adapter().isPresent())
                .hasSize(2);
    }

    /** Adapter and model come from the hub, once. */
    @Test
    void anAdapterOfTheHub() throws IOException {
        Path local = copy("gpt2-lora");
        edit(local, config -> config.put("base_model_name_or_path", "org/base"));
        try (FakeHub hub = new FakeHub()) {
            for (String file : List.of("adapter_config.json", "adapter_model.safetensors")) {
                hub.add("org/lora", file, Files.readAllBytes(local.resolve(file)));
            }
            for (String file : List.of("config.json", "model.safetensors")) {
                hub.add(
                        "org/base",
                        file,
                        Files.readAllBytes(Reference.folder("tiny-gpt2").resolve(file)));
            }
            HubSettings settings = HubSettings.from(HubFixture.environment(hub, folder.resolve("cache")));
            RunPlan plan = plan("org/lora", "tiny-gpt2", 1).with(Fields.MODEL, "");
            Subject subject = ModelLookup.online(settings, false, bars -> ByteProgress.SILENT)
                    .find(plan)
                    .subject();
            Map<String, double[]> merged = TensorValues.of(subject.table(plan, float64()));
            Map<String, double[]> here =
                    TensorValues.of(find(plan("gpt2-lora", 1)).subject().table(plan("gpt2-lora", 1), float64()));
            assertThat(merged.keySet()).isEqualTo(here.keySet());
            merged.forEach((name, values) -> assertThat(values).as(name).isEqualTo(here.get(name)));

            int requests = hub.requests();
            assertThat(ModelLookup.online(settings, true, bars -> ByteProgress.SILENT)
                            .find(plan)
                            .subject()
                            .adapter())
                    .as("offline, from the cache")
                    .isPresent();
            assertThat(hub.requests()).isEqualTo(requests);
        }
    }

    private static List<RunPlan> plans(Path folder) throws IOException {
        try (java.util.stream.Stream<Path> files = Files.walk(folder)) {
            return files.filter(f -> f.endsWith("manifest.json"))
                    .map(f -> org.consensusprobe.results.RunReader.open(f.getParent())
                            .manifest()
                            .plan())
                    .toList();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            peft_type         | "IA3"                   | an adapter of the kind IA3, which is not merged here
            peft_type         | "PROMPT_TUNING"         | an adapter of the kind PROMPT_TUNING
            init_lora_weights | "pissa_niter_4"         | training began by changing the model's own matrices
            layer_replication | [[0,2]]                 | layer_replication is [[0,2]], which is not implemented
            use_qalora        | true                    | use_qalora is true, which is not implemented
            something_new     | 3                       | something_new is 3, which is not implemented
            use_dora          | true                    | has no magnitude, but use_dora
            r                 | 5                       | expected the rank 5
            lora_alpha        | "x"                     | lora_alpha must be
            rank_pattern      | {"(a+)+$": 3}           | rank_pattern has the pattern (a+)+$
            """)
    void otherKindsAreRefusedByName(String key, String value, String words) throws IOException {
        Path copy = copy("gpt2-lora");
        edit(copy, config -> config.set(key, StrictJson.parse(value.getBytes(), "test", "value")));

        assertThatThrownBy(() -> find(plan(copy.toString(), "tiny-gpt2", 1)))
                .isInstanceOf(Problem.class)
                .hasMessageContaining(words)
                .satisfies(e -> assertThat(e.getMessage().lines()).hasSizeLessThanOrEqualTo(2));
    }

    @Test
    void anotherModelsAdapterIsRefused() {
        RunPlan plan = plan(ADAPTERS.resolve("llama-dora").toString(), "tiny-gpt2", 1);
        assertThatThrownBy(() -> find(plan).subject().table(plan, float64()))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("which the model does not have");
        RunPlan narrow = plan(ADAPTERS.resolve("gpt2-lora").toString(), "gpt2-odd-float16", 1);
        assertThatThrownBy(() -> find(narrow).subject().table(narrow, float64()))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("Is it an adapter of this model?");
    }

    @Test
    void whatCannotBeAdaptedIsSaid() {
        String adapter = ADAPTERS.resolve("gpt2-lora").toString();
        CommandResult.of("run", "--model", "demo-gpt2", "--adapter", adapter, "--weights", "random")
                .refused(2, "--adapter changes weights of a checkpoint, and --weights random draws its own");
        CommandResult.of("run", "--model", "demo-gpt2", "--adapter-scale", "2")
                .refused(2, "--adapter-scale: there is no adapter to scale");
        CommandResult.of("run", "--adapter", folder.toString()).refused(2, "no adapter_config.json in this directory");
        CommandResult.of("run", "--adapter", "nowhere").refused(2, "--adapter nowhere: no such directory");
        CommandResult.of("run").refused(2, "Missing required option: '--model=M' (or --adapter)");
    }

    private static Precision float64() {
        return Precision.uniform("cpu", DType.FLOAT64);
    }

    private static String model(String name) {
        Path family = Reference.table("families").resolve(name);
        Path folder = Files.isDirectory(family) ? family : Reference.folder(name);
        return folder.toAbsolutePath().toString();
    }

    private static String baseOf(String name) {
        String family = name.substring(0, name.indexOf('-'));
        return family.equals("gemma3") ? "gemma3-older" : "tiny-" + family;
    }

    private static RunPlan plan(String name, double scale) {
        return plan(ADAPTERS.resolve(name).toString(), baseOf(name), scale);
    }

    private static RunPlan plan(String adapter, String base, double scale) {
        return RunPlan.of(Values.NONE
                .with(Fields.MODEL, model(base))
                .with(Fields.ADAPTER, java.util.Optional.of(adapter))
                .with(Fields.ADAPTER_SCALE, scale));
    }

    private static ModelLookup.Found find(RunPlan plan) {
        return ModelLookup.online(true, bars -> ByteProgress.SILENT).find(plan);
    }

    private double[][] error(String name, String scale, String dtype) {
        String adapter = ADAPTERS.resolve(name).toString();
        Path run = run(
                "--model", model(baseOf(name)),
                "--prompts", model(baseOf(name)) + "/prompts.json",
                "--adapter", adapter,
                "--adapter-scale", scale,
                "--dtype", dtype);
        return Npy.read(run.resolve("error.npy")).rows();
    }

    private int runs;

    private Path run(String... options) {
        Path out = folder.resolve("run-" + runs++);
        List<String> args = new java.util.ArrayList<>(List.of("run", "--passes", "1", "--out", out.toString()));
        if (!List.of(options).contains("--prompts")) {
            args.addAll(List.of("--prompts", model("tiny-gpt2") + "/prompts.json"));
        }
        args.addAll(List.of(options));
        CommandResult.of(args.toArray(String[]::new)).succeeded();
        return out;
    }

    private Path copy(String name) throws IOException {
        Path copy = Files.createDirectory(folder.resolve("copy"));
        for (String file : List.of("adapter_config.json", "adapter_model.safetensors")) {
            Files.copy(ADAPTERS.resolve(name).resolve(file), copy.resolve(file));
        }
        return copy;
    }

    private static void edit(Path adapter, java.util.function.Consumer<ObjectNode> change) throws IOException {
        Path file = adapter.resolve("adapter_config.json");
        ObjectNode config = (ObjectNode) StrictJson.readObject(file, 1 << 20, "config");
        change.accept(config);
        Files.writeString(file, config.toString());
    }
}
