package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.consensusprobe.cli.models.ModelsCommand;
import org.consensusprobe.common.Home;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.hub.FakeHub;
import org.consensusprobe.hub.HubFixture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ModelsCommandTest {
    private static final String REPOSITORY = "org/demo";

    @TempDir
    Path folder;

    private FakeHub hub;
    private Path models;
    private Map<String, String> environment;
    private StringWriter out;
    private StringWriter err;

    @BeforeEach
    void startHubWithTheDemoModel() throws IOException {
        hub = new FakeHub();
        for (String file : new String[] {"config.json", "model.safetensors", "tokenizer.json"}) {
            hub.add(
                    REPOSITORY,
                    file,
                    Files.readAllBytes(Home.models().resolve("demo-gpt2").resolve(file)));
        }
        environment = new HashMap<>(HubFixture.environment(hub, folder.resolve("cache")));
        models = Files.createDirectory(folder.resolve("models"));
        Files.writeString(
                models.resolve("demo.json"),
                "{\"alias\": \"demo\", \"hub_id\": \"org/demo\", \"revision\": \"" + FakeHub.COMMIT
                        + "\", \"parameters\": 4444032, \"config\": "
                        + Files.readString(Home.models().resolve("demo-gpt2/config.json")) + "}");
    }

    @AfterEach
    void stopHub() {
        hub.close();
    }

    @Test
    void pullFetchesShowsProgressAndEndsWithTheFolder() {
        assertThat(run("pull", "demo")).isZero();

        Path snapshot = folder.resolve("cache/models--org--demo/snapshots").resolve(FakeHub.COMMIT);
        assertThat(out.toString()).endsWith(snapshot + System.lineSeparator());
        assertThat(snapshot.resolve("model.safetensors")).exists();
        assertThat(err.toString())
                .contains("Fetching org/demo@" + FakeHub.COMMIT + ": 3 files, ")
                .contains(": done");
        assertThat(run("pull", "demo", "--offline"))
                .as("a pinned commit that is there")
                .isZero();
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void pullRefusesWhatCannotBePulled() {
        assertFails("is a directory", "pull", folder.toString());
        assertFails("leave out --revision", "pull", "org/demo@main", "--revision", "v1");
        assertFails("has no revision 'v1'", "pull", "org/demo", "--revision", "v1");
        assertFails("this run is offline", "pull", "org/demo", "--offline");
    }

    @Test
    void listShowsAliasesAndTheCache() {
        assertThat(run("list")).isZero();
        assertThat(out.toString())
                .containsPattern("demo +4\\.4 M +org/demo +-")
                .contains("In the cache " + folder.resolve("cache"))
                .contains("nothing yet");

        run("pull", "org/demo");
        assertThat(run("list")).isZero();
        assertThat(out.toString())
                .containsPattern("demo +4\\.4 M +org/demo +cached")
                .containsPattern("org/demo +main +0123456789 +[\\d.]+ MB +ready")
                .contains("MB on disk");
    }

    @Test
    void listAsJsonHasWhatScriptsNeed() throws IOException {
        run("pull", "org/demo");
        assertThat(run("list", "--json")).isZero();

        JsonNode json = StrictJson.mapper().readTree(out.toString());
        assertThat(json.at("/known/0/alias").asText()).isEqualTo("demo");
        assertThat(json.at("/known/0/directory").asText()).endsWith(FakeHub.COMMIT);
        assertThat(json.at("/cached/0/commits/0/revisions/0").asText()).isEqualTo("main");
        assertThat(json.at("/cached/0/commits/0/missing")).isEmpty();
    }

    @Test
    void infoOfAModelElsewhereReadsHeadersOnly() {
        assertThat(run("info", "org/demo")).isZero();

        assertThat(out.toString())
                .containsPattern("model +org/demo@main")
                .containsPattern("commit +" + FakeHub.COMMIT)
                .containsPattern("where +not in the cache; a pull fetches [\\d.]+ MB")
                .containsPattern("architecture +gpt2 \\(GPT2LMHeadModel\\)")
                .containsPattern("parameters +4,444,032")
                .containsPattern("layers +8 of width 192, 6 heads, feed-forward 768")
                .containsPattern("stored +\\d+ tensors: F")
                .containsPattern("memory +[\\d.]+ MB with layers streamed, [\\d.]+ MB with all of them resident");
        assertThat(folder.resolve("cache")).doesNotExist();
    }

    @Test
    void infoOfACachedModelADirectoryAndAnAliasOfflineAgree() throws IOException {
        run("info", "demo", "--offline", "--json");
        JsonNode alias = StrictJson.mapper().readTree(out.toString());
        run("pull", "org/demo");
        run("info", "org/demo", "--json");
        JsonNode cached = StrictJson.mapper().readTree(out.toString());
        run("info", Home.models().resolve("demo-gpt2").toString(), "--json");
        JsonNode directory = StrictJson.mapper().readTree(out.toString());

        for (String field : new String[] {"parameters", "layers", "vocabulary", "memory_streamed_bytes"}) {
            assertThat(alias.get(field)).as(field).isNotNull().isEqualTo(cached.get(field));
            assertThat(directory.get(field)).as(field).isEqualTo(cached.get(field));
        }
        assertThat(cached.get("stored_bytes")).isEqualTo(directory.get("stored_bytes"));
        assertThat(alias.get("where").asText()).contains("models/demo.json");
    }

    @Test
    void infoOfAnUnknownArchitectureSaysWhatIsKnownAndWhyItCannotRun() {
        hub.add("org/odd", "config.json", "{\"model_type\": \"mamba\", \"n_layer\": 3}".getBytes())
                .add("org/odd", "model.safetensors", HubFixture.safetensors(5));

        assertThat(run("info", "org/odd")).isZero();
        assertThat(out.toString())
                .containsPattern("architecture +mamba")
                .containsPattern("parameters +5")
                .containsPattern("cannot be run +config.json: model_type \"mamba\" has layers of linear attention or");
    }

    @Test
    void verifyHashesEveryFileAndSaysWhichToDelete() throws IOException {
        assertFails("is not in the cache", "verify", "org/demo");
        run("pull", "org/demo");
        assertThat(run("verify", "org/demo", "--offline")).isZero();
        assertThat(out.toString())
                .containsPattern("right +[\\d.]+ MB +model.safetensors +SHA-256 [0-9a-f]{64}")
                .containsPattern("right +[\\d.]+ k?B +config.json +git blob SHA-1 [0-9a-f]{40}");

        Path weights = folder.resolve("cache/models--org--demo/snapshots/" + FakeHub.COMMIT + "/model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length - 1] ^= 1;
        Files.write(weights, bytes);

        assertThat(run("verify", "org/demo")).isEqualTo(Problem.FAILED);
        assertThat(out.toString()).containsPattern("wrong +[\\d.]+ MB +model.safetensors");
        assertThat(err.toString())
                .contains("these are wrong or missing: model.safetensors.")
                .contains("Delete " + weights.toRealPath() + ", then fetch again: consensus models pull org/demo@main");

        Files.delete(weights.toRealPath());
        assertThat(run("pull", "org/demo")).isZero();
        assertThat(run("verify", "org/demo")).as("the advice helps").isZero();
    }

    @Test
    void verifyOfADirectorySaysWhatCanBeChecked() {
        assertThat(run("verify", Home.models().resolve("demo-gpt2").toString())).isZero();
        assertThat(out.toString()).contains("nobody says what they should hash to. Their structure is right");
    }

    @Test
    void aCommandWithoutSubcommandNamesThem() {
        assertThat(run()).isEqualTo(2);
        assertThat(err.toString()).contains("Missing subcommand: list, pull, info or verify.");
    }

    private void assertFails(String words, String... args) {
        assertThat(run(args)).isEqualTo(Problem.WRONG_INPUT);
        assertThat(err.toString()).contains(words);
    }

    private int run(String... args) {
        out = new StringWriter();
        err = new StringWriter();
        return new CommandLine(new ModelsCommand(models, environment))
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    if (e instanceof Problem problem) {
                        command.getErr().println(problem.getMessage());
                        return problem.exitCode();
                    }
                    throw e;
                })
                .execute(args);
    }
}
