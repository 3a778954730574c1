package org.consensusprobe.hub;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import org.consensusprobe.common.StrictJson;

/**
 * A hub on loopback: one server for the API and small files, a second one, which is another host to the client, for large
 * ones. It behaves as the real one does unless a test adds a fault.
 */
public final class FakeHub implements AutoCloseable {
    /** The branch main of every repository stands for this commit. */
    public static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    /** What a server saw. */
    record Seen(boolean storage, String method, String path, Headers headers) {
        String header(String name) {
            return headers.getFirst(name);
        }
    }

    /** Answers in place of the server, which closes the exchange afterwards. */
    @FunctionalInterface
    interface Fault {
        /** @param content the bytes asked for: those of the range, if one was asked for */
        void answer(HttpExchange exchange, byte[] content) throws IOException;
    }

    final List<Seen> seen = new CopyOnWriteArrayList<>();
    boolean listsBlobs = true;
    boolean honoursRanges = true;
    String tokenNeeded;
    int storageChunk = 1 << 16;
    long storagePauseMillis;

    private final Map<String, Map<String, byte[]>> repositories = new ConcurrentHashMap<>();
    private final Map<String, Map<String, String>> branches = new ConcurrentHashMap<>();
    private final Map<String, Deque<Fault>> faults = new ConcurrentHashMap<>();
    private final Map<String, byte[]> claimed = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final String scheme;
    private final HttpServer hub;
    private final HttpServer storage;

    public FakeHub() {
        this(null);
    }

    /** With https on both servers where there is a context. */
    FakeHub(SSLContext tls) {
        this.scheme = tls == null ? "http" : "https";
        try {
            hub = server(tls);
            storage = server(tls);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        hub.setExecutor(threads);
        storage.setExecutor(threads);
        hub.createContext("/", exchange -> serve(exchange, false));
        storage.createContext("/", exchange -> serve(exchange, true));
        hub.start();
        storage.start();
    }

    private static HttpServer server(SSLContext tls) throws IOException {
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        if (tls == null) {
            return HttpServer.create(anyPort, 0);
        }
        HttpsServer server = HttpsServer.create(anyPort, 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls));
        return server;
    }

    public String endpoint() {
        return scheme + "://127.0.0.1:" + hub.getAddress().getPort();
    }

    int storagePort() {
        return storage.getAddress().getPort();
    }

    /** Adds a file; safetensors are large files on the other host, with a SHA-256. */
    public FakeHub add(String repository, String path, byte[] content) {
        repositories
                .computeIfAbsent(repository, r -> Collections.synchronizedMap(new LinkedHashMap<>()))
                .put(path, content);
        return this;
    }

    /** Adds a branch with one file of its own and main's others; call again for more files. */
    public FakeHub branch(String repository, String name, String path, byte[] content) {
        String key = repository + "@" + commit(name);
        repositories
                .computeIfAbsent(
                        key, r -> Collections.synchronizedMap(new LinkedHashMap<>(repositories.get(repository))))
                .put(path, content);
        branches.computeIfAbsent(repository, r -> new LinkedHashMap<>()).put(name, commit(name));
        return this;
    }

    /** The commit that a branch stands for. */
    public static String commit(String branch) {
        return HexFormat.of().formatHex(digest("SHA-1").digest(branch.getBytes(StandardCharsets.UTF_8)));
    }

    /** How many requests there were in all. */
    public int requests() {
        return seen.size();
    }

