package org.consensusprobe.prompts;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.consensusprobe.prompts.SentencePieces.Kind;
import org.consensusprobe.prompts.SentencePieces.Piece;

/**
 * The merges of a byte-pair tokenizer for pieces that have none: every way to put a piece together of two others, in the
 * order in which the pieces are merged.
 */
final class PieceMerges {
    private PieceMerges() {}

    /**
     * By score as SentencePiece merges, pieces of one score in the order of their ids.
     *
     * @param characters that are known besides the pieces
     */
    static void byScore(List<Piece> pieces, Set<String> characters, ArrayNode merges) {
        List<Integer> order = IntStream.range(0, pieces.size())
                .filter(id -> pieces.get(id).kind() == Kind.NORMAL)
                .boxed()
                .sorted(Comparator.comparingDouble(id -> -pieces.get(id).score())) // stable: ids stay in order
                .toList();
        write(pieces, order, characters, merges);
    }

    /** By id, pieces of every kind, as transformers' {@code generate_merges}. */
    static void byId(List<Piece> pieces, ArrayNode merges) {
        write(pieces, IntStream.range(0, pieces.size()).boxed().toList(), Set.of(), merges);
    }

    private static void write(List<Piece> pieces, List<Integer> order, Set<String> characters, ArrayNode merges) {
        Set<String> known = new HashSet<>(characters);
        order.forEach(id -> known.add(pieces.get(id).text()));
        for (int id : order) {
            String whole = pieces.get(id).text();
            // the shorter the first half the sooner, as in transformers
            for (int cut = whole.offsetByCodePoints(0, 1);
                    cut < whole.length();
                    cut = whole.offsetByCodePoints(cut, 1)) {
                String first = whole.substring(0, cut);
                String second = whole.substring(cut);
                if (known.contains(first) && known.contains(second)) {
                    merges.addArray().add(first).add(second);
                }
            }
        }
    }
}
