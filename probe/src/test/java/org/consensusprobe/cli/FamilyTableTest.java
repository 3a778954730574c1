package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.consensusprobe.Reference;
import org.consensusprobe.cli.models.FamilyTable;
import org.consensusprobe.common.Home;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.model.Architectures;
import org.consensusprobe.model.FamilyTrial;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.weights.Checkpoint;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What {@code families.json} says was tried of every family is what there is, what the docs say, and what can be done. */
class FamilyTableTest {
    @TempDir
    Path folder;

    @Test
    void noFamilyIsForgotten() {
        List<String> registered = Architectures.all().stream()
                .map(Architectures.Architecture::modelType)
                .toList();

        assertThat(FamilyTrial.all()).extracting(FamilyTrial::modelType).containsExactlyElementsOf(registered);
        assertThat(checkpoints().keySet()).containsAll(registered);
    }

    @Test
    void theDocsHaveTheSameTable() throws IOException {
        String page = Files.readString(Home.directory().resolve("docs/families.md"));

        assertThat(page).contains(FamilyTable.markdown());
        Set<String> described = page.lines()
                .filter(line -> line.matches("\\| `.* \\| `\\w+` \\|.*"))
                .flatMap(line -> Stream.of(line.split("\\|")[1].split("[` ,]+")))
                .filter(type -> !type.isEmpty())
                .collect(Collectors.toSet());
        assertThat(described)
                .containsExactlyInAnyOrderElementsOf(Architectures.all().stream()
                        .map(Architectures.Architecture::modelType)
                        .toList());
    }

    @Test
    void theCommandPrintsIt() {
        CommandResult text = CommandResult.of("models", "list", "--families");
        text.succeeded();
        assertThat(text.out()).contains("What was tried of every family").contains("qwen3_vl_text");
        CommandResult json = CommandResult.of("models", "list", "--families", "--json");
        json.succeeded();
        JsonNode families =
                StrictJson.parse(json.out().getBytes(), "output", "JSON").get("families");
        assertThat(families.size()).isEqualTo(Architectures.all().size());
        assertThat(families.get(0).get("model_type").asText()).isEqualTo("albert");
        assertThat(families.get(0).get("does_not_apply").get(0).asText()).isEqualTo("next tokens");
    }

    /** Both figures of every family; in float32 without the three of which a checkpoint multiplies rounding by more. */
    @Test
    void everyFigureIsMeasuredAndWithinItsBound() {
        for (FamilyTrial trial : FamilyTrial.all()) {
            assertThat(figures(trial.float64())[0]).as(trial.modelType()).isLessThanOrEqualTo(1e-9);
            assertThat(figures(trial.float64())[1]).as(trial.modelType()).isLessThanOrEqualTo(1e-8);
            boolean multiplies = Set.of("modernbert", "nomic_bert", "t5").contains(trial.modelType());
            assertThat(figures(trial.float32())[0]).as(trial.modelType()).isLessThanOrEqualTo(multiplies ? 1e-4 : 5e-6);
            assertThat(figures(trial.float32())[1]).as(trial.modelType()).isLessThanOrEqualTo(multiplies ? 1e-3 : 1e-4);
        }
    }

    private static double[] figures(String text) {
        assertThat(text).matches("\\de-\\d+, \\de-\\d+");
        return Stream.of(text.split(", ")).mapToDouble(Double::parseDouble).toArray();
    }

    @Test
    void kindsAreThoseOfTheModels() {
        Map<String, Path> checkpoints = checkpoints();
        for (FamilyTrial trial : FamilyTrial.all()) {
            Path checkpoint = checkpoints.get(trial.modelType());
            Transformer model = Architectures.of(Checkpoint.open(checkpoint).config(), checkpoint);
            String kind = model.images().isPresent() ? "images" : model.causal() ? "decoder" : "encoder";
            assertThat(kind)
                    .as(trial.modelType())
                    .isEqualTo(trial.modelType().equals("xlnet") ? kind : trial.kind()); // both, as its config says
        }
    }

