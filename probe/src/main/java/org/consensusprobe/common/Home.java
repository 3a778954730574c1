package org.consensusprobe.common;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the program is installed: the folder that holds {@code models/} and {@code prompts/}.
 *
 * <p>The launcher names it in the system property {@code consensus.home}; without it, it is searched upwards from the
 * program's own jar or class folder.
 */
public final class Home {
    private Home() {}

    /**
     * The installation folder.
     *
     * @throws Problem if it cannot be found, with the property to set
     */
    public static Path directory() {
        String named = System.getProperty("consensus.home");
        if (named != null) {
            return requireHome(Path.of(named).toAbsolutePath().normalize());
        }
        for (Path p = codeLocation(); p != null; p = p.getParent()) {
            if (isHome(p)) {
                return p;
            }
        }
        throw Problem.input("The program's folders models/ and prompts/ were not found beside it.%n"
                + "Start it with the launcher ./consensus, or set -Dconsensus.home to the project's folder.");
    }

    /** The known and the bundled checkpoints. */
    public static Path models() {
        return directory().resolve("models");
    }

    /** The committed prompt sets. */
    public static Path prompts() {
        return directory().resolve("prompts");
    }

    /** The sweep files of the paper's figures. */
    public static Path experiments() {
        return directory().resolve("experiments");
    }

    private static boolean isHome(Path p) {
        return Files.isDirectory(p.resolve("models")) && Files.isDirectory(p.resolve("prompts"));
    }

    private static Path requireHome(Path p) {
        if (!isHome(p)) {
            throw Problem.input("consensus.home is %s: expected a folder that holds models/ and prompts/.", p);
        }
        return p;
    }

    private static Path codeLocation() {
        try {
            return Path.of(Home.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toAbsolutePath();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
