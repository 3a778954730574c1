package org.consensusprobe.hub;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A checkpoint that is on this machine.
 *
 * @param name as the user wrote it
 * @param directory the folder to open
 * @param snapshot the hub id and commit, for the manifest; empty for a directory of the user's own
 */
public record FoundModel(String name, Path directory, Optional<Snapshot> snapshot) {
    static FoundModel of(ModelName name, Snapshot snapshot) {
        return new FoundModel(name.text(), snapshot.directory(), Optional.of(snapshot));
    }
}
