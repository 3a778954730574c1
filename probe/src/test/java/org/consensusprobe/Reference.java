package org.consensusprobe;

import java.net.URISyntaxException;
import java.nio.file.Path;

/**
 * The committed reference checkpoints: tiny models with what transformers' own modules give on them in float64.
 *
 * <p>In each folder: {@code config.json}, weights, {@code prompts.json}, and for {@value #PASSES} passes the errors and the
 * last hidden states for every kind of weights, with and without feed-forward.
 */
public final class Reference {
    public static final int PASSES = 4;

    private Reference() {}

    /** The folder of a reference checkpoint. */
    public static Path folder(String name) {
        return resource("/reference/" + name);
    }

    /** A GGUF file, made by {@code make.py} beside it. */
    public static Path gguf(String name) {
        return resource("/gguf/" + name);
    }

    private static Path resource(String name) {
        try {
            return Path.of(Reference.class.getResource(name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