    @Test
    void everyFamilyWithGgufFilesHasOneThatIsTested() throws IOException {
        try (Stream<Path> files = Files.walk(Reference.table("gguf"))) {
            List<String> names = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".gguf"))
                    .toList();
            for (FamilyTrial trial : FamilyTrial.all()) {
                assertThat(names.stream().anyMatch(name -> name.matches("(tiny-)?" + trial.modelType() + "[-.].*"))
                                || !trial.gguf())
                        .as(trial.modelType())
                        .isTrue();
            }
        }
    }

    /**
     * All that the table says was tried can be done with a tiny checkpoint, or is refused in two lines: of one family a kind, since
     * all of them take minutes ({@code -Dconsensus.families.only=.*}).
     */
    @Tag("slow")
    @TestFactory
    Stream<DynamicTest> whatWasTriedWorks() {
        Map<String, Path> checkpoints = checkpoints();
        return FamilyTrial.all().stream()
                .filter(trial -> trial.modelType()
                        .matches(System.getProperty("consensus.families.only", "gpt2|gemma3|t5|dinov2|deepseek_v3")))
                .map(trial -> DynamicTest.dynamicTest(
                        trial.modelType(), () -> use(trial, checkpoints.get(trial.modelType()))));
    }

    private void use(FamilyTrial trial, Path checkpoint) throws IOException {
        boolean images = trial.kind().equals("images");
        String prompts = images ? checkpoint.resolve("pixels.npy").toString() : "random:2x6";
        Path out = folder.resolve(trial.modelType());
        List<String> common = List.of(
                "--model",
                checkpoint.toString(),
                "--prompts",
                prompts,
                "--passes",
                "2",
                "--dtype",
                "float64",
                "--force");
        byte[] whole = run(out, common, "--weights", "trained");
        for (List<String> other : List.of(
                List.of("--weights", "shuffled"),
                List.of("--weights", "random"),
                List.of("--no-feed-forward"),
                List.of("--skip-attention", "0"),
                List.of("--beta", "0.5"))) {
            assertThat(run(out, common, other.toArray(String[]::new)))
                    .as(other.toString())
                    .isNotEqualTo(whole);
        }
        CommandResult spectrum =
                CommandResult.of("spectrum", checkpoint.toString(), "--out", out + "-spectrum", "--force");
        allowed(spectrum, !trial.without().contains("spectrum"));
        CommandResult text = CommandResult.of(
                "generate",
                "--model",
                checkpoint.toString(),
                "--prompts",
                "random:1x4",
                "--tokens",
                "1",
                "--out",
                out + "-text");
        boolean headless = text.err().contains("scores no next token"); // some tiny checkpoints have no head
        allowed(text, trial.kind().equals("decoder") && !headless);
    }

    private static void allowed(CommandResult result, boolean works) {
        if (works) {
            result.succeeded();
        } else {
            result.refused(2, "consensus: ");
        }
    }

    private byte[] run(Path out, List<String> common, String... options) throws IOException {
        List<String> args = new ArrayList<>(List.of("run", "--out", out.toString()));
        args.addAll(common);
        args.addAll(List.of(options));
        CommandResult.of(args.toArray(String[]::new)).succeeded();
        return Files.readAllBytes(out.resolve("error.npy"));
    }

    /** A checkpoint of every family. */
    private static Map<String, Path> checkpoints() {
        Map<String, Path> found = new TreeMap<>();
        for (String place : List.of("reference", "families")) {
            try (Stream<Path> folders = Files.list(Reference.table(place))) {
                folders.filter(path -> Files.exists(path.resolve("config.json")))
                        .filter(path -> !Checkpoint.readConfig(path).has("quantization_config"))
                        .sorted(Comparator.comparing((Path path) ->
                                        !path.getFileName().toString().startsWith("tiny-"))
                                .thenComparing(Comparator.naturalOrder()))
                        .forEach(path -> found.putIfAbsent(
                                Checkpoint.readConfig(path).path("model_type").asText(), path));
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
        for (String text : List.of("qwen2_vl", "qwen2_5_vl", "qwen3_vl")) {
            found.put(text + "_text", found.get(text)); // what is run of these
        }
        return found;
    }
}
