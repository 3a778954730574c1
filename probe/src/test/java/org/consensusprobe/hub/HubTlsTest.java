package org.consensusprobe.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.consensusprobe.common.Problem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** https as institutes have it: authorities of their own, servers nobody should trust, and a proxy's tunnel. */
@Timeout(30)
class HubTlsTest {
    private static final String TOKEN = "hf_NobodyOnTheWayMaySeeThis";

    @TempDir
    Path folder;

    private FakeHub hub;

    @AfterEach
    void stop() {
        if (hub != null) {
            hub.close();
        }
    }

    private static Path file(String name) {
        try {
            return Path.of(HubTlsTest.class.getResource("/tls/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static SSLContext certificate(String name) throws Exception {
        char[] password = "password".toCharArray();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file(name + ".p12"))) {
            store.load(in, password);
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    private void start(String certificate) throws Exception {
        hub = new FakeHub(certificate(certificate))
                .add(HubFixture.REPOSITORY, "config.json", HubFixture.config())
                .add(HubFixture.REPOSITORY, "model.safetensors", HubFixture.safetensors(10));
        hub.tokenNeeded = TOKEN;
    }

    private Snapshot pull(String... environment) {
        Map<String, String> all = new HashMap<>(HubFixture.environment(hub, folder.resolve("cache")));
        all.put("HF_TOKEN", TOKEN);
        all.put("HF_HUB_DOWNLOAD_TIMEOUT", "20"); // a handshake is slow on a busy machine
        all.put("HF_HUB_ETAG_TIMEOUT", "20");
        for (int i = 0; i < environment.length; i += 2) {
            all.put(environment[i], environment[i + 1]);
        }
        return HubFixture.client(all).snapshot(HubFixture.ID, new HubFixture.Listener());
    }

    @ParameterizedTest
    @ValueSource(strings = {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"})
    void anAuthorityThatPythonsUsersNameIsTrusted(String variable) throws Exception {
        start("server");

        Snapshot snapshot = pull(variable, file("authority.pem").toString());

        assertThat(snapshot.directory().resolve("model.safetensors")).hasBinaryContent(HubFixture.safetensors(10));
    }

    @Test
    void aFolderAndABundleWithOtherTextAreReadToo() throws Exception {
        start("server");
        Path many = Files.createDirectory(folder.resolve("many"));
        Files.writeString(
                many.resolve("bundle.pem"),
                "# authorities - of ours\n" + Files.readString(file("foreign.pem"))
                        + "-----BEGIN CERTIFICATE-----\nAAAA\n" + "-----END CERTIFICATE-----\n"
                        + Files.readString(file("authority.pem")));

        assertThat(pull("SSL_CERT_DIR", many.toString()).commit()).isEqualTo(FakeHub.COMMIT);
        Files.move(folder.resolve("cache"), folder.resolve("first"));
        assertThat(pull("SSL_CERT_FILE", many.resolve("bundle.pem").toString()).commit())
                .isEqualTo(FakeHub.COMMIT);
    }

    @Test
    void theMachinesOwnBundleIsTrustedBesideJavas() throws Exception {
        start("server");
        Trust trust = Trust.from(Map.of());
        java.net.http.HttpClient client = java.net.http.HttpClient.newBuilder()
                .sslContext(trust.context(List.of(folder.resolve("none"), file("authority.pem"))))
                .build();
        java.net.http.HttpRequest request = java.net.http.HttpRequest.newBuilder(
                        java.net.URI.create(hub.endpoint() + "/api/models/org/none"))
                .build();

        assertThat(client.send(request, java.net.http.HttpResponse.BodyHandlers.discarding())
                        .statusCode())
                .isBetween(400, 499);
        assertThat(trust.context(List.of())).isNotNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "server | foreign.pem | signed by an authority that is not known here (looked in",
                "expired | authority.pem | its certificate has expired (NotAfter: Fri Jan 01",
                "elsewhere | authority.pem | its certificate is for another host",
            })
    void aCertificateThatProvesNothingIsRefusedInWords(String server, String authority, String words) throws Exception {
        start(server);

        assertThatThrownBy(() -> pull("SSL_CERT_FILE", file(authority).toString()))
                .isInstanceOf(Problem.class)
                .hasMessageContaining(": no trusted connection: ")
                .hasMessageContaining(words)
                .hasMessageNotContaining("Exception");
        assertThat(hub.seen).as("nothing is said to a stranger").isEmpty();
    }

    @Test
    void anAuthorityOfTheServersOwnIsNotTrustedUnasked() throws Exception {
        start("server");

        assertThatThrownBy(this::pull)
                .hasMessageContaining("Java's and the machine's authorities")
                .hasMessageContaining("SSL_CERT_FILE=");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/nowhere/ca.pem | no such file or folder",
                "foreign.p12.none | no such file",
                "make.sh | no certificate is in it"
            })
    void aVariableThatNamesNoAuthorityIsRefused(String name, String words) throws Exception {
        start("server");
        String value = name.equals("make.sh") ? file(name).toString() : name;

        assertThatThrownBy(() -> pull("REQUESTS_CA_BUNDLE", value))
                .isInstanceOf(Problem.class)
                .hasMessageStartingWith("REQUESTS_CA_BUNDLE is '" + value + "': " + words);
    }

    @Test
    void plainHttpWhereHttpsIsExpectedIsSaid() throws Exception {
        start("server");
        try (ServerSocket plain = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread answering = new Thread(() -> {
                while (!plain.isClosed()) {
                    answerPlainly(plain);
                }
            });
            answering.start();

            // the JDK's client loses the failure once in some hundred times and waits; the next attempt tells
            assertThatThrownBy(() -> pull(
                            "HF_ENDPOINT", "https://127.0.0.1:" + plain.getLocalPort(), "HF_HUB_ETAG_TIMEOUT", "5"))
                    .hasMessageContaining("it does not speak https");
        }
    }

    private static void answerPlainly(ServerSocket plain) {
        try (Socket client = plain.accept()) {
            client.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            client.getInputStream().readAllBytes();
        } catch (IOException e) {
            // the client went away, or the test has ended
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ada:se%3Acret"})
    void aProxysTunnelIsTakenAndSeesNoToken(String login) throws Exception {
        start("server");
        try (ConnectProxy proxy = new ConnectProxy(login.isEmpty() ? null : "ada:se:cret")) {
            Snapshot snapshot = pull(
                    "SSL_CERT_FILE",
                    file("authority.pem").toString(),
                    "HTTPS_PROXY",
                    "http://" + (login.isEmpty() ? "" : login + "@") + proxy.address());

            assertThat(snapshot.directory().resolve("config.json")).exists();
            assertThat(proxy.tunnels()).as("API, files and storage").isGreaterThanOrEqualTo(2);
            assertThat(proxy.seen()).startsWith("CONNECT 127.0.0.1:").doesNotContain(TOKEN, "Bearer");
        }
    }

    @ParameterizedTest
    @CsvSource({"'', asks for a user name and a password", "ada:wrong@, does not accept the user name and password"})
    void aProxyThatWantsALoginSaysSo(String login, String words) throws Exception {
        start("server");
        try (ConnectProxy proxy = new ConnectProxy("ada:secret")) {
            assertThatThrownBy(() -> pull(
                            "SSL_CERT_FILE",
                            file("authority.pem").toString(),
                            "HTTPS_PROXY",
                            "http://" + login + proxy.address()))
                    .isInstanceOf(Problem.class)
                    .hasMessageStartingWith("The proxy " + proxy.address())
                    .hasMessageContaining(words)
                    .hasMessageNotContaining("wrong");
            assertThat(hub.seen).isEmpty();
        }
    }

    @Test
    void aProxyThatRefusesATunnelIsNamed() throws Exception {
        start("server");
        try (ConnectProxy proxy = new ConnectProxy(null)) {
            proxy.refuse();

            assertThatThrownBy(() -> pull("HTTPS_PROXY", "http://" + proxy.address()))
                    .isInstanceOf(Problem.class)
                    .hasMessageContaining("the proxy " + proxy.address() + " refuses a connection to it (403)");
        }
    }
}
