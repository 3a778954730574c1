package org.consensusprobe.pickle;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.consensusprobe.common.CheckpointFiles;
import org.consensusprobe.common.ForeignContent;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.pickle.Values.Dict;
import org.consensusprobe.pickle.Values.Storage;
import org.consensusprobe.pickle.Values.View;

/**
 * A file that {@code torch.save} made of a state dict, such as {@code pytorch_model.bin}: its tensors and where they lie.
 *
 * <p>The pickle in it is read, never run; see {@link Unpickler}. Views of one storage, transposed ones too, are told as they are.
 */
public final class TorchFile {
    /** What makes a file of another form one that is read here. */
    static final String SAVE_AGAIN = "If you trust its source, save it again in Python:"
            + " torch.save(torch.load(FILE, map_location=\"cpu\", weights_only=True), FILE).";

    private static final String WHAT = "file of torch.save";
    private static final long MAX_PICKLE_BYTES = 64_000_000;
    private static final int MAX_NAME_LENGTH = 1000;

    private TorchFile() {}

    /**
     * The tensors of a file by name, in its order.
     *
     * @throws Problem if the file is missing, of another or an older format, damaged, or asks for more than tensors
     */
    public static Map<String, PickledTensor> read(Path file) {
        CheckpointFiles.requireRegular(file, WHAT);
        requireArchive(file);
        TorchArchive archive = TorchArchive.read(file);
        archive.content("byteorder", 20).ifPresent(order -> {
            String name = new String(order, StandardCharsets.US_ASCII).strip();
            if (!name.equals("little")) {
                throw Problem.input(
                        "%s: its tensors are in the byte order \"%s\"; expected little.%n%s",
                        file, Shown.text(name), SAVE_AGAIN);
            }
        });
        byte[] pickle = archive.content("data.pkl", MAX_PICKLE_BYTES).orElseThrow();
        Map<String, PickledTensor> tensors = new LinkedHashMap<>();
        if (!(Unpickler.read(pickle, file) instanceof Dict dict)) {
            throw Problem.input("%s: holds no dict of tensors; expected a state dict.", file);
        }
        dict.entries.forEach(
                (key, value) -> tensors.put(name(file, key), tensor(file, archive, name(file, key), value)));
        return Collections.unmodifiableMap(tensors);
    }

    private static void requireArchive(Path file) {
        byte[] head;
        try {
            head = CheckpointFiles.readAt(file, 0, (int) Math.min(Files.size(file), ForeignContent.HEAD_BYTES));
        } catch (IOException e) {
            throw Problem.input(e, "%s: the %s cannot be read: %s.", file, WHAT, CheckpointFiles.reason(e));
        }
        String text = new String(head, StandardCharsets.ISO_8859_1);
        if (text.startsWith("PK\3\4")) {
            return;
        }
        if (text.matches("(?s)\u0080[\1-\5]\u008a\n.*") || text.startsWith("ustar", 257)) {
            throw Problem.input(
                    "%s: the form that torch.save wrote before PyTorch 1.6, which is not read.%n%s", file, SAVE_AGAIN);
        }
        throw Problem.input(
                "%s: expected a %s, found %s",
                file, WHAT, ForeignContent.recognise(head).orElse("something else. Download it again."));
    }

    private static String name(Path file, Object key) {
        if (key instanceof String name
                && !name.isEmpty()
                && name.length() <= MAX_NAME_LENGTH
                && name.chars().noneMatch(Character::isISOControl)) {
            return name;
        }
        throw Problem.input("%s: a tensor's name must be 1 to %d printable characters.", file, MAX_NAME_LENGTH);
    }

    private static PickledTensor tensor(Path file, TorchArchive archive, String name, Object value) {
        if (!(value instanceof View view)) {
            throw Problem.input(
                    "%s: %s is no tensor; expected a state dict, which has nothing else.%s",
                    file,
                    Shown.text(name),
                    value instanceof Dict
                            ? String.format(
                                    "%nIf it is the state dict itself, save it alone: torch.save(all[name], FILE).")
                            : "");
        }
        Storage storage = view.storage;
        TorchArchive.Place place = archive.place("data/" + storage.key)
                .orElseThrow(() -> wrong(file, name, "its storage is not in the archive"));
        try {
            long bytes = Math.multiplyExact(storage.elements, storage.type == null ? 1 : storage.type.bytes());
            if (bytes != place.bytes()) {
                throw wrong(file, name, "its storage has " + place.bytes() + " bytes where " + bytes + " are expected");
            }
            long end = Math.addExact(view.offset, spanned(view.shape, view.strides));
            if (Math.multiplyExact(end, view.type.bytes()) > bytes) {
                throw wrong(file, name, "it reaches beyond its storage");
            }
            long offset = place.offset() + view.offset * view.type.bytes();
            return new PickledTensor(name, view.type, view.shape, view.strides, offset);
        } catch (ArithmeticException e) {
            throw wrong(file, name, "its sizes exceed 64 bits");
        }
    }

    /** From its first element to behind its last. */
    private static long spanned(List<Long> shape, List<Long> strides) {
        long spanned = 1;
        long elements = 1;
        for (int i = 0; i < shape.size(); i++) {
            elements = Math.multiplyExact(elements, shape.get(i));
            spanned = Math.addExact(spanned, Math.multiplyExact(Math.max(0, shape.get(i) - 1), strides.get(i)));
        }
        return elements == 0 ? 0 : spanned;
    }

    private static Problem wrong(Path file, String name, String what) {
        return Problem.input("%s: tensor %s: %s. Download it again.", file, Shown.text(name), what);
    }
}
