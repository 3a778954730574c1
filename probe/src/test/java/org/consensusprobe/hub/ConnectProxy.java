package org.consensusprobe.hub;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;

/** A proxy on loopback that opens tunnels ({@code CONNECT}), with or without a login, and remembers all bytes it saw. */
final class ConnectProxy implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final ByteArrayOutputStream seen = new ByteArrayOutputStream();
    private final AtomicInteger tunnels = new AtomicInteger();
    private final String login;
    private volatile boolean refuses;

    /** Asks for this login, {@code user:password}, unless it is null. */
    ConnectProxy(String login) throws IOException {
        this.login = login;
        daemon(this::accept);
    }

    String address() {
        return "127.0.0.1:" + server.getLocalPort();
    }

    void refuse() {
        refuses = true;
    }

    int tunnels() {
        return tunnels.get();
    }

    String seen() {
        synchronized (seen) {
            return seen.toString(StandardCharsets.ISO_8859_1);
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                daemon(() -> serve(client));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            String head = head(client.getInputStream());
            while (!head.isEmpty()) {
                OutputStream out = client.getOutputStream();
                if (refuses) {
                    out.write(
                            "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                    return;
                }
                if (login != null
                        && !head.contains("Basic "
                                + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8)))) {
                    out.write(("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"p\"\r\n"
                                    + "Content-Length: 0\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
                    head = head(client.getInputStream());
                    continue;
                }
                String[] to = head.split(" ")[1].split(":");
                try (Socket origin = new Socket(to[0], Integer.parseInt(to[1]))) {
                    tunnels.incrementAndGet();
                    out.write("HTTP/1.1 200 Connection established\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                    daemon(() -> pipe(origin, client));
                    pipe(client, origin);
                }
                return;
            }
        } catch (IOException e) {
            // one side went away
        }
    }

    private String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int b = in.read();
            if (b < 0) {
                return "";
            }
            head.write(b);
        }
        remember(head.toByteArray(), head.size());
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    private void pipe(Socket from, Socket to) {
        byte[] chunk = new byte[1 << 14];
        try {
            for (int n = from.getInputStream().read(chunk);
                    n >= 0;
                    n = from.getInputStream().read(chunk)) {
                remember(chunk, n);
                to.getOutputStream().write(chunk, 0, n);
            }
            to.shutdownOutput();
        } catch (IOException e) {
            // one side went away
        }
    }

    private void remember(byte[] bytes, int length) {
        synchronized (seen) {
            seen.write(bytes, 0, length);
        }
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "connect-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
