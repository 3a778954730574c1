package org.consensusprobe.hub;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.consensusprobe.common.Problem;

/**
 * Where the hub and its cache are: the environment variables that every Hugging Face tool reads, with their meaning there.
 *
 * @param endpoint the hub, without a trailing slash ({@code HF_ENDPOINT})
 * @param cache the folder that holds {@code models--org--name} ({@code HF_HUB_CACHE}, else {@code HF_HOME/hub})
 * @param tokenFile where {@code hf auth login} keeps the token ({@code HF_TOKEN_PATH}, else {@code HF_HOME/token})
 * @param token sent to the endpoint's host only
 * @param offline whether every request is forbidden ({@code HF_HUB_OFFLINE}, {@code TRANSFORMERS_OFFLINE})
 * @param links whether snapshots may consist of symbolic links ({@code HF_HUB_DISABLE_SYMLINKS} unset)
 * @param progressBars whether a bar may be drawn ({@code HF_HUB_DISABLE_PROGRESS_BARS} unset)
 * @param metadataTimeout the longest wait for an answer about a file ({@code HF_HUB_ETAG_TIMEOUT}, 10 s)
 * @param downloadTimeout the longest wait for the next bytes of a file ({@code HF_HUB_DOWNLOAD_TIMEOUT}, 10 s)
 * @param proxies {@code HTTP_PROXY}, {@code HTTPS_PROXY}, {@code ALL_PROXY}, {@code NO_PROXY}
 * @param trust {@code REQUESTS_CA_BUNDLE}, {@code CURL_CA_BUNDLE}, {@code SSL_CERT_FILE}, {@code SSL_CERT_DIR}
 */
public record HubSettings(
        URI endpoint,
        Path cache,
        Path tokenFile,
        Optional<AccessToken> token,
        boolean offline,
        boolean links,
        boolean progressBars,
        Duration metadataTimeout,
        Duration downloadTimeout,
        Proxies proxies,
        Trust trust) {

    private static final String PUBLIC_HUB = "https://huggingface.co";
    private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");
    private static final Pattern VARIABLE = Pattern.compile("\\$(?:\\{(\\w+)}|(\\w+))");

    /**
     * The settings of this process.
     *
     * @throws Problem if a variable cannot be understood
     */
    public static HubSettings fromEnvironment() {
        return from(System.getenv());
    }

    /** The settings that {@code environment} asks for; {@code HOME} or {@code USERPROFILE} is the user's folder. */
    public static HubSettings from(Map<String, String> environment) {
        Path cacheHome =
                path(environment, "XDG_CACHE_HOME", userHome(environment).resolve(".cache"));
        Path home = path(environment, "HF_HOME", cacheHome.resolve("huggingface"));
        Path legacyCache = path(environment, "HUGGINGFACE_HUB_CACHE", home.resolve("hub"));
        Path tokenFile = path(environment, "HF_TOKEN_PATH", home.resolve("token"));
        return new HubSettings(
                endpoint(environment.get("HF_ENDPOINT")),
                path(environment, "HF_HUB_CACHE", legacyCache),
                tokenFile,
                AccessToken.find(environment, tokenFile),
                isTrue(environment.get("HF_HUB_OFFLINE")) || isTrue(environment.get("TRANSFORMERS_OFFLINE")),
                !isTrue(environment.get("HF_HUB_DISABLE_SYMLINKS")),
                !isTrue(environment.get("HF_HUB_DISABLE_PROGRESS_BARS")),
                seconds(environment, "HF_HUB_ETAG_TIMEOUT"),
                seconds(environment, "HF_HUB_DOWNLOAD_TIMEOUT"),
                Proxies.from(environment),
                Trust.from(environment));
    }

    /** The same settings, offline if {@code --offline} or the environment says so. */
    public HubSettings offlineIf(boolean optionGiven) {
        return new HubSettings(
                endpoint,
                cache,
                tokenFile,
                token,
                offline || optionGiven,
                links,
                progressBars,
                metadataTimeout,
                downloadTimeout,
                proxies,
                trust);
    }

    static boolean isTrue(String value) {
        return value != null && TRUE.contains(value.toUpperCase(Locale.ROOT));
    }

    private static URI endpoint(String value) {
        String text = (value == null || value.isBlank() ? PUBLIC_HUB : value.strip()).replaceFirst("/+$", "");
        try {
            URI uri = new URI(text);
            boolean http = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
            if (http && uri.getHost() != null && uri.getRawUserInfo() == null && uri.getRawQuery() == null) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // refused below, without the text: it may hold a password
        }
        throw Problem.input(
                "HF_ENDPOINT is no address of a hub: expected http(s)://host[:port][/path] without a user name"
                        + " or a password, such as https://hub.example.org.");
    }

    private static Duration seconds(Map<String, String> environment, String variable) {
        String value = environment.get(variable);
        if (value == null || value.isBlank()) {
            return Duration.ofSeconds(10);
        }
        try {
            int seconds = Integer.parseInt(value.strip());
            if (seconds > 0) {
                return Duration.ofSeconds(seconds);
            }
        } catch (NumberFormatException e) {
            // refused below
        }
        throw Problem.input("%s is '%s': expected a whole number of seconds above 0.", variable, value);
    }

    private static Path userHome(Map<String, String> environment) {
        String home = environment.getOrDefault("HOME", environment.get("USERPROFILE"));
        return Path.of(home == null || home.isEmpty() ? System.getProperty("user.home") : home);
    }

    private static Path path(Map<String, String> environment, String variable, Path otherwise) {
        String value = environment.get(variable);
        if (value == null || value.isBlank()) {
            return otherwise.toAbsolutePath().normalize();
        }
        try {
            Path path = value.equals("~") || value.startsWith("~/")
                    ? userHome(environment).resolve(expand(value.substring(Math.min(2, value.length())), environment))
                    : Path.of(expand(value, environment));
            return path.toAbsolutePath().normalize();
        } catch (java.nio.file.InvalidPathException e) {
            throw Problem.input(e, "%s is '%s': this is no path on this machine.", variable, value);
        }
    }

    /** Puts {@code $NAME} and {@code ${NAME}} in place; unknown names stay as they are, as in Python's expandvars. */
    private static String expand(String value, Map<String, String> environment) {
        return VARIABLE.matcher(value).replaceAll(m -> {
            String name = m.group(1) == null ? m.group(2) : m.group(1);
            return Matcher.quoteReplacement(environment.getOrDefault(name, m.group()));
        });
    }
}
