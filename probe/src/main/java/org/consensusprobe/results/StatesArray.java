package org.consensusprobe.results;

import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Sha256;

/**
 * A file of hidden states [prompts, tokens, dim], float32 or float64; shorter prompts end in NaN.
 *
 * @param file where it is
 * @param header its dtype and shape
 * @param lengths tokens of each prompt
 * @param sha256 of the file
 */
public record StatesArray(Path file, NpyHeader header, List<Integer> lengths, String sha256) {
    private static final int MOST_PROMPTS = 1 << 24;

    public StatesArray {
        lengths = List.copyOf(lengths);
    }

    /** Takes the states of one prompt, [tokens, dim] in C order. */
    @FunctionalInterface
    public interface Prompts {
        void accept(int prompt, double[] states);
    }

    /**
     * Reads a file through and checks every value.
     *
     * @throws Problem if it is no such array, has no prompts, or holds anything but numbers before the NaN that ends a prompt
     */
    public static StatesArray open(Path file) {
        Reading reading = new Reading(file);
        Npy.rows(
                file,
                reading.digest,
                reading::header,
                (row, values) -> reading.lengths.add(reading.enter(row, values)));
        return new StatesArray(file, reading.header, reading.lengths, reading.sha256());
    }

    /**
     * Reads the states prompt by prompt.
     *
     * @throws Problem if the file is not what it was when it was opened
     */
    public void read(Prompts prompts) {
        Reading reading = new Reading(file);
        int dim = header.shape().get(2);
        Npy.rows(file, reading.digest, reading::header, (row, values) -> {
            if (row >= lengths.size() || reading.enter(row, values) != lengths.get(row)) {
                throw changed();
            }
            prompts.accept(row, java.util.Arrays.copyOf(values, lengths.get(row) * dim));
        });
        if (!reading.sha256().equals(sha256)) {
            throw changed();
        }
    }

    private Problem changed() {
        return Problem.failed("%s: the file changed while it was in use.", file);
    }

    /** One pass over the file. */
    private static final class Reading {
        private final Path file;
        private final MessageDigest digest;
        private final List<Integer> lengths = new ArrayList<>();
        private NpyHeader header;

        Reading(Path file) {
            this.file = file;
            digest = Sha256.digest();
        }

        void header(NpyHeader found) {
            List<Integer> shape = found.shape();
            if (shape.size() != 3 || shape.contains(0) || shape.get(0) > MOST_PROMPTS) {
                throw Problem.input("%s: expected hidden states [prompts, tokens, dim], found shape %s.", file, shape);
            }
            header = found;
        }

        /** Takes one prompt's values in; its tokens. */
        int enter(int row, double[] values) {
            int dim = header.shape().get(2);
            int tokens = values.length / dim;
            int length = 0;
            for (int token = 0; token < tokens; token++) {
                int finite = 0;
                int nan = 0;
                for (int i = 0; i < dim; i++) {
                    double value = values[token * dim + i];
                    finite += Double.isFinite(value) ? 1 : 0;
                    nan += Double.isNaN(value) ? 1 : 0;
                }
                boolean ends = nan == dim;
                if (!ends && (finite < dim || length < token) || ends && token == 0) {
                    throw Problem.input(
                            "%s: prompt %d, token %d: %s; states are finite, and NaN only after a prompt's last token.",
                            file, row + 1, token + 1, ends || finite < dim ? "NaN or infinity" : "numbers after NaN");
                }
                length += ends ? 0 : 1;
            }
            return length;
        }

        String sha256() {
            return Sha256.hex(digest.digest());
        }
    }
}
