package org.consensusprobe.results;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;

/**
 * {@code state.npz}: what an unfinished run needs to go on, complete in one file, which {@code numpy.load} opens.
 *
 * <p>It holds {@code progress.json} and arrays: the errors and measures so far, and the hidden states in the very dtype
 * they are computed in. Checksums of the arrays are verified.
 */
public final class ResumeArchive implements AutoCloseable {
    private static final String PROGRESS = "progress.json";
    private static final int FORMAT = 1;
    private static final int BUFFER = 1 << 16;
    private static final int MOST_PROGRESS_BYTES = 64 << 20;

    private final Path path;
    private final ZipFile zip;

    private ResumeArchive(Path path, ZipFile zip) {
        this.path = path;
        this.zip = zip;
    }

    /**
     * How far a run came.
     *
     * @param blocksDone blocks of all passes so far
     * @param floor the largest error of equal tokens so far
     * @param seconds the run took so far
     * @param firstBlockSeconds from the start to the first block's output
     * @param perPassSeconds of the passes so far
     */
    public record Progress(
            int blocksDone, double floor, double seconds, double firstBlockSeconds, List<Double> perPassSeconds) {
        public Progress {
            perPassSeconds = List.copyOf(perPassSeconds);
        }
    }

    /** One array and its content. */
    public record Member(String name, NpyHeader header, Npy.Pieces pieces) {}

    /**
     * Writes a state in place of an earlier one.
     *
     * @throws Problem if the disk refuses; the earlier state is untouched then
     */
    public static void write(Path file, Progress progress, List<Member> members) {
        AtomicFiles.write(file, out -> {
            // the stream belongs to the caller, who brings it to the disk before it is closed
            try (ZipOutputStream zip = new ZipOutputStream(new KeptOpen(out))) {
                zip.setLevel(Deflater.NO_COMPRESSION);
                zip.putNextEntry(new ZipEntry(PROGRESS));
                zip.write(json(progress).getBytes(StandardCharsets.UTF_8));
                zip.closeEntry();
                for (Member member : members) {
                    zip.putNextEntry(new ZipEntry(member.name() + ".npy"));
                    Npy.write(zip, member.header(), member.pieces());
                    zip.closeEntry();
                }
            }
        });
    }

    /**
     * Opens a state.
     *
     * @throws Problem if it is missing or damaged
     */
    public static ResumeArchive open(Path file) {
        try {
            return new ResumeArchive(file, new ZipFile(file.toFile()));
        } catch (IOException e) {
            throw damaged(file, e);
        }
    }

    /** How far the run came. */
    public Progress progress() {
        try (InputStream in = member(PROGRESS)) {
            byte[] text = in.readNBytes(MOST_PROGRESS_BYTES);
            JsonFields fields = JsonFields.of(StrictJson.parse(text, path.toString(), "run's progress"), path);
            if (fields.positiveInt("format") != FORMAT) {
                throw fields.refused("format", Integer.toString(FORMAT));
            }
            List<Double> perPass = new ArrayList<>();
            for (JsonNode seconds : fields.list("per_pass_seconds")) {
                perPass.add(seconds.asDouble());
            }
            return new Progress(
                    fields.positiveInt("blocks_done"),
                    fields.number("floor"),
                    fields.number("seconds"),
                    fields.number("first_block_seconds"),
                    perPass);
        } catch (IOException e) {
            throw damaged(path, e);
        }
    }

    /**
     * Reads one array row by row, along its first axis.
     *
     * @throws Problem if it is missing, damaged, or of another dtype or shape
     */
    public void rows(String name, NpyHeader expected, Npy.Rows rows) {
        CRC32 checksum = new CRC32();
        try (InputStream in =
                new CheckedInputStream(new BufferedInputStream(member(name + ".npy"), BUFFER), checksum)) {
            Npy.readRows(in, expected, rows);
            if (in.read() >= 0) {
                throw new NpyHeader.Malformed(name + " has more values than its shape says");
            }
            if (checksum.getValue() != zip.getEntry(name + ".npy").getCrc()) {
                throw new IOException("the checksum of " + name + " is wrong");
            }
        } catch (IOException e) {
            throw damaged(path, e);
        }
    }

    private InputStream member(String name) throws IOException {
        ZipEntry entry = zip.getEntry(name);
        if (entry == null) {
            throw new IOException(name + " is missing");
        }
        return zip.getInputStream(entry);
    }

    private static String json(Progress progress) {
        ObjectNode root = StrictJson.mapper().createObjectNode();
        root.put("format", FORMAT);
        root.put("blocks_done", progress.blocksDone());
        root.put("floor", progress.floor());
        root.put("seconds", progress.seconds());
        root.put("first_block_seconds", progress.firstBlockSeconds());
        progress.perPassSeconds().forEach(root.putArray("per_pass_seconds")::add);
        return root.toPrettyString();
    }

    private static Problem damaged(Path file, IOException e) {
        return Problem.input(
                e,
                "%s: the state of the unfinished run cannot be used: %s.%nStart the run again with --force.",
                file,
                e.getMessage());
    }

    @Override
    public void close() {
        try {
            zip.close();
        } catch (IOException e) {
            throw damaged(path, e);
        }
    }

    /** Passes writes on and does not close. */
    private static final class KeptOpen extends FilterOutputStream {
        KeptOpen(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            out.write(bytes, from, count);
        }

        @Override
        public void close() throws IOException {
            out.flush();
        }
    }
}
