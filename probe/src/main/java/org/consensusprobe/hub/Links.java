package org.consensusprobe.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes symbolic links, or says by its exception that this disk or user cannot. */
@FunctionalInterface
interface Links {
    Links SYMBOLIC = Files::createSymbolicLink;

    /** For {@code HF_HUB_DISABLE_SYMLINKS}. */
    Links NONE = (link, target) -> {
        throw new UnsupportedOperationException("links are switched off");
    };

    /**
     * Makes {@code link} point to {@code target}, a path relative to the link's folder.
     *
     * @throws java.nio.file.FileAlreadyExistsException if something is there already
     */
    void create(Path link, Path target) throws IOException;
}
