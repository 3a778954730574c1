package org.consensusprobe.hub;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import org.consensusprobe.common.Problem;

/**
 * Requests to the hub, over the JDK's client: redirects followed by hand, so that the token goes to the endpoint's own
 * scheme, host and port only; failures that may pass told apart from those that last.
 */
final class HubClient {
    private static final int MOST_REDIRECTS = 8;

    static {
        // the JDK keeps basic logins from https tunnels by default, which it looks up once; who names a proxy and its
        // login
        // wants them used
        if (System.getProperty("jdk.http.auth.tunneling.disabledSchemes") == null) {
            System.setProperty("jdk.http.auth.tunneling.disabledSchemes", "");
        }
    }

    private final HubSettings settings;
    private final HubErrors errors;
    private final HttpClient http;

    /**
     * An answer with a body still to be read.
     *
     * @param status 200 or 206
     * @param headers those of the last answer
     * @param hubHeaders those of the hub's own last answer, which name the file even where its content lies elsewhere
     */
    record Answer(int status, HttpHeaders headers, HttpHeaders hubHeaders, URI uri, InputStream body)
            implements AutoCloseable {
        @Override
        public void close() throws IOException {
            body.close();
        }

        /** The length of the body, or -1 if the server does not say. */
        long length() {
            return headers.firstValueAsLong("Content-Length").orElse(-1);
        }
    }

