package org.consensusprobe.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.consensusprobe.common.Problem;

/**
 * Checks a libtorch that the user points at before it is loaded.
 *
 * <p>DJL's JNI library is compiled against one version of libtorch; another one corrupts dtypes or kills the process, so
 * {@code PYTORCH_LIBRARY_PATH} is believed only where {@code torch/version.py} beside it names that version.
 */
final class CudaLibrary {
    /** The libtorch version that the JNI library on the class path is built for. */
    static final String VERSION = "2.7.1";

    private static final Pattern VERSION_LINE =
            Pattern.compile("__version__\\s*(?::\\s*str\\s*)?=\\s*['\"]([^'\"]+)['\"]");

    private CudaLibrary() {}

    /**
     * Refuses a wrong libtorch.
     *
     * @param environment the process's environment
     * @throws Problem if {@code PYTORCH_LIBRARY_PATH} is set and does not lead to version {@value #VERSION}
     */
    static void checkBeforeUse(Map<String, String> environment) {
        String named = environment.get("PYTORCH_LIBRARY_PATH");
        if (named == null || named.isBlank()) {
            return;
        }
        if (!environment.containsKey("PYTORCH_FLAVOR")) {
            throw Problem.input(
                    "PYTORCH_LIBRARY_PATH is %s but PYTORCH_FLAVOR is not set; set PYTORCH_FLAVOR=cu128 (or cpu) and "
                            + "PYTORCH_VERSION=%s.",
                    named, VERSION);
        }
        Path library = Path.of(named);
        Path versionFile = library.resolveSibling("version.py");
        if (!Files.isDirectory(library) || !Files.isRegularFile(versionFile)) {
            throw Problem.input(
                    "PYTORCH_LIBRARY_PATH is %s: expected the folder torch/lib of a Python torch %s, with torch/version.py beside "
                            + "it.",
                    named, VERSION);
        }
        String found = version(versionFile);
        if (!found.equals(VERSION) && !found.startsWith(VERSION + "+")) {
            throw Problem.input(
                    "PYTORCH_LIBRARY_PATH is %s: expected torch %s, found %s.%nInstall that version: pip install torch==%s",
                    named, VERSION, found, VERSION);
        }
    }

    private static String version(Path file) {
        try {
            Matcher m = VERSION_LINE.matcher(Files.readString(file));
            return m.find() ? m.group(1) : "no version";
        } catch (IOException e) {
            throw Problem.input(e, "%s cannot be read: %s.", file, e.getMessage());
        }
    }
}
