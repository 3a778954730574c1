package org.consensusprobe.hub;

import java.nio.file.Path;

/**
 * A checkpoint in the cache.
 *
 * @param id the model and the revision that was asked for
 * @param commit the commit that the revision stood for, for the manifest
 * @param directory the folder with {@code config.json} and the weights: usually links to the cache's blobs
 */
public record Snapshot(ModelId id, String commit, Path directory) {}
