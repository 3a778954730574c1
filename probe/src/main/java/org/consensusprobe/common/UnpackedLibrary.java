package org.consensusprobe.common;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Checks that a native library is unpacked, or can be: its own failure would not say where and why. */
public final class UnpackedLibrary {
    private UnpackedLibrary() {}

    /**
     * Refuses a folder that a library is not in and cannot be put in.
     *
     * @param folder where DJL unpacks it
     * @param version how the name of its own folder there begins
     * @param megabytes what it takes
     * @param what its name
     * @throws Problem if the folder cannot be written to, or has no room
     */
    public static void require(Path folder, String version, int megabytes, String what) {
        if (isUnpacked(folder, version)) {
            return;
        }
        long free;
        try {
            Files.createDirectories(folder);
            Files.delete(Files.createTempFile(folder, "writable", ""));
            free = Files.getFileStore(folder).getUsableSpace() >> 20;
        } catch (IOException e) {
            throw Problem.failed(
                    e,
                    "%s: %s has to be unpacked here once, and the folder cannot be written to.%n"
                            + "Set DJL_CACHE_DIR to one that can be (%d MB).",
                    folder,
                    what,
                    megabytes);
        }
        if (free < megabytes) {
            throw Problem.failed(
                    "%s: %s has to be unpacked here once: %d MB, and %d MB are free.%n"
                            + "Make room, or set DJL_CACHE_DIR to another folder.",
                    folder, what, megabytes, free);
        }
    }

    /** Whether a folder holds a library, as {@link #require} means it. */
    public static boolean isUnpacked(Path folder, String version) {
        try (Stream<Path> versions = Files.list(folder)) {
            return versions.anyMatch(v -> v.getFileName().toString().startsWith(version));
        } catch (IOException e) {
            return false;
        }
    }
}
