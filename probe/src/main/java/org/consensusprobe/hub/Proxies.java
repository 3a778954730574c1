package org.consensusprobe.hub;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.consensusprobe.common.Problem;

/**
 * The proxies of the environment, for the JDK's HTTP client: {@code HTTP_PROXY}, {@code HTTPS_PROXY}, {@code ALL_PROXY}
 * and {@code NO_PROXY}, each in small letters too, which win.
 */
public final class Proxies extends ProxySelector {
    /** One proxy; its login, if any, is the value of a header and in no message. */
    private record Address(String host, int port, Optional<String> login) {}

    private final Optional<Address> http;
    private final Optional<Address> https;
    private final List<String> direct;

    private Proxies(Optional<Address> http, Optional<Address> https, List<String> direct) {
        this.http = http;
        this.https = https;
        this.direct = direct;
    }

    static Proxies from(Map<String, String> environment) {
        Optional<Address> all = address(environment, "ALL_PROXY");
        List<String> direct = new ArrayList<>();
        value(environment, "NO_PROXY")
                .ifPresent(list -> List.of(list.split(",")).forEach(name -> {
                    if (!name.isBlank()) {
                        direct.add(name.strip().toLowerCase(Locale.ROOT));
                    }
                }));
        return new Proxies(
                address(environment, "HTTP_PROXY").or(() -> all),
                address(environment, "HTTPS_PROXY").or(() -> all),
                List.copyOf(direct));
    }

    @Override
    public List<Proxy> select(URI uri) {
        Optional<Address> proxy = proxy(uri);
        if (proxy.isEmpty() || isDirect(uri)) {
            return List.of(Proxy.NO_PROXY);
        }
        return List.of(new Proxy(
                Proxy.Type.HTTP,
                InetSocketAddress.createUnresolved(
                        proxy.get().host(), proxy.get().port())));
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException failure) {
        // the client reports the failure itself
    }

    /** The header by which the proxy on the way to an address knows its user, if there is one with a login. */
    Optional<String> authorization(URI uri) {
        return isDirect(uri) ? Optional.empty() : proxy(uri).flatMap(Address::login);
    }

    /** Host and port of the proxy on the way to an address, for messages. */
    String place(URI uri) {
        return proxy(uri).map(p -> p.host() + ":" + p.port()).orElse("(none)");
    }

    /** Whether the variable of the proxy on the way to an address holds a login. */
    boolean hasLogin(URI uri) {
        return proxy(uri).flatMap(Address::login).isPresent();
    }

    private Optional<Address> proxy(URI uri) {
        return "https".equalsIgnoreCase(uri.getScheme()) ? https : http;
    }

    private boolean isDirect(URI uri) {
        String host = uri.getHost().toLowerCase(Locale.ROOT);
        for (String entry : direct) {
            String name = entry.replaceFirst(":\\d+$", "").replaceFirst("^\\*?\\.", "");
            boolean portFits = name.equals(entry) || !entry.matches(".*:\\d+") || entry.endsWith(":" + uri.getPort());
            if (entry.equals("*") || portFits && (host.equals(name) || host.endsWith("." + name))) {
                return true;
            }
        }
        return false;
    }

    private static Optional<String> value(Map<String, String> environment, String variable) {
        String small = environment.get(variable.toLowerCase(Locale.ROOT));
        return Optional.ofNullable(small != null ? small : environment.get(variable))
                .map(String::strip)
                .filter(v -> !v.isEmpty());
    }

    private static Optional<Address> address(Map<String, String> environment, String variable) {
        return value(environment, variable).map(value -> parse(value, variable));
    }

    private static Address parse(String value, String variable) {
        try {
            URI uri = URI.create(value.contains("://") ? value : "http://" + value);
            if ("http".equalsIgnoreCase(uri.getScheme()) && uri.getHost() != null) {
                return new Address(uri.getHost(), uri.getPort() < 0 ? 80 : uri.getPort(), login(uri.getRawUserInfo()));
            }
        } catch (IllegalArgumentException e) {
            // refused below, without the value: it may hold a password
        }
        throw Problem.input(
                "%s (or its small-letter form) cannot be used: expected http://[user:password@]host:port. Proxies that"
                        + " are spoken to by https or SOCKS are not supported; NO_PROXY names hosts to reach directly.",
                variable);
    }

    private static Optional<String> login(String userInfo) {
        if (userInfo == null) {
            return Optional.empty();
        }
        String[] parts = userInfo.split(":", 2);
        String login = decode(parts[0]) + ":" + decode(parts.length > 1 ? parts[1] : "");
        return Optional.of("Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8)));
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
