package org.consensusprobe.common;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** The folder for what can be computed again: {@code XDG_CACHE_HOME} or {@code ~/.cache}, then {@code consensus-probe}. */
public final class UserCache {
    private UserCache() {}

    /** The folder, which need not be there yet; nothing where the environment names none that can be. */
    public static Optional<Path> directory(Map<String, String> environment) {
        String named = environment.get("XDG_CACHE_HOME");
        String home = System.getProperty("user.home");
        try {
            // the specification of that variable has relative paths ignored
            if (named != null && Path.of(named).isAbsolute()) {
                return Optional.of(Path.of(named, "consensus-probe"));
            }
            return home == null || home.isBlank() || home.equals("?")
                    ? Optional.empty()
                    : Optional.of(Path.of(home, ".cache", "consensus-probe"));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }
}
