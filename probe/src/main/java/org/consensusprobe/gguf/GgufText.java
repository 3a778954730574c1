package org.consensusprobe.gguf;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.consensusprobe.common.CheckpointFiles;
import org.consensusprobe.common.Problem;

/**
 * A string among a file's metadata, left where it is: templates have tens of kilobytes, and bytes that are no UTF-8 matter only
 * to who reads them.
 *
 * @param offset where its length stands, counted from the start of the file
 */
record GgufText(long offset) {
    String read(Path file, String what) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return new GgufInput(file, channel, offset).text(GgufMetadata.MAX_TEXT_BYTES, what);
        } catch (IOException e) {
            throw Problem.input(e, "%s: the GGUF file cannot be read: %s.", file, CheckpointFiles.reason(e));
        }
    }

    @Override
    public String toString() {
        return "text";
    }
}
