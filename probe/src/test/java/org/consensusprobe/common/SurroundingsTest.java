package org.consensusprobe.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class SurroundingsTest {
    @TempDir
    Path folder;

    @Test
    void theHomeOfTheEnvironmentComesFirstThenTheSystems() throws IOException {
        Path named = Files.createDirectory(folder.resolve("named"));
        Path ofSystem = Files.createDirectory(folder.resolve("of-system"));

        assertThat(home(Map.of("HOME", named.toString()), ofSystem.toString())).isEqualTo(named);
        assertThat(home(Map.of(), ofSystem.toString())).isEqualTo(ofSystem);
        assertThat(home(Map.of("HOME", "relative"), ofSystem.toString())).isEqualTo(ofSystem);
        assertThat(home(Map.of("HOME", "/proc/nowhere"), ofSystem.toString())).isEqualTo(ofSystem);
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "POSIX permissions")
    void withoutAHomeThereIsAFolderOfTheUsersOwn() throws IOException {
        Path caches = folder.resolve("caches");

        Path temporary = home(Map.of(), "?");
        assertThat(temporary.getParent()).isEqualTo(folder);
        assertThat(temporary.getFileName().toString()).startsWith("consensus-probe-");
        assertThat(Files.getPosixFilePermissions(temporary)).isEqualTo(PosixFilePermissions.fromString("rwx------"));
        assertThat(home(Map.of(), "?")).as("and the next time").isEqualTo(temporary);
        assertThat(home(Map.of("HOME", "", "XDG_CACHE_HOME", caches.toString()), "?"))
                .isEqualTo(caches.resolve("consensus-probe"));
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "symbolic links")
    void aLinkInTheTemporaryFolderIsNotFollowed() throws IOException {
        Path temporary = home(Map.of(), "?");
        Files.delete(temporary);
        Files.createSymbolicLink(temporary, Files.createDirectory(folder.resolve("trap")));

        assertThat(home(Map.of(), "?"))
                .as("nothing is left but the temporary folder")
                .isEqualTo(folder);
    }

    @Test
    void aLibraryThatCannotBeUnpackedIsSaidBeforehand() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");

        UnpackedLibrary.require(folder.resolve("new"), "1.", 1, "the library");
        assertThat(problem(file.resolve("cache"), 1)).contains("cannot be written to", "DJL_CACHE_DIR", "(1 MB)");
        assertThat(problem(folder.resolve("new"), Integer.MAX_VALUE)).contains("MB are free");
        Files.createDirectory(folder.resolve("new/1.2-cpu"));
        UnpackedLibrary.require(folder.resolve("new"), "1.", Integer.MAX_VALUE, "the library");
    }

    private static String problem(Path cache, int megabytes) {
        try {
            UnpackedLibrary.require(cache, "1.", megabytes, "the library");
            return "none";
        } catch (Problem e) {
            return e.getMessage();
        }
    }

    private Path home(Map<String, String> environment, String ofSystem) {
        return Surroundings.home(environment, ofSystem, folder);
    }
}
