package org.consensusprobe.prompts;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.prompts.SentencePieces.Algorithm;
import org.consensusprobe.prompts.SentencePieces.Kind;
import org.consensusprobe.prompts.SentencePieces.Piece;
import org.consensusprobe.prompts.SentencePieces.Spacing;

/**
 * A model file of SentencePiece ({@code tokenizer.model}, {@code spiece.model}): a message of protocol buffers, of which the
 * fields that change ids are read ({@code sentencepiece_model.proto}).
 *
 * <p>The wire format is read here, strictly: it is four kinds of values, less than what a library for it asks of a build.
 */
final class SentencePieceFile {
    static final String HELP =
            "Give a tokenizer.json with --tokenizer: AutoTokenizer.from_pretrained(...).save_pretrained(...) of Python writes one.";

    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    private final Path file;
    private final List<Piece> pieces = new ArrayList<>();
    private long algorithm = 1;
    private long unknown;
    private boolean byteFallback;
    private long begin = 1;
    private long end = 2;
    private String beginPiece = "<s>";
    private String endPiece = "</s>";
    private boolean spaceAsSuffix;
    private byte[] charsMap = {};
    private boolean prefix = true;
    private boolean collapse = true;
    private boolean escape = true;

    private SentencePieceFile(Path file) {
        this.file = file;
    }

    /** What is done with one field of a message. */
    @FunctionalInterface
    private interface Field {
        void read(int number, Value value) throws CharacterCodingException;
    }

    /** One value as it stands in the file: a number, or the bytes of a string or a message. */
    private record Value(int wire, long number, ByteBuffer bytes) {}

    /**
     * Reads a model.
     *
     * @throws Problem if the file is damaged, or its model is of a kind whose ids cannot be made
     */
    static SentencePieces read(Path file) {
        try {
            long size = Files.size(file);
            if (size > Tokenizer.MAX_BYTES) {
                throw Problem.input("%s: %d bytes; at most %d are believed.", file, size, Tokenizer.MAX_BYTES);
            }
            return of(file, Files.readAllBytes(file));
        } catch (IOException e) {
            throw Problem.input(e, "%s: cannot be read: %s.", file, e.getMessage());
        }
    }

    static SentencePieces of(Path file, byte[] content) {
        SentencePieceFile model = new SentencePieceFile(file);
        try {
            model.message(ByteBuffer.wrap(content), model::modelField);
        } catch (BufferUnderflowException | CharacterCodingException e) {
            throw model.damaged(e);
        }
        return model.checked();
    }

    private void modelField(int number, Value value) throws CharacterCodingException {
        switch (number) {
            case 1 -> piece(message(value));
            case 2 -> message(message(value), this::trainerField);
            case 3 -> message(message(value), this::normalizerField);
            default -> {} // self-test data, the denormalizer, extensions
        }
    }

    private void piece(ByteBuffer message) throws CharacterCodingException {
        String[] text = {""};
        long[] kind = {1};
        float[] score = {0};
        message(message, (number, value) -> {
            switch (number) {
                case 1 -> text[0] = text(value);
                case 2 -> score[0] =
                        Float.intBitsToFloat((int) wire(value, FIXED32).number());
                case 3 -> kind[0] = wire(value, VARINT).number();
                default -> {}
            }
        });
        if (!Kind.exists(kind[0]) || text[0].isEmpty() || !Float.isFinite(score[0])) {
            throw Problem.input(
                    "%s: its piece %d, \"%s\", is of kind %d with score %s; expected some text, a kind from 1 to 6 and a finite score.",
                    file, pieces.size(), Shown.text(text[0]), kind[0], score[0]);
        }
        pieces.add(new Piece(text[0], score[0], Kind.numbered(kind[0])));
    }

    private void trainerField(int number, Value value) throws CharacterCodingException {
        switch (number) {
            case 3 -> algorithm = wire(value, VARINT).number();
            case 24 -> spaceAsSuffix = wire(value, VARINT).number() != 0;
            case 35 -> byteFallback = wire(value, VARINT).number() != 0;
            case 40 -> unknown = wire(value, VARINT).number();
            case 41 -> begin = wire(value, VARINT).number();
            case 42 -> end = wire(value, VARINT).number();
            case 46 -> beginPiece = text(value);
            case 47 -> endPiece = text(value);
            default -> {}
        }
    }

