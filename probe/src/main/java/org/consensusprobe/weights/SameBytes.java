package org.consensusprobe.weights;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import org.consensusprobe.common.CheckpointFiles;
import org.consensusprobe.common.Problem;

/** Whether two stored tensors are the same, of one type, shape and layout, byte for byte. */
final class SameBytes {
    private static final long PIECE = 1 << 26;

    private SameBytes() {}

    static boolean in(StoredTensor a, StoredTensor b) {
        if (a.type() != b.type()
                || !a.shape().equals(b.shape())
                || !a.convention().equals(b.convention())
                || !a.recipe().equals(b.recipe())) {
            return false;
        }
        if (a.recipe().isPresent()) {
            return true; // of the same tensors, in the same way
        }
        try (FileChannel first = FileChannel.open(a.file(), StandardOpenOption.READ);
                FileChannel second = FileChannel.open(b.file(), StandardOpenOption.READ)) {
            for (long done = 0; done < a.bytes(); done += PIECE) {
                long count = Math.min(PIECE, a.bytes() - done);
                if (map(first, a.offset() + done, count).mismatch(map(second, b.offset() + done, count)) >= 0) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            throw Problem.failed(e, "%s: cannot be read any more: %s.", a.file(), CheckpointFiles.reason(e));
        }
    }

    private static MappedByteBuffer map(FileChannel channel, long from, long count) throws IOException {
        return channel.map(FileChannel.MapMode.READ_ONLY, from, count);
    }
}
