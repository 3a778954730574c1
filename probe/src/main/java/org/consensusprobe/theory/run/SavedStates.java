package org.consensusprobe.theory.run;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.consensusprobe.common.Problem;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.results.RunReader;
import org.consensusprobe.results.StatesArray;

/** The hidden states that a run kept on its way, by depth: {@code hidden/depth-D.npy}. */
final class SavedStates {
    private static final Pattern NAME = Pattern.compile("depth-(\\d{1,9})\\.npy");

    private final RunReader run;
    private final SortedMap<Integer, Path> files = new TreeMap<>();

    /**
     * Looks for them.
     *
     * @throws Problem if the folder cannot be read
     */
    SavedStates(RunReader run) {
        this.run = run;
        Path folder = run.path().resolve(RunDirectory.HIDDEN_AT);
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                Matcher name = NAME.matcher(entry.getFileName().toString());
                if (name.matches()) {
                    files.put(Integer.parseInt(name.group(1)), entry);
                }
            }
        } catch (IOException e) {
            throw Problem.input(e, "%s: cannot be read: %s.", folder, e.getMessage());
        }
    }

    int[] depths() {
        return files.keySet().stream().mapToInt(Integer::intValue).toArray();
    }

    boolean isEmpty() {
        return files.isEmpty();
    }

    /**
     * The tokens of every prompt at one depth.
     *
     * @throws Problem if the file does not have the run's prompts and width
     */
    void read(int depth, StatesArray.Prompts prompts) {
        Path file = files.get(depth);
        StatesArray states = StatesArray.open(file);
        Manifest manifest = run.manifest();
        int dim = states.header().shape().get(2);
        if (states.lengths().size() != manifest.promptCount()
                || dim != manifest.model().dim()) {
            throw Problem.input(
                    "%s: expected the states of %d prompts of width %d as the manifest says, found shape %s.",
                    file,
                    manifest.promptCount(),
                    manifest.model().dim(),
                    states.header().shape());
        }
        states.read(prompts);
    }
}
