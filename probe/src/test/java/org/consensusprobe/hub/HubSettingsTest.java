package org.consensusprobe.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.consensusprobe.common.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HubSettingsTest {
    private static final Path HOME = Path.of("home", "ada").toAbsolutePath();

    @Test
    void theCacheIsWhereHuggingfaceHubHasIt() {
        assertThat(cache()).isEqualTo(HOME.resolve(".cache/huggingface/hub"));
        assertThat(cache("XDG_CACHE_HOME", "/x")).isEqualTo(absolute("/x/huggingface/hub"));
        assertThat(cache("HF_HOME", "/h", "XDG_CACHE_HOME", "/x")).isEqualTo(absolute("/h/hub"));
        assertThat(cache("HF_HUB_CACHE", "/c", "HF_HOME", "/h")).isEqualTo(absolute("/c"));
        assertThat(cache("HUGGINGFACE_HUB_CACHE", "/old")).isEqualTo(absolute("/old"));
        assertThat(cache("HF_HUB_CACHE", "/c", "HUGGINGFACE_HUB_CACHE", "/old")).isEqualTo(absolute("/c"));
        assertThat(cache("HF_HOME", "~/models")).isEqualTo(HOME.resolve("models/hub"));
        assertThat(cache("HF_HOME", "$SCRATCH/hf", "SCRATCH", "/scratch")).isEqualTo(absolute("/scratch/hf/hub"));
        assertThat(cache("HF_HOME", "${SCRATCH}/hf", "SCRATCH", "/s")).isEqualTo(absolute("/s/hf/hub"));
    }

    @Test
    void variablesMeanWhatTheyMeanElsewhere() {
        assertThat(settings("HF_HUB_OFFLINE", "1").offline()).isTrue();
        assertThat(settings("HF_HUB_OFFLINE", "yes").offline()).isTrue();
        assertThat(settings("TRANSFORMERS_OFFLINE", "TRUE").offline()).isTrue();
        assertThat(settings("HF_HUB_OFFLINE", "0").offline()).isFalse();
        assertThat(settings().offlineIf(true).offline()).isTrue();
        assertThat(settings("HF_HUB_DISABLE_SYMLINKS", "1").links()).isFalse();
        assertThat(settings("HF_HUB_DISABLE_PROGRESS_BARS", "1").progressBars()).isFalse();
        assertThat(settings().endpoint()).hasToString("https://huggingface.co");
        assertThat(settings("HF_ENDPOINT", "https://mirror.example.org/hf//").endpoint())
                .hasToString("https://mirror.example.org/hf");
        assertThat(settings("HF_HUB_DOWNLOAD_TIMEOUT", "30").downloadTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(settings().metadataTimeout()).isEqualTo(Duration.ofSeconds(10));
    }

    @ParameterizedTest
    @ValueSource(strings = {"hub.example.org", "ftp://x.org", "https://user:secret@x.org", "https://", "http://a b"})
    void endpointsThatAreNoneAreRefusedWithoutBeingShown(String endpoint) {
        assertThatThrownBy(() -> settings("HF_ENDPOINT", endpoint))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("HF_ENDPOINT is no address of a hub")
                .hasMessageNotContaining("secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "soon", "1.5"})
    void timeoutsThatAreNoneAreRefused(String value) {
        assertThatThrownBy(() -> settings("HF_HUB_ETAG_TIMEOUT", value))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("HF_HUB_ETAG_TIMEOUT is '" + value + "'");
    }

    @Test
    void proxiesComeFromTheEnvironment() {
        Proxies proxies = settings(
                        "HTTPS_PROXY",
                        "http://proxy.example.org:3128",
                        "no_proxy",
                        "localhost, .intern.org,10.0.0.1:8080")
                .proxies();

        assertThat(address(proxies, "https://huggingface.co/x")).isEqualTo("proxy.example.org:3128");
        assertThat(address(proxies, "http://huggingface.co/x")).isEqualTo("direct");
        assertThat(address(proxies, "https://localhost:1/x")).isEqualTo("direct");
        assertThat(address(proxies, "https://hub.intern.org/x")).isEqualTo("direct");
        assertThat(address(proxies, "https://nointern.org/x")).isEqualTo("proxy.example.org:3128");
        assertThat(address(proxies, "https://10.0.0.1:8080/x")).isEqualTo("direct");
        assertThat(address(proxies, "https://10.0.0.1:9090/x")).isEqualTo("proxy.example.org:3128");
        assertThat(address(settings("ALL_PROXY", "p:1", "http_proxy", "q:2").proxies(), "http://x.org"))
                .isEqualTo("q:2");
        assertThat(address(settings("ALL_PROXY", "p:1", "NO_PROXY", "*").proxies(), "http://x.org"))
                .isEqualTo("direct");
    }

    @Test
    void proxiesThatCannotBeSpokenToAreRefusedWithoutTheirPassword() {
        assertThatThrownBy(() -> settings("HTTPS_PROXY", "socks5://ada:secret@p:1"))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("HTTPS_PROXY")
                .hasMessageNotContaining("secret");
    }

    @Test
    void requestsGoThroughTheProxyWithItsLogin(@TempDir Path folder) throws Exception {
        List<String> asked = Collections.synchronizedList(new ArrayList<>());
        HttpServer proxy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        proxy.createContext("/", exchange -> {
            String login = exchange.getRequestHeaders().getFirst("Proxy-Authorization");
            asked.add(exchange.getRequestURI() + " " + login);
            exchange.getResponseHeaders().set("Proxy-Authenticate", "Basic realm=\"p\"");
            exchange.sendResponseHeaders(login == null ? 407 : 404, -1);
            exchange.close();
        });
        proxy.start();
        try {
            Map<String, String> environment = new HashMap<>();
            environment.put("HF_HUB_CACHE", folder.toString());
            environment.put("HF_ENDPOINT", "http://hub.invalid");
            environment.put(
                    "HTTP_PROXY",
                    "http://ada:se%3Acret@127.0.0.1:" + proxy.getAddress().getPort());
            assertThatThrownBy(() -> HubFixture.client(environment).snapshot(HubFixture.ID, ByteProgress.SILENT))
                    .hasMessageContaining("not found on http://hub.invalid")
                    .hasMessageNotContaining("cret");
        } finally {
            proxy.stop(0);
        }
        String uri = "http://hub.invalid/api/models/org/tiny/revision/main?blobs=true";
        String basic = java.util.Base64.getEncoder().encodeToString("ada:se:cret".getBytes());
        assertThat(asked).containsExactly(uri + " Basic " + basic);
    }

    private static String address(Proxies proxies, String uri) {
        Proxy proxy = proxies.select(URI.create(uri)).get(0);
        return proxy.address() instanceof InetSocketAddress a ? a.getHostString() + ":" + a.getPort() : "direct";
    }

    private static Path cache(String... variables) {
        return settings(variables).cache();
    }

    private static Path absolute(String path) {
        return Path.of(path).toAbsolutePath();
    }

    private static HubSettings settings(String... variables) {
        Map<String, String> environment = new HashMap<>(Map.of("HOME", HOME.toString()));
        for (int i = 0; i < variables.length; i += 2) {
            environment.put(variables[i], variables[i + 1]);
        }
        return HubSettings.from(environment);
    }
}
