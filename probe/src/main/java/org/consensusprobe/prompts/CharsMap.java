package org.consensusprobe.prompts;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import org.consensusprobe.common.Problem;

/**
 * SentencePiece's table of characters to replace: the size of a trie in bytes, the trie as 32-bit units (a double array, as
 * darts-clone writes it), then the replacements in UTF-8, a zero byte after each.
 *
 * <p>The native library follows the trie wherever it points, and ends the process where that is outside. So each way through
 * it is walked here first.
 */
final class CharsMap {
    private final int[] units;
    private final byte[] texts;

    private CharsMap(int[] units, byte[] texts) {
        this.units = units;
        this.texts = texts;
    }

    /**
     * Checks a table; an empty one is none.
     *
     * @throws Problem naming the file
     */
    static void check(Path file, byte[] bytes) {
        if (bytes.length > 0) {
            read(file, bytes).walk(file);
        }
    }

    /** Whether a checked table, which may be empty, would replace anything in an ASCII text. */
    static boolean changes(Path file, byte[] bytes, String text) {
        if (bytes.length == 0) {
            return false;
        }
        CharsMap map = read(file, bytes);
        byte[] ascii = text.getBytes(StandardCharsets.UTF_8);
        for (int from = 0; from < ascii.length; from++) {
            if (map.beginsAt(ascii, from)) {
                return true;
            }
        }
        return false;
    }

    private static CharsMap read(Path file, byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (in.remaining() < Integer.BYTES) {
            throw Problem.input("%s: the tokenizer has a cut-off precompiled_charsmap.", file);
        }
        long size = Integer.toUnsignedLong(in.getInt());
        if (size == 0 || size % Integer.BYTES != 0 || size > in.remaining()) {
            throw broken(file);
        }
        int[] units = new int[(int) size / Integer.BYTES];
        in.asIntBuffer().get(units);
        in.position(in.position() + (int) size);
        byte[] texts = new byte[in.remaining()];
        in.get(texts);
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(texts));
        } catch (CharacterCodingException e) {
            throw broken(file);
        }
        return new CharsMap(units, texts);
    }

    private void walk(Path file) {
        BitSet seen = new BitSet(units.length);
        Deque<Integer> open = new ArrayDeque<>();
        open.push(offset(units[0]));
        while (!open.isEmpty()) {
            int node = open.pop();
            if (node >= units.length) {
                throw broken(file);
            }
            if (seen.get(node)) {
                continue;
            }
            seen.set(node);
            for (int label = 1; label < 256; label++) {
                int next = node ^ label;
                if (next >= units.length) {
                    throw broken(file); // it is looked at before its label is compared
                }
                if (label(units[next]) == label) {
                    int child = next ^ offset(units[next]);
                    if (hasValue(units[next])) {
                        checkText(file, child);
                    }
                    open.push(child);
                }
            }
        }
    }

    /** The text that a leaf stands for: it begins at a character and ends at a zero byte. */
    private void checkText(Path file, int leaf) {
        int at = leaf < units.length ? units[leaf] & Integer.MAX_VALUE : Integer.MAX_VALUE;
        if (at >= texts.length || (texts[at] & 0xc0) == 0x80) {
            throw broken(file);
        }
        while (texts[at] != 0) {
            if (++at == texts.length) {
                throw broken(file);
            }
        }
    }

    private boolean beginsAt(byte[] text, int from) {
        int node = offset(units[0]);
        for (int i = from; i < text.length; i++) {
            int label = text[i] & 0xff;
            int next = node ^ label;
            if (label(units[next]) != label) {
                return false;
            }
            node = next ^ offset(units[next]);
            if (hasValue(units[next])) {
                return true;
            }
        }
        return false;
    }

    /** How far the children are: bit 9 says that the number is in units of 256. */
    private static int offset(int unit) {
        return (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
    }

    private static boolean hasValue(int unit) {
        return (unit >>> 8 & 1) == 1;
    }

    /** The byte that leads to a unit; one with the highest bit set is a value, and no byte leads to it. */
    private static long label(int unit) {
        return Integer.toUnsignedLong(unit & (1 << 31 | 0xff));
    }

    private static Problem broken(Path file) {
        return Problem.input("%s: the tokenizer has a broken precompiled_charsmap.", file);
    }
}