    private void normalizerField(int number, Value value) {
        switch (number) {
            case 2 -> {
                ByteBuffer bytes = wire(value, BYTES).bytes();
                charsMap = new byte[bytes.remaining()];
                bytes.get(charsMap);
            }
            case 3 -> prefix = wire(value, VARINT).number() != 0;
            case 4 -> collapse = wire(value, VARINT).number() != 0;
            case 5 -> escape = wire(value, VARINT).number() != 0;
            default -> {}
        }
    }

    private SentencePieces checked() {
        if (pieces.isEmpty()) {
            throw Problem.input("%s: no SentencePiece model: it holds no pieces.%n%s", file, HELP);
        }
        if (algorithm != 1 && algorithm != 2) {
            throw refused("cuts text by %s"
                    .formatted(algorithm == 3 ? "words" : algorithm == 4 ? "characters" : "rule " + algorithm));
        }
        if (spaceAsSuffix) {
            throw refused("puts the space after a word (treat_whitespace_as_suffix)");
        }
        if (!escape) {
            throw refused("keeps spaces as they are (escape_whitespaces)");
        }
        Set<String> texts = new HashSet<>();
        for (Piece piece : pieces) {
            if (!texts.add(piece.text())) {
                throw Problem.input("%s: the piece \"%s\" is there twice.", file, Shown.text(piece.text()));
            }
            if (piece.kind() == Kind.BYTE && !piece.text().matches("<0x[0-9A-F]{2}>")) {
                throw Problem.input(
                        "%s: the piece \"%s\" stands for a byte; expected <0x00> to <0xFF>.",
                        file, Shown.text(piece.text()));
            }
        }
        if (unknown < 0 || unknown >= pieces.size() || pieces.get((int) unknown).kind() != Kind.UNKNOWN) {
            throw Problem.input(
                    "%s: the piece for what is unknown (unk_id) is %d; expected one of the %d pieces, of kind 2.",
                    file, unknown, pieces.size());
        }
        CharsMap.check(file, charsMap);
        return new SentencePieces(
                algorithm == 1 ? Algorithm.UNIGRAM : Algorithm.BPE,
                List.copyOf(pieces),
                (int) unknown,
                byteFallback,
                new Spacing(charsMap, prefix, collapse),
                (int) begin < 0 ? null : beginPiece,
                (int) end < 0 ? null : endPiece);
    }

    /** Hands on the fields of a message one by one. */
    private void message(ByteBuffer in, Field field) throws CharacterCodingException {
        in.order(ByteOrder.LITTLE_ENDIAN);
        while (in.hasRemaining()) {
            long tag = varint(in);
            long number = tag >>> 3;
            int wire = (int) tag & 7;
            if (number < 1 || number >= 1 << 29) {
                throw damaged(null);
            }
            field.read(
                    (int) number,
                    switch (wire) {
                        case VARINT -> new Value(wire, varint(in), null);
                        case FIXED64 -> new Value(wire, in.getLong(), null);
                        case FIXED32 -> new Value(wire, in.getInt(), null);
                        case BYTES -> new Value(wire, 0, slice(in, varint(in)));
                        default -> throw damaged(null); // groups went out of use long before SentencePiece
                    });
        }
    }

    /** Seven bits a byte, low ones first; at most ten bytes, as any reader of the format has it. */
    private long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            byte next = in.get();
            value |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw damaged(null);
    }

    private ByteBuffer slice(ByteBuffer in, long length) {
        if (length < 0 || length > in.remaining()) {
            throw damaged(null);
        }
        ByteBuffer slice = in.slice(in.position(), (int) length);
        in.position(in.position() + (int) length);
        return slice;
    }

    private ByteBuffer message(Value value) {
        return wire(value, BYTES).bytes();
    }

    private String text(Value value) throws CharacterCodingException {
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(wire(value, BYTES).bytes())
                .toString();
    }

    private Value wire(Value value, int expected) {
        if (value.wire() != expected) {
            throw damaged(null);
        }
        return value;
    }

    private Problem damaged(Exception cause) {
        String what = "%s: no SentencePiece model, or a damaged one: piece after piece was read up to number %d.%n%s";
        return cause == null
                ? Problem.input(what, file, pieces.size(), HELP)
                : Problem.input(cause, what, file, pieces.size(), HELP);
    }

    private Problem refused(String why) {
        return Problem.input("%s: the SentencePiece model %s, which is not built here.%n%s", file, why, HELP);
    }
}
