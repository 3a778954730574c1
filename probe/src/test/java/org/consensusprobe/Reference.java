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

    /** A checkpoint or file with what transformers makes of it, {@code case.json}, in float64. */
    public static Path reported(String name) {
        return resource("/cases/" + name);
    }

    /** A table that a script of {@code scripts/} wrote. */
    public static Path table(String name) {
        return resource("/" + name);
    }

    /** With {@code -Dconsensus.parity.show=true}: a line that {@code scripts/family-figures.py} reads. */
    public static void show(String checkpoint, String what, String dtype, double errorOff, double hiddenOff) {
        if (Boolean.getBoolean("consensus.parity.show")) {
            System.out.printf("parity %s%s %s: %.3g, %.3g%n", checkpoint, what, dtype, errorOff, hiddenOff);
        }
    }

    private static Path resource(String name) {
        try {
            return Path.of(Reference.class.getResource(name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
