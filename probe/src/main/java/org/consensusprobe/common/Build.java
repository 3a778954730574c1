package org.consensusprobe.common;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Properties;

/** Which state of the sources the program was built from. */
public final class Build {
    private Build() {}

    /** The version in the jar; "development" where classes run outside of one. */
    public static String version() {
        String version = Build.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    /** The commit, 40 hex digits, with "-dirty" behind it where files were changed since; none if built outside of git. */
    public static Optional<String> commit() {
        Properties git = new Properties();
        try (InputStream in = Build.class.getResourceAsStream("/git.properties")) {
            if (in != null) {
                git.load(in);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String dirty = "true".equals(git.getProperty("git.dirty")) ? "-dirty" : "";
        return Optional.ofNullable(git.getProperty("git.commit.id.full")).map(id -> id + dirty);
    }
}
