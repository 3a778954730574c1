package org.consensusprobe.hub;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpHeaders;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;

/** What a failed request means, in words a user can act on; never with a token or a signed address in them. */
final class HubErrors {
    private static final Set<Integer> PASSING = Set.of(408, 425, 429, 500, 502, 503, 504);
    private static final Pattern RATE_LIMIT_RESET = Pattern.compile("r=0\\s*;\\s*t=(\\d{1,9})");

    private static final Pattern TUNNEL_REFUSED = Pattern.compile("Tunnel failed, got: (\\d{3})");

    private final HubSettings settings;

    HubErrors(HubSettings settings) {
        this.settings = settings;
    }

    /** Whether the same request may succeed later. */
    static boolean isPassing(int status) {
        return PASSING.contains(status);
    }

    /** The problem behind a status of 400 or more. */
    Problem ofStatus(int status, HttpHeaders headers, URI uri, ModelId id) {
        String code = headers.firstValue("X-Error-Code").orElse("");
        String what = headers.firstValue("X-Error-Message").map(Shown::text).orElse("");
        if (code.equals("GatedRepo")) {
            return gated(id, status);
        }
        if (code.equals("RevisionNotFound")) {
            return Problem.input(
                    "%s has no revision '%s' (branch, tag or commit) on %s.",
                    id.repository(), id.revision(), settings.endpoint());
        }
        if (what.equals("Access to this resource is disabled.")) {
            return Problem.input("%s: the hub has switched this model off.", id.repository());
        }
        return switch (status) {
            case 401 -> unauthorized(id, what);
            case 403 -> Problem.input(
                    "%s: the hub refuses access (403)%s. See %s/%s for who may use it, and whether the token (%s) may"
                            + " read it.",
                    id.repository(), reason(what), settings.endpoint(), id.repository(), tokenPlace());
            case 404 -> Problem.input(
                    "%s: not found on %s (404%s). Check the spelling: org/name[@revision]. A private model needs a token"
                            + " (%s).",
                    id, place(uri), reason(what), tokenPlace());
            case 407 -> proxyLogin(uri);
            case 429 -> Problem.failed("%s: too many requests (429)%s.", place(uri), reason(what));
            default -> Problem.failed("%s answered %d%s.", place(uri), status, reason(what));
        };
    }

    /** The problem behind a connection that failed. */
    Problem ofConnection(IOException e, URI uri, Duration timeout) {
        if (e instanceof HttpTimeoutException) {
            return Problem.failed(e, "%s: no answer within %d seconds.", place(uri), timeout.toSeconds());
        }
        if (isUnknownHost(e)) {
            return Problem.failed(
                    e,
                    "%s: the host is not known: is this machine online? Behind a proxy, set HTTPS_PROXY. What is in the"
                            + " cache works with --offline.",
                    place(uri));
        }
        if (TlsErrors.isTls(e)) {
            return Problem.failed(
                    e, "%s: no trusted connection: %s", place(uri), TlsErrors.reason(e, settings.trust()));
        }
        Optional<Problem> proxy = ofProxy(e, uri);
        if (proxy.isPresent()) {
            return proxy.get();
        }
        String text = e instanceof ConnectException ? "no connection" : "the connection broke off";
        return Problem.failed(e, "%s: %s%s.", place(uri), text, reason(e.getMessage() == null ? "" : e.getMessage()));
    }

    /** A proxy that was asked for a tunnel and said no, which the JDK tells in a message only. */
    private Optional<Problem> ofProxy(IOException e, URI uri) {
        String text = String.valueOf(e.getMessage());
        if (text.contains("too many authentication attempts") || text.contains("No credentials provided")) {
            return Optional.of(proxyLogin(uri));
        }
        Matcher refusal = TUNNEL_REFUSED.matcher(text);
        return refusal.find()
                ? Optional.of(Problem.failed(
                        e,
                        "%s: the proxy %s refuses a connection to it (%s).",
                        place(uri),
                        settings.proxies().place(uri),
                        refusal.group(1)))
                : Optional.empty();
    }

    private static boolean isProxyRefusal(IOException e) {
        String text = String.valueOf(e.getMessage());
        return text.contains("too many authentication attempts")
                || text.contains("No credentials provided")
                || TUNNEL_REFUSED.matcher(text).find();
    }

    private Problem proxyLogin(URI uri) {
        return Problem.input(
                "The proxy %s (HTTPS_PROXY or HTTP_PROXY) %s; expected http://user:password@host:port.",
                settings.proxies().place(uri),
                settings.proxies().hasLogin(uri)
                        ? "does not accept the user name and password given there"
                        : "asks for a user name and a password");
    }

    /** Whether waiting cannot mend it: an unknown host, a certificate that is not trusted, a proxy that says no. */
    static boolean isLasting(IOException e) {
        return isUnknownHost(e) || TlsErrors.isTls(e) || isProxyRefusal(e);
    }

    /** The wait that the server asks for, in seconds or as a date, or by the hub's rate limit header. */
    static Optional<Duration> retryAfter(HttpHeaders headers) {
        Optional<String> asked = headers.firstValue("Retry-After").map(String::strip);
        if (asked.isPresent()) {
            return parseRetryAfter(asked.get());
        }
        return headers.firstValue("RateLimit")
                .map(RATE_LIMIT_RESET::matcher)
                .filter(Matcher::find)
                .map(m -> Duration.ofSeconds(Long.parseLong(m.group(1))));
    }

    /** Host and path of an address: a redirect's query holds a signature, which is as good as a key. */
    static String place(URI uri) {
        String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
        return uri.getScheme() + "://" + uri.getHost() + port + Shown.text(uri.getRawPath());
    }

    private Problem gated(ModelId id, int status) {
        String page = settings.endpoint() + "/" + id.repository();
        if (settings.token().isEmpty()) {
            return Problem.input(
                    "%s is gated (%d): accept its conditions at %s,%nthen set HF_TOKEN to a token of that account, or"
                            + " run `hf auth login` (looked in HF_TOKEN and %s).",
                    id.repository(), status, page, settings.tokenFile());
        }
        return Problem.input(
                "%s is gated (%d), and the account of the token (%s) has no access yet: accept its conditions at %s.",
                id.repository(), status, tokenPlace(), page);
    }

    private Problem unauthorized(ModelId id, String what) {
        if (settings.token().isPresent()) {
            return Problem.input(
                    "%s: the hub does not accept the token (%s) for this model (401)%s. Is the name right, and the token"
                            + " still valid?",
                    id.repository(), tokenPlace(), reason(what));
        }
        return Problem.input(
                "%s: the model does not exist on %s, or it is private or gated (401). Check the spelling;%nfor a private"
                        + " or gated model set HF_TOKEN, or run `hf auth login` (looked in HF_TOKEN and %s).",
                id.repository(), settings.endpoint(), settings.tokenFile());
    }

    private String tokenPlace() {
        return "HF_TOKEN or " + settings.tokenFile();
    }

    private static boolean isUnknownHost(IOException e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof UnresolvedAddressException || t instanceof UnknownHostException) {
                return true;
            }
        }
        return false;
    }

    private static Optional<Duration> parseRetryAfter(String text) {
        if (text.matches("\\d{1,9}")) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
        }
        try {
            Instant then = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            Duration wait = Duration.between(Instant.now(), then);
            return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    private static String reason(String text) {
        return text.isBlank() ? "" : ": " + Shown.text(text).replaceFirst("\\.$", "");
    }
}
