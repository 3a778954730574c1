package org.consensusprobe.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.consensusprobe.common.Problem;

/**
 * The user's token for the hub; its text is in no {@code toString}, message or log, and leaves only by
 * {@link #authorization()}.
 */
public final class AccessToken {
    private static final long LARGEST_FILE = 64 * 1024;

    private final String secret;

    AccessToken(String secret) {
        // checked here because the JDK quotes a bad header value, and so the token, in its exception
        if (!secret.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw Problem.input("The Hugging Face token holds spaces or characters that no token has."
                    + " Set HF_TOKEN again, or write the token file again with `hf auth login`.");
        }
        this.secret = secret;
    }

    /** The token of {@code HF_TOKEN}, {@code HUGGING_FACE_HUB_TOKEN} or the token file, in this order. */
    static Optional<AccessToken> find(Map<String, String> environment, Path tokenFile) {
        if (HubSettings.isTrue(environment.get("HF_HUB_DISABLE_IMPLICIT_TOKEN"))) {
            return Optional.empty();
        }
        return clean(environment.get("HF_TOKEN"))
                .or(() -> clean(environment.get("HUGGING_FACE_HUB_TOKEN")))
                .or(() -> clean(read(tokenFile)))
                .map(AccessToken::new);
    }

    /** The value of an {@code Authorization} header. */
    String authorization() {
        return "Bearer " + secret;
    }

    @Override
    public String toString() {
        return "token (not shown)";
    }

    private static Optional<String> clean(String text) {
        return Optional.ofNullable(text)
                .map(t -> t.replace("\r", "").replace("\n", "").strip())
                .filter(t -> !t.isEmpty());
    }

    private static String read(Path tokenFile) {
        try {
            return Files.isRegularFile(tokenFile) && Files.size(tokenFile) <= LARGEST_FILE
                    ? Files.readString(tokenFile)
                    : null;
        } catch (IOException e) {
            // public models need no token; a refusal by the hub names this file
            return null;
        }
    }
}
