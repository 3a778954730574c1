package org.consensusprobe.torch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Packs TorchScript source text into the archive that libtorch loads as a module.
 *
 * <p>Such an archive is a zip of stored entries: the code, the pickle of one object of class {@code __torch__.K}, an empty
 * tuple of constants and a version. Nothing in it depends on a device.
 */
final class KernelArchive {
    private static final byte[] EMPTY_TUPLE = {(byte) 0x80, 2, 0x29, 0x2e};

    private KernelArchive() {}

    /** The given source files of {@code /torchscript}, one behind the other: the first opens class K. */
    static String text(String... sources) {
        StringBuilder code = new StringBuilder();
        for (String source : sources) {
            code.append(read(source));
        }
        return code.toString();
    }

    /** The archive of that source. */
    static byte[] pack(String code) {
        try {
            ByteArrayOutputStream archive = new ByteArrayOutputStream();
            try (ZipOutputStream zip = new ZipOutputStream(archive)) {
                store(zip, "k/code/__torch__.py", code.getBytes(StandardCharsets.UTF_8));
                store(zip, "k/data.pkl", moduleWithoutState());
                store(zip, "k/constants.pkl", EMPTY_TUPLE);
                store(zip, "k/version", "10\n".getBytes(StandardCharsets.US_ASCII));
            }
            return archive.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(String source) {
        try (InputStream in = KernelArchive.class.getResourceAsStream("/torchscript/" + source)) {
            if (in == null) {
                throw new IllegalStateException("kernel source /torchscript/" + source + " is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The pickle (protocol 2) of {@code __torch__.K} with the state {@code {"training": False}}. */
    private static byte[] moduleWithoutState() {
        return ("\u0080\u0002c__torch__\nK\nq\0)\u0081}(X\u0008\0\0\0trainingq\u0001\u0089ubq\u0002.")
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    // libtorch maps the entries, so they are stored, not deflated
    private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(content);
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCompressedSize(content.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }
}
