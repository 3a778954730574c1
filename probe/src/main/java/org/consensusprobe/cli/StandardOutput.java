package org.consensusprobe.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.consensusprobe.common.Problem;

/** Standard output, and whether all of it arrived: Java's own writers keep to themselves that a disk is full. */
final class StandardOutput extends FilterOutputStream {
    private IOException failure;

    StandardOutput() {
        this(new FileOutputStream(FileDescriptor.out));
    }

    StandardOutput(OutputStream out) {
        super(out);
    }

    PrintWriter writer() {
        return new PrintWriter(this, true, StandardCharsets.UTF_8);
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    /**
     * The exit code of a command that ended with {@code code}: a failure where what it said did not arrive. A reader that
     * closes a pipe has seen enough, and is told nothing.
     */
    int exitCode(int code, PrintWriter err) {
        if (failure == null) {
            return code;
        }
        String reason = Optional.ofNullable(failure.getMessage())
                .orElse(failure.getClass().getSimpleName());
        if (!reason.contains("Broken pipe")) {
            err.println("consensus: standard output cannot be written: " + reason + ".");
        }
        return code == 0 ? Problem.FAILED : code;
    }
}
