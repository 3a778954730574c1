package org.consensusprobe.common;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Recognises what commonly lies where a checkpoint's file should be, and knows what to do about it. */
public final class ForeignContent {
    /** So many leading bytes decide. */
    public static final int HEAD_BYTES = 512;

    public static final String CONVERSION =
            "AutoModelForCausalLM.from_pretrained(dir).save_pretrained(dir, safe_serialization=True)";

    private static final Pattern LFS_SIZE = Pattern.compile("\nsize (\\d{1,18})\\s");

    private ForeignContent() {}

    /**
     * What the bytes are, as the end of a sentence, and what to do, as the next one; empty if they are nothing known.
     *
     * @param head the first bytes of a file, {@link #HEAD_BYTES} at most
     */
    public static Optional<String> recognise(byte[] head) {
        String text = new String(head, StandardCharsets.ISO_8859_1);
        String start = text.stripLeading().toLowerCase(Locale.ROOT);
        if (head.length == 0) {
            return Optional.of("an empty file. Download it again.");
        }
        if (text.startsWith("version https://git-lfs")) {
            return Optional.of(lfsPointer(text));
        }
        if (start.startsWith("<!doctype") || start.startsWith("<html") || start.startsWith("<?xml")) {
            return Optional.of(
                    "a web page. Download it again by the file's download link, not by the link to its page.");
        }
        if (text.startsWith("PK\3\4")) {
            return Optional.of("a zip archive, as torch.save writes. Convert it in Python: " + CONVERSION + ".");
        }
        if (isPickle(head)) {
            return Optional.of("a Python pickle, as old torch.save writes. Convert it in Python: " + CONVERSION + ".");
        }
        if (text.startsWith("\u0089HDF\r\n")) {
            return Optional.of("an HDF5 file, as Keras writes. Convert it in Python with save_pretrained"
                    + "(dir, safe_serialization=True).");
        }
        if (text.startsWith("GGUF")) {
            return Optional.of("a GGUF file. Give it as the model itself, under a name that ends in .gguf.");
        }
        if (start.startsWith("{")) {
            return Optional.of("JSON text, perhaps a server's answer. Download it again.");
        }
        return Optional.empty();
    }

    /** As {@link #recognise}, where JSON is what is expected. */
    public static Optional<String> recogniseInPlaceOfText(byte[] head) {
        return new String(head, StandardCharsets.ISO_8859_1).stripLeading().startsWith("{")
                ? Optional.empty()
                : recognise(head);
    }

    private static String lfsPointer(String text) {
        Matcher size = LFS_SIZE.matcher(text);
        String real = size.find() ? " (the file itself has " + size.group(1) + " bytes)" : "";
        return "a git-LFS pointer" + real + ". Run `git lfs pull` in its directory, or download the file itself.";
    }

    /** Protocol 2 to 5, which every torch.save since 1.0 has written. */
    private static boolean isPickle(byte[] head) {
        return head.length >= 2 && head[0] == (byte) 0x80 && head[1] >= 2 && head[1] <= 5;
    }
}