    HubClient(HubSettings settings) {
        this.settings = settings;
        this.errors = new HubErrors(settings);
        HttpClient.Builder builder = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NEVER)
                // a connection for each file: one HTTP/2 connection would make parallel downloads share a window
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(settings.metadataTimeout())
                .executor(Executors.newCachedThreadPool(task -> {
                    Thread thread = new Thread(task, "hub-http");
                    thread.setDaemon(true);
                    return thread;
                }))
                .proxy(settings.proxies());
        if ("https".equalsIgnoreCase(settings.endpoint().getScheme())) {
            builder.sslContext(settings.trust().context());
        }
        this.http = builder.build();
    }

    /** What the hub says of a file without sending it: the headers of its own last answer. */
    HttpHeaders head(URI uri, ModelId id) throws Retries.Transient {
        try (Answer answer = send("HEAD", uri, Map.of(), id, settings.metadataTimeout())) {
            return answer.hubHeaders();
        } catch (IOException e) {
            throw broken(e, uri);
        }
    }

    /** A small body, whole; refused once it is larger than {@code mostBytes}. */
    byte[] get(URI uri, Map<String, String> headers, long mostBytes, ModelId id) throws Retries.Transient {
        try (Answer answer = open(uri, headers, id);
                StallGuard guard = new StallGuard(answer.body(), settings.downloadTimeout())) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            byte[] chunk = new byte[1 << 14];
            for (int n = guard.read(chunk); n >= 0; n = guard.read(chunk)) {
                if (bytes.size() + n > mostBytes) {
                    throw Problem.input(
                            "%s: the answer is larger than %d bytes, which is not believed.",
                            HubErrors.place(answer.uri()), mostBytes);
                }
                bytes.write(chunk, 0, n);
            }
            if (answer.length() >= 0 && answer.length() != bytes.size()) {
                throw new IOException("the answer was cut off");
            }
            return bytes.toByteArray();
        } catch (IOException e) {
            throw broken(e, uri);
        }
    }

    /** Opens a body: status 200 or 206. */
    Answer open(URI uri, Map<String, String> headers, ModelId id) throws Retries.Transient {
        return send("GET", uri, headers, id, settings.downloadTimeout());
    }

    /** What to throw for a connection that failed: a failure that may pass, unless it lasts or was an interruption. */
    Retries.Transient broken(IOException e, URI uri) {
        if (e.getCause() instanceof InterruptedException) {
            Thread.currentThread().interrupt();
            throw Problem.interrupted("Interrupted; what was downloaded so far is kept for the next start.");
        }
        Problem problem = errors.ofConnection(e, uri, settings.downloadTimeout());
        if (HubErrors.isLasting(e)) {
            throw problem;
        }
        return new Retries.Transient(problem);
    }

    private Answer send(String method, URI first, Map<String, String> headers, ModelId id, Duration timeout)
            throws Retries.Transient {
        URI uri = first;
        HttpHeaders hubHeaders = null;
        for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
            HttpResponse<InputStream> response = exchange(method, uri, headers, timeout);
            if (isHub(uri)) {
                hubHeaders = response.headers();
            }
            int status = response.statusCode();
            if (status == 200 || status == 206) {
                return new Answer(status, response.headers(), hubHeaders, uri, response.body());
            }
            if (isRedirect(status) && response.headers().firstValue("Location").isPresent()) {
                URI target =
                        redirect(uri, response.headers().firstValue("Location").get());
                if (method.equals("HEAD") && !isHub(target)) {
                    return new Answer(status, response.headers(), hubHeaders, uri, response.body());
                }
                close(response);
                uri = target;
                continue;
            }
            close(response);
            Problem problem = errors.ofStatus(status, response.headers(), uri, id);
            if (HubErrors.isPassing(status)) {
                throw new Retries.Transient(problem, HubErrors.retryAfter(response.headers()));
            }
            throw problem;
        }
        throw Problem.failed("%s: more than %d redirects.", HubErrors.place(first), MOST_REDIRECTS);
    }

    private HttpResponse<InputStream> exchange(String method, URI uri, Map<String, String> headers, Duration timeout)
            throws Retries.Transient {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .timeout(timeout)
                .header("User-Agent", "consensus-probe")
                // the true size, and bytes that hash to the etag
                .header("Accept-Encoding", "identity");
        headers.forEach(request::header);
        if (isHub(uri)) {
            settings.token().ifPresent(token -> request.header("Authorization", token.authorization()));
        }
        // by a header and not by an Authenticator, beside which the JDK keeps the token's header back
        settings.proxies().authorization(uri).ifPresent(login -> request.header("Proxy-Authorization", login));
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Problem.interrupted("Interrupted; what was downloaded so far is kept for the next start.");
        } catch (IOException e) {
            throw broken(e, uri);
        }
    }

    private boolean isHub(URI uri) {
        URI hub = settings.endpoint();
        return hub.getScheme().equalsIgnoreCase(uri.getScheme())
                && hub.getHost().equalsIgnoreCase(uri.getHost())
                && port(hub) == port(uri);
    }

    private static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
    }

    private static boolean isRedirect(int status) {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    }

    private static URI redirect(URI from, String location) {
        try {
            URI target = from.resolve(escaped(location));
            boolean http = "http".equalsIgnoreCase(target.getScheme());
            boolean https = "https".equalsIgnoreCase(target.getScheme());
            boolean weaker = "https".equalsIgnoreCase(from.getScheme()) && !https;
            if ((http || https) && !weaker && target.getHost() != null) {
                return target;
            }
        } catch (IllegalArgumentException e) {
            // refused below
        }
        throw Problem.failed("%s: redirects to an address that is not followed.", HubErrors.place(from));
    }

    /** Storage hosts put signed text into addresses, at times with characters that only browsers forgive. */
    private static String escaped(String location) {
        StringBuilder text = new StringBuilder();
        location.chars().forEach(c -> {
            if (c <= ' ' || c >= 0x7f || "\"<>\\^`{|}".indexOf(c) >= 0) {
                text.append(URLEncoder.encode(String.valueOf((char) c), StandardCharsets.UTF_8)
                        .replace("+", "%20"));
            } else {
                text.append((char) c);
            }
        });
        return text.toString();
    }

    private static void close(HttpResponse<InputStream> response) {
        try {
            if (response.body() != null) { // an answer of a proxy has none
                response.body().close();
            }
        } catch (IOException e) {
            // the status says all
        }
    }
}
