package org.consensusprobe.model;

import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;

/** Attention matrices from queries and keys. */
final class ScoredRows implements AttentionRows {
    private final Tensor query;
    private final Tensor key;
    private final AttentionShape shape;
    private final Tensor bias;
    private final Tensor sinks;
    private Tensor whole;

    /**
     * Of queries and keys, after rotation.
     *
     * @param query [B, T, H d]
     * @param key [B, T, G d]
     * @param bias of scores, [1 or B, 1 or H, 1 or T, T]; null for none
     * @param sinks [H], a logit of each head that stands for no token; null for none
     */
    ScoredRows(Tensor query, Tensor key, AttentionShape shape, Tensor bias, Tensor sinks) {
        this.query = query;
        this.key = key;
        this.shape = shape;
        this.bias = bias;
        this.sinks = sinks;
    }

    @Override
    public int heads() {
        return shape.heads();
    }

    @Override
    public int tokens() {
        return Math.toIntExact(query.size(1));
    }

    @Override
    public boolean seesLater() {
        return !shape.causal();
    }

    @Override
    public boolean sumToOne() {
        return sinks == null;
    }

    @Override
    public Tensor whole(Kernels kernels) {
        if (whole == null) {
            whole = rows(kernels, 0, tokens());
        }
        return whole;
    }

    @Override
    public Tensor rows(Kernels kernels, int first, int last) {
        return kernels.attentionMatrices(query, key, first, last, shape, bias, sinks);
    }

    @Override
    public AttentionRows ofHead(Kernels kernels, int head) {
        long d = query.size(2) / shape.heads();
        long group = head / (shape.heads() / shape.keyValueHeads());
        return new ScoredRows(
                kernels.columns(query, head * d, (head + 1) * d), // [B, T, d]
                kernels.columns(key, group * d, (group + 1) * d), // [B, T, d]
                shape.ofOneHead(),
                bias == null || bias.size(1) == 1 ? bias : kernels.tensors().tokensView(bias, head, head + 1),
                sinks == null ? null : kernels.tensors().rowsView(sinks, head, head + 1));
    }

    @Override
    public void keepIn(Scope scope) {
        scope.keep(query);
        scope.keep(key);
        if (bias != null) {
            scope.keep(bias);
        }
        if (whole != null) {
            scope.keep(whole);
        }
    }
}
