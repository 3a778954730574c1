package org.consensusprobe.common;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What of the machine must not show in results or get in their way: the user's language, and a home that is not there.
 *
 * <p>Caches (ours, DJL's unpacked libraries, JNA's, Java's list of fonts) lie in the user's home, each where it always does.
 * Where there is none that can be written to, all of them lie in one folder: {@code XDG_CACHE_HOME/consensus-probe}, or
 * {@code consensus-probe-UID} in the temporary folder, which nobody else may enter.
 */
public final class Surroundings {
    private static final String HOME_PROPERTY = "user.home";

    private Surroundings() {}

    /** Settles both for this process; to be called before a library looks at them. */
    public static void settle(Map<String, String> environment) {
        // numbers, case and messages of the libraries too
        Locale.setDefault(Locale.ROOT);
        String ofSystem = System.getProperty(HOME_PROPERTY);
        Path temporary = Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath();
        Path home = home(environment, ofSystem, temporary);
        System.setProperty(HOME_PROPERTY, home.toString());
        // on nodes where homes are read-only, what was unpacked elsewhere is there already
        existing(environment.get("HOME"))
                .or(() -> existing(ofSystem))
                .map(old -> old.resolve(".djl.ai"))
                .filter(unpacked -> !unpacked.startsWith(home) && Files.isDirectory(unpacked.resolve("pytorch")))
                .filter(unpacked -> System.getProperty("DJL_CACHE_DIR") == null)
                .ifPresent(unpacked -> System.setProperty("DJL_CACHE_DIR", unpacked.toString()));
        if (!Files.isWritable(temporary)) {
            withoutTemporaryFolder(environment, home);
        }
    }

    /** DJL looks for a GPU by way of JNA, which answers with a stack trace where it cannot unpack its own library. */
    private static void withoutTemporaryFolder(Map<String, String> environment, Path home) {
        Stream.of(Optional.of(home), existing(environment.get("DJL_CACHE_DIR")))
                .flatMap(Optional::stream)
                .filter(Files::isWritable)
                .findFirst()
                .ifPresentOrElse(
                        folder -> System.setProperty("jna.tmpdir", folder.toString()),
                        () -> System.setProperty("jna.nounpack", "true"));
    }

    /** The folder that caches go to: a home, or what stands in for it; one that cannot be written to where there is no other. */
    static Path home(Map<String, String> environment, String ofSystem, Path temporary) {
        Optional<Path> named = existing(environment.get("HOME"));
        return Stream.of(named, existing(ofSystem))
                .flatMap(Optional::stream)
                .filter(Files::isWritable)
                .findFirst()
                .or(() -> absolute(environment.get("XDG_CACHE_HOME"))
                        .map(p -> p.resolve("consensus-probe"))
                        .filter(Surroundings::isMadePrivate))
                .or(() -> Optional.of(temporary.resolve("consensus-probe-" + user()))
                        .filter(Surroundings::isMadePrivate))
                .or(() -> named)
                .orElse(temporary);
    }

    /** Makes a folder for this user alone, unless it is there; one in the temporary folder may be another's trap. */
    private static boolean isMadePrivate(Path folder) {
        try {
            boolean posix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
            if (Files.notExists(folder, LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectories(folder.getParent());
                if (posix) {
                    Files.createDirectory(
                            folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                } else {
                    Files.createDirectory(folder);
                }
            }
            boolean own = !posix
                    || Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS)
                            .equals(uid().orElse(null));
            return own && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS) && Files.isWritable(folder);
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    private static String user() {
        return uid().map(Object::toString).orElseGet(() -> System.getProperty("user.name"));
    }

    /** The number of the user, who may have no name. */
    private static Optional<Object> uid() {
        try {
            return Optional.of(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<Path> existing(String folder) {
        return absolute(folder).filter(Files::isDirectory);
    }

    private static Optional<Path> absolute(String folder) {
        try {
            // Java writes ? for the home of a user without one
            return Optional.ofNullable(folder).map(Path::of).filter(Path::isAbsolute);
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }
}
