package org.consensusprobe.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.consensusprobe.hub.HubFixture.ID;
import static org.consensusprobe.hub.HubFixture.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.consensusprobe.common.Problem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubTokenTest {
    private static final String TOKEN = "hf_TheTokenThatNobodyMaySee";

    @TempDir
    Path folder;

    private FakeHub hub;
    private Map<String, String> environment;
    private final HubFixture.Listener listener = new HubFixture.Listener();

    @BeforeEach
    void startHub() {
        hub = HubFixture.hub(1000);
        hub.tokenNeeded = TOKEN;
        environment = HubFixture.environment(hub, folder.resolve("cache"));
        environment.put("HF_TOKEN", TOKEN);
    }

    @AfterEach
    void stopHub() {
        hub.close();
    }

    @Test
    void theTokenGoesToTheHubAndNotToTheHostItRedirectsTo() {
        client(environment).snapshot(ID, listener);

        assertThat(hub.seen).filteredOn(s -> !s.storage()).isNotEmpty().allMatch(s -> ("Bearer " + TOKEN)
                .equals(s.header("Authorization")));
        assertThat(hub.seen).filteredOn(FakeHub.Seen::storage).isNotEmpty().allSatisfy(s -> {
            assertThat(s.header("Authorization")).isNull();
            assertThat(s.headers().toString() + s.path()).doesNotContain(TOKEN);
        });
    }

    @Test
    void theTokenIsInNoFileOfTheCache() throws IOException {
        client(environment).snapshot(ID, listener);

        try (var files = Files.walk(folder)) {
            assertThat(files.filter(Files::isRegularFile)).isNotEmpty().allSatisfy(file -> assertThat(
                            new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                    .doesNotContain(TOKEN));
        }
    }

    @Test
    void neitherTokenNorSignedAddressIsInAnyErrorOrItsTrace() {
        PrintStream stderr = System.err;
        PrintStream stdout = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            for (int status : new int[] {400, 401, 403, 404, 416, 418, 429, 500, 503}) {
                for (String path : new String[] {"/api", "model.safetensors", "config.json"}) {
                    assertSilent(status, path);
                }
            }
        } finally {
            System.setErr(stderr);
            System.setOut(stdout);
        }
        assertThat(printed.toString(StandardCharsets.UTF_8)).doesNotContain(TOKEN);
        assertThat(HubSettings.from(environment).toString()).doesNotContain(TOKEN);
    }

    private void assertSilent(int status, String path) {
        for (int i = 0; i < 4; i++) {
            hub.fault(path, FakeHub.status(status, "X-Error-Message", "no luck"));
        }
        environment.put("HF_HUB_CACHE", folder.resolve(status + path).toString());
        assertThatThrownBy(() -> client(environment).pull(ID, listener)).satisfies(error -> {
            StringWriter trace = new StringWriter();
            error.printStackTrace(new PrintWriter(trace));
            assertThat(trace.toString()).doesNotContain(TOKEN).doesNotContain("very-secret");
        });
        hub.clearFaults();
    }

    @Test
    void aTokenThatIsNoHeaderIsRefusedWithoutBeingShown() {
        environment.put("HF_TOKEN", "hf_with a späce");

        assertThatThrownBy(() -> HubSettings.from(environment))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("The Hugging Face token holds spaces")
                .hasMessageNotContaining("with a");
    }

    @Test
    void theTokenFileIsReadWhereNoVariableIsSet() throws IOException {
        environment.remove("HF_TOKEN");
        Path home = Files.createDirectories(Path.of(environment.get("HF_HOME")));
        Files.writeString(home.resolve("token"), TOKEN + "\n");

        assertThat(client(environment).snapshot(ID, listener).directory()).exists();
    }

    @Test
    void theOldVariableAndTheFilesOwnVariableAreRead() throws IOException {
        environment.remove("HF_TOKEN");
        assertThat(HubSettings.from(environment).token()).isEmpty();

        environment.put("HUGGING_FACE_HUB_TOKEN", TOKEN);
        assertThat(HubSettings.from(environment).token()).isPresent();

        environment.remove("HUGGING_FACE_HUB_TOKEN");
        environment.put(
                "HF_TOKEN_PATH",
                Files.writeString(folder.resolve("my-token"), TOKEN).toString());
        assertThat(HubSettings.from(environment).token()).isPresent();

        environment.put("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1");
        assertThat(HubSettings.from(environment).token()).isEmpty();
    }

    @Test
    void aGatedModelSaysWhereToAcceptItsConditions() {
        hub.fault("/api", FakeHub.status(403, "X-Error-Code", "GatedRepo"));
        assertThatThrownBy(() -> client(environment).snapshot(ID, listener))
                .isInstanceOfSatisfying(
                        Problem.class, p -> assertThat(p.exitCode()).isEqualTo(Problem.WRONG_INPUT))
                .hasMessageContaining("org/tiny is gated (403)")
                .hasMessageContaining("accept its conditions at " + hub.endpoint() + "/org/tiny");

        environment.remove("HF_TOKEN");
        hub.fault("/api", FakeHub.status(401, "X-Error-Code", "GatedRepo"));
        assertThatThrownBy(() -> client(environment).snapshot(ID, listener))
                .hasMessageContaining("org/tiny is gated (401)")
                .hasMessageContaining("accept its conditions at " + hub.endpoint() + "/org/tiny")
                .hasMessageContaining("set HF_TOKEN");
    }

    @Test
    void withoutATokenAPrivateOrMisspeltModelSaysBoth() {
        environment.remove("HF_TOKEN");

        assertThatThrownBy(() -> client(environment).snapshot(ModelId.parse("org/misspelt"), listener))
                .hasMessageContaining("org/misspelt: the model does not exist")
                .hasMessageContaining("private or gated (401)")
                .hasMessageContaining("HF_TOKEN and " + Path.of(environment.get("HF_HOME"), "token"));
    }

    @Test
    void aTokenThatTheHubRefusesIsBlamed() {
        environment.put("HF_TOKEN", "hf_old");

        assertThatThrownBy(() -> client(environment).snapshot(ID, listener))
                .hasMessageContaining("does not accept the token")
                .hasMessageContaining("(401)")
                .hasMessageNotContaining("hf_old");
    }

    @Test
    void forbiddenSaysWhereToLook() {
        hub.fault("/api", FakeHub.status(403, "X-Error-Message", "Token lacks read permission."));

        assertThatThrownBy(() -> client(environment).snapshot(ID, listener))
                .hasMessageContaining("refuses access (403): Token lacks read permission.")
                .hasMessageContaining(hub.endpoint() + "/org/tiny");
    }
}