    FakeHub add(String repository, String path, String content) {
        return add(repository, path, content.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds a fault for the next request of this path: of the API ({@code /api}), or of a file's content. */
    FakeHub fault(String path, Fault fault) {
        faults.computeIfAbsent(path, p -> new ArrayDeque<>()).add(fault);
        return this;
    }

    /** Forgets the faults that no request has met yet. */
    void clearFaults() {
        faults.clear();
    }

    /** Claims the size and hash of other bytes for a file. */
    FakeHub claim(String path, byte[] other) {
        claimed.put(path, other);
        return this;
    }

    /** How many requests for a file's content (not of its redirect) were made. */
    long contentRequests(String path) {
        return seen.stream()
                .filter(s -> s.method.equals("GET") && s.path.endsWith("/" + path))
                .filter(s -> s.storage == path.endsWith(".safetensors"))
                .count();
    }

    static Fault status(int status, String... headers) {
        return (exchange, content) -> {
            for (int i = 0; i < headers.length; i += 2) {
                exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
            }
            exchange.sendResponseHeaders(status, -1);
        };
    }

    /** Promises everything and breaks off after some bytes. */
    static Fault breakOffAfter(int bytes) {
        return (exchange, content) -> {
            answerHead(exchange, content.length);
            exchange.getResponseBody().write(content, 0, Math.min(bytes, content.length));
            exchange.getResponseBody().flush();
        };
    }

    /** Sends some bytes and then nothing for a while. */
    static Fault stallAfter(int bytes, long millis) {
        return (exchange, content) -> {
            answerHead(exchange, content.length);
            exchange.getResponseBody().write(content, 0, Math.min(bytes, content.length));
            exchange.getResponseBody().flush();
            try {
                Thread.sleep(millis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
    }

    static byte[] gitHash(byte[] content) {
        MessageDigest sha1 = digest("SHA-1");
        sha1.update(("blob " + content.length + "\0").getBytes(StandardCharsets.UTF_8));
        return sha1.digest(content);
    }

    static String etag(String path, byte[] content) {
        return HexFormat.of()
                .formatHex(path.endsWith(".safetensors") ? digest("SHA-256").digest(content) : gitHash(content));
    }

    @Override
    public void close() {
        hub.stop(0);
        storage.stop(0);
        threads.shutdownNow();
    }

    private void serve(HttpExchange exchange, boolean onStorage) {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            seen.add(new Seen(onStorage, exchange.getRequestMethod(), path, exchange.getRequestHeaders()));
            if (onStorage) {
                content(exchange, path, path.split("/", 4)[3], bytes(path));
            } else if (path.startsWith("/api/models/")) {
                api(exchange, path.substring("/api/models/".length()));
            } else {
                resolve(exchange, path);
            }
        } catch (IOException e) {
            // the client went away
        }
    }

    private void api(HttpExchange exchange, String rest) throws IOException {
        if (faulty(exchange, "/api", new byte[0])) {
            return;
        }
        if (rest.endsWith("/refs")) {
            refs(exchange, rest.substring(0, rest.length() - "/refs".length()));
            return;
        }
        String[] parts = rest.split("/revision/");
        Map<String, byte[]> files = repositories.get(parts[0]);
        String commit = COMMIT;
        Map<String, String> own = branches.getOrDefault(parts[0], Map.of());
        if (parts.length > 1 && (own.containsKey(parts[1]) || own.containsValue(parts[1]))) {
            commit = own.getOrDefault(parts[1], parts[1]);
            files = repositories.get(parts[0] + "@" + commit);
        }
        if (!allowed(exchange) || files == null) {
            status(401, "X-Error-Code", "RepoNotFound").answer(exchange, null);
            return;
        }
        if (parts.length > 1 && !parts[1].equals("main") && !parts[1].equals(COMMIT) && commit.equals(COMMIT)) {
            status(404, "X-Error-Code", "RevisionNotFound").answer(exchange, null);
            return;
        }
        ObjectNode answer =
                StrictJson.mapper().createObjectNode().put("id", parts[0]).put("sha", commit);
        ArrayNode siblings = answer.putArray("siblings");
        files.forEach((name, content) -> describe(siblings.addObject().put("rfilename", name), name, content));
        answer(exchange, answer);
    }

    private void refs(HttpExchange exchange, String repository) throws IOException {
        ObjectNode answer = StrictJson.mapper().createObjectNode();
        ArrayNode list = answer.putArray("branches");
        list.addObject().put("name", "main").put("ref", "refs/heads/main").put("targetCommit", COMMIT);
        branches.getOrDefault(repository, Map.of()).forEach((name, commit) -> list.addObject()
                .put("name", name)
                .put("ref", "refs/heads/" + name)
                .put("targetCommit", commit));
        answer.putArray("tags");
        answer.putArray("converts");
        answer(exchange, answer);
    }

    private static void answer(HttpExchange exchange, ObjectNode answer) throws IOException {
        byte[] json = answer.toString().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, json.length);
        exchange.getResponseBody().write(json);
    }

    private void describe(ObjectNode sibling, String name, byte[] content) {
        if (!listsBlobs) {
            return;
        }
        byte[] shown = claimed.getOrDefault(name, content);
        sibling.put("size", shown.length).put("blobId", HexFormat.of().formatHex(gitHash(shown)));
        if (name.endsWith(".safetensors")) {
            sibling.putObject("lfs").put("sha256", etag(name, shown)).put("size", shown.length);
        }
    }

    /** {@code /org/name/resolve/COMMIT/path}. */
    private void resolve(HttpExchange exchange, String path) throws IOException {
        String[] parts = path.split("/resolve/[^/]+/", 2);
        String commit = path.replaceFirst(".*/resolve/([^/]+)/.*", "$1");
        boolean branch = repositories.containsKey(parts[0].substring(1) + "@" + commit);
        Map<String, byte[]> files = repositories.get(parts[0].substring(1) + (branch ? "@" + commit : ""));
        byte[] content = files == null || parts.length < 2 ? null : files.get(parts[1]);
        if (!allowed(exchange) || content == null) {
            status(content == null ? 404 : 401, "X-Error-Code", "EntryNotFound").answer(exchange, null);
            return;
        }
        byte[] shown = claimed.getOrDefault(parts[1], content);
        Headers headers = exchange.getResponseHeaders();
        headers.set("X-Repo-Commit", branch ? commit : COMMIT);
        if (!parts[1].endsWith(".safetensors")) {
            headers.set("ETag", '"' + etag(parts[1], shown) + '"');
            content(exchange, path, parts[1], content);
            return;
        }
        headers.set("X-Linked-Etag", '"' + etag(parts[1], shown) + '"');
        headers.set("X-Linked-Size", String.valueOf(shown.length));
        headers.set("ETag", "\"of-the-redirect\"");
        headers.set(
                "Location",
                scheme + "://127.0.0.1:" + storagePort() + parts[0] + (branch ? "@" + commit : "") + "/" + parts[1]
                        + "?signature=very-secret&name=\"x\"");
        exchange.sendResponseHeaders(302, -1);
    }

    private byte[] bytes(String storagePath) {
        String[] parts = storagePath.split("/", 4);
        return repositories.get(parts[1] + "/" + parts[2]).get(URLDecoder.decode(parts[3], StandardCharsets.UTF_8));
    }

    private void content(HttpExchange exchange, String path, String name, byte[] whole) throws IOException {
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", String.valueOf(whole.length));
            exchange.sendResponseHeaders(200, -1);
            return;
        }
        byte[] content = range(exchange, whole);
        if (faulty(exchange, name, content)) {
            return;
        }
        answerHead(exchange, content.length);
        OutputStream body = exchange.getResponseBody();
        for (int from = 0; from < content.length; from += storageChunk) {
            body.write(content, from, Math.min(storageChunk, content.length - from));
            body.flush();
            pause();
        }
    }

    private byte[] range(HttpExchange exchange, byte[] whole) {
        String range = exchange.getRequestHeaders().getFirst("Range");
        if (range == null || !honoursRanges) {
            return whole;
        }
        String[] ends = range.substring("bytes=".length()).split("-");
        int from = Integer.parseInt(ends[0]);
        int to = ends.length > 1 ? Math.min(Integer.parseInt(ends[1]) + 1, whole.length) : whole.length;
        exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + whole.length);
        return Arrays.copyOfRange(whole, from, to);
    }

    private boolean faulty(HttpExchange exchange, String name, byte[] content) throws IOException {
        Deque<Fault> queue = faults.get(name);
        Fault fault;
        synchronized (this) {
            fault = queue == null ? null : queue.poll();
        }
        if (fault == null) {
            return false;
        }
        fault.answer(exchange, content);
        return true;
    }

    private boolean allowed(HttpExchange exchange) {
        return tokenNeeded == null
                || ("Bearer " + tokenNeeded).equals(exchange.getRequestHeaders().getFirst("Authorization"));
    }

    private void pause() {
        if (storagePauseMillis > 0) {
            try {
                Thread.sleep(storagePauseMillis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void answerHead(HttpExchange exchange, long length) throws IOException {
        boolean part = exchange.getResponseHeaders().containsKey("Content-Range");
        exchange.sendResponseHeaders(part ? 206 : 200, length == 0 ? -1 : length);
    }

    private static MessageDigest digest(String name) {
        try {
            return MessageDigest.getInstance(name);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
