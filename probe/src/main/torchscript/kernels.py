class K(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  def none(self: __torch__.K) -> Optional[Tensor]:
    return None

  # ---- blocks. B prompts, T tokens, D model width, H heads, d = D / H

  def layer_norm(self: __torch__.K, x: Tensor, weight: Optional[Tensor], bias: Optional[Tensor], eps: float) -> Tensor:
    return torch.layer_norm(x, [torch.size(x, -1)], weight, bias, eps)

  # x rsqrt(mean x^2 + eps), times weight if there is one. The mean goes through the norm, which needs no copy of x
  def rms_norm(self: __torch__.K, x: Tensor, weight: Optional[Tensor], eps: float) -> Tensor:
    squares = torch.square(torch.linalg_vector_norm(x, 2, [-1], True))
    inverse = torch.rsqrt(torch.add(torch.div(squares, torch.size(x, -1)), eps))
    y = torch.mul(x, inverse)
    if weight is not None:
      y = torch.mul_(y, unchecked_cast(Tensor, weight))
    return y

  # 1 + x
  def one_plus(self: __torch__.K, x: Tensor) -> Tensor:
    return torch.add(x, 1.)

  # rotary positions by halves. x [B, T, H d]; table float64 [2, T, n], cosines and sines: of each head's d entries, i and n + i
  # turn together by the table's angle i, and those from 2 n on stay
  def rotate(self: __torch__.K, x: Tensor, table: Tensor, heads: int) -> Tensor:
    angles = torch.unsqueeze(torch.to(torch.to(table, ops.prim.dtype(x)), ops.prim.device(x)), 2)
    cos = torch.select(angles, 0, 0)
    sin = torch.select(angles, 0, 1)
    n = torch.size(table, 2)
    by_head = torch.reshape(x, [torch.size(x, 0), torch.size(x, 1), heads, torch.floordiv(torch.size(x, 2), heads)])
    a = torch.slice(by_head, 3, 0, n)
    b = torch.slice(by_head, 3, n, 2 * n)
    turned_a = torch.sub(torch.mul(a, cos), torch.mul(b, sin))
    turned_b = torch.add(torch.mul(b, cos), torch.mul(a, sin))
    return torch.flatten(torch.cat([turned_a, turned_b, torch.slice(by_head, 3, 2 * n)], 3), 2)

  # x [.., D] and y [.., E] beside each other -> [.., D + E]
  def beside(self: __torch__.K, x: Tensor, y: Tensor) -> Tensor:
    return torch.cat([x, y], -1)

  # rotary positions by neighbours: as `rotate`, but 2 i and 2 i + 1 turn together
  def rotate_pairs(self: __torch__.K, x: Tensor, table: Tensor, heads: int) -> Tensor:
    angles = torch.unsqueeze(torch.to(torch.to(table, ops.prim.dtype(x)), ops.prim.device(x)), 2)
    cos = torch.select(angles, 0, 0)
    sin = torch.select(angles, 0, 1)
    n = torch.size(table, 2)
    by_head = torch.reshape(x, [torch.size(x, 0), torch.size(x, 1), heads, torch.floordiv(torch.size(x, 2), heads)])
    turning = torch.slice(by_head, 3, 0, 2 * n)
    a = torch.slice(turning, 3, 0, None, 2)
    b = torch.slice(turning, 3, 1, None, 2)
    turned_a = torch.sub(torch.mul(a, cos), torch.mul(b, sin))
    turned_b = torch.add(torch.mul(b, cos), torch.mul(a, sin))
    pairs = torch.flatten(torch.stack([turned_a, turned_b], 4), 3)
    return torch.flatten(torch.cat([pairs, torch.slice(by_head, 3, 2 * n)], 3), 2)

  # x *= y, in place
  def multiply(self: __torch__.K, x: Tensor, y: Tensor) -> Tensor:
    return torch.mul_(x, y)

  # x kept within [low, high], in place
  def clamp(self: __torch__.K, x: Tensor, low: float, high: float) -> Tensor:
    return torch.clamp_(x, low, high)

  # cap tanh(x / cap), in place
  def soft_cap(self: __torch__.K, x: Tensor, cap: float, threads: int) -> Tensor:
    return torch.mul_((self).activation(torch.div_(x, cap), "tanh", threads), cap)

  # in place. libtorch's threads share the elements out; in each share it takes whole vectors by one formula and the rest one
  # by one, by another. Shares that are multiples of 32 have no rest, so that no bit depends on the number of threads
  def activation(self: __torch__.K, x: Tensor, name: str, threads: int) -> Tensor:
    n = torch.numel(x)
    head = n
    if name == "gelu_tanh" or name == "gelu_erf":
      head = torch.sub(n, torch.remainder(n, 32 * threads))
    else:
      # other operations give each thread 32768 elements at least
      for i in range(2):
        shares = torch.floordiv(torch.add(head, 32767), 32768)
        if shares > threads:
          shares = threads
        if shares > 0:
          head = torch.sub(n, torch.remainder(n, 32 * shares))
    flat = torch.flatten(x)
    y = (self).activate(torch.narrow(flat, 0, 0, head), name)
    y0 = (self).activate(torch.narrow(flat, 0, head, torch.sub(n, head)), name)
    return x

  def activate(self: __torch__.K, x: Tensor, name: str) -> Tensor:
    if name == "gelu_tanh":
      y = torch.gelu_(x, approximate="tanh")
    elif name == "gelu_erf":
      y = torch.gelu_(x)
    elif name == "gelu_fast":
      # transformers' FastGELUActivation, with its rounded constant
      inner = torch.mul(torch.mul(x, 0.79788456079999995), torch.add(torch.mul(torch.mul(x, 0.044714999999999998), x), 1.))
      y = torch.copy_(x, torch.mul(torch.mul(x, 0.5), torch.add(torch.tanh(inner), 1.)))
    elif name == "gelu_bloom":
      # transformers' BloomGelu, with its shorter constant
      inner = torch.mul(torch.mul(x, 0.79788455999999996), torch.add(torch.mul(torch.mul(x, 0.044714999999999998), x), 1.))
      y = torch.copy_(x, torch.mul(torch.mul(x, 0.5), torch.add(torch.tanh(inner), 1.)))
    elif name == "gelu_quick":
      y = torch.mul_(x, torch.sigmoid(torch.mul(x, 1.702)))
    elif name == "relu":
      y = torch.relu_(x)
    elif name == "relu_squared":
      y = torch.square_(torch.relu_(x))
    elif name == "expm1":
      y = torch.expm1_(x)
    elif name == "silu":
      y = torch.silu_(x)
    elif name == "sigmoid":
      y = torch.sigmoid_(x)
    elif name == "tanh":
      y = torch.tanh_(x)
    else:
      ops.prim.RaiseException(torch.add("unknown activation ", name))
      y = x
    return y

  # xIELU with learned factors: p x^2 + beta x above 0, n (expm1(min(x, eps)) - x) + beta x below, for p = softplus(alpha_p) and
  # n = beta + softplus(alpha_n); alpha_p and alpha_n [1], beta and eps []
  def xielu(self: __torch__.K, x: Tensor, alpha_p: Tensor, alpha_n: Tensor, beta: Tensor, eps: Tensor, threads: int) -> Tensor:
    below = (self).activation(torch.minimum(x, eps), "expm1", threads)
    low = torch.mul(torch.sub_(below, x), torch.add(torch.softplus(alpha_n), beta))
    high = torch.mul(torch.mul(x, x), torch.softplus(alpha_p))
    return torch.add_(torch.where(torch.gt(x, 0), high, low), torch.mul(x, beta))

  # x [B, T, H d] -> a view [B, H, T, d]
  def split_heads(self: __torch__.K, x: Tensor, heads: int) -> Tensor:
    shape = [torch.size(x, 0), torch.size(x, 1), heads, torch.floordiv(torch.size(x, 2), heads)]
    return torch.transpose(torch.reshape(x, shape), 1, 2)

  # [B, G, T, d] -> [B, H, T, d]: each key/value head serves H / G neighbouring query heads
  def repeat_heads(self: __torch__.K, x: Tensor, heads: int) -> Tensor:
    groups = torch.size(x, 1)
    if groups == heads:
      y = x
    else:
      each = torch.floordiv(heads, groups)
      wide = torch.expand(torch.unsqueeze(x, 2), [-1, -1, each, -1, -1])
      y = torch.reshape(wide, [torch.size(x, 0), heads, torch.size(x, 2), torch.size(x, 3)])
    return y

  # bool [last - first, high - low]: which tokens j of [low, high) each token i of [first, last) sees; window <= 0 means any
  # distance; without the sink the first token is seen by itself alone
  def seen(self: __torch__.K, like: Tensor, first: int, last: int, low: int, high: int, causal: bool, window: int, sink: bool) -> Tensor:
    i = torch.arange(first, last, dtype=3, device=ops.prim.device(like))
    j = torch.arange(low, high, dtype=3, device=ops.prim.device(like))
    back = torch.sub(torch.unsqueeze(i, 1), torch.unsqueeze(j, 0))
    y = torch.ge(back, 0) if causal else torch.ge(torch.abs(back), 0)
    if window > 0:
      y = torch.logical_and(y, torch.lt(torch.abs(back), window))
    if not sink:
      y = torch.logical_and(y, torch.logical_or(torch.gt(torch.unsqueeze(j, 0), 0), torch.eq(back, 0)))
    return y

  # what is added to scores s [B, H, r, n] of the queries from token `first` and the keys from token `low` on, in their dtype
  def bias_of(self: __torch__.K, bias: Tensor, s: Tensor, first: int, low: int) -> Tensor:
    b = torch.slice(bias, 3, low, torch.add(low, torch.size(s, 3)))
    if torch.size(bias, 2) > 1:
      b = torch.slice(b, 2, first, torch.add(first, torch.size(s, 2)))
    return torch.to(torch.to(b, ops.prim.dtype(s)), ops.prim.device(s))

  # int64 [T, T]: i - j + T - 1 for query i and key j, the place of their distance among 1 - T .. T - 1
  def distances(self: __torch__.K, t: int, like: Tensor) -> Tensor:
    i = torch.arange(t, dtype=4, device=ops.prim.device(like))
    return torch.add(torch.sub(torch.unsqueeze(i, 1), torch.unsqueeze(i, 0)), torch.sub(t, 1))

  # a bias of scores [1, H, T, T] from a table [N, H] and its row for every distance i - j, int64 [1, 2T - 1]
  def bias_by_distance(self: __torch__.K, table: Tensor, rows: Tensor) -> Tensor:
    t = torch.floordiv(torch.add(torch.numel(rows), 1), 2)
    by_distance = torch.embedding(table, torch.to(torch.flatten(rows), ops.prim.device(table)))
    b = torch.embedding(by_distance, (self).distances(t, table))
    return torch.contiguous(torch.unsqueeze(torch.permute(b, [2, 0, 1]), 0))

  # scores [B, H, T, T] of x [B, T, H d] against what stands for its distance to another token in a table [N, H d]: of query i, or
  # of key j, with the row for every distance i - j, int64 [1, 2T - 1]
  def scores_by_distance(self: __torch__.K, x: Tensor, table: Tensor, rows: Tensor, heads: int, of_keys: bool) -> Tensor:
    t = torch.size(x, 1)
    by_distance = torch.embedding(table, torch.to(torch.flatten(rows), ops.prim.device(table)))
    r = torch.unsqueeze((self).split_heads(torch.unsqueeze(by_distance, 0), heads), 0)
    s = (self).matmul((self).split_heads(x, heads), torch.transpose(torch.squeeze(r, 0), 2, 3))
    places = (self).distances(t, x)
    if of_keys:
      places = torch.t(places)
    y = torch.gather(s, 3, torch.expand(places, [torch.size(s, 0), heads, t, t]))
    if of_keys:
      y = torch.transpose(y, 2, 3)
    return y

  # rows of attention matrices, [B, H, r, n]: of q [B, H, r, d], the queries from token `first` on, over k [B, H, n, d], the keys
  # from token `low` on, which are all that those queries see. Rows sum to 1. Scores are capped as cap tanh(s / cap) where
  # cap > 0, then multiplied by beta. A bias [1 or B, 1 or H, 1 or T, T] is added to them before both. Sinks [H] are
  # a column more of scores, which no token stands for: rows sum to less than 1 then
  def weights_of(self: __torch__.K, q: Tensor, k: Tensor, first: int, low: int, scale: float, causal: bool, window: int, sink: bool, cap: float, beta: float, threads: int, bias: Optional[Tensor], sinks: Optional[Tensor]) -> Tensor:
    s = torch.mul((self).matmul(q, torch.transpose(k, 2, 3)), scale)
    if bias is not None:
      s = torch.add_(s, (self).bias_of(unchecked_cast(Tensor, bias), s, first, low))
    if cap > 0.:
      s = (self).soft_cap(s, cap, threads)
    if beta != 1.:
      s = torch.mul_(s, beta)
    if causal or window > 0 or not sink:
      last = torch.add(first, torch.size(q, 2))
      high = torch.add(low, torch.size(k, 2))
      hidden = torch.logical_not((self).seen(q, first, last, low, high, causal, window, sink))
      s = torch.masked_fill_(s, hidden, -inf)
    if sinks is not None:
      z = torch.mul(torch.to(unchecked_cast(Tensor, sinks), ops.prim.dtype(s)), beta)
      column = torch.expand(torch.reshape(z, [1, -1, 1, 1]), [torch.size(s, 0), torch.size(s, 1), torch.size(s, 2), 1])
      y = torch.slice(torch.softmax(torch.cat([s, column], 3), -1), 3, 0, torch.size(s, 3))
    else:
      y = torch.softmax(s, -1)
    return y

  # attention of q [B, H, T, d] through matrices that are made where they are needed -> as v [B, H, T, e]. Longer prompts than 2048
  # tokens go by tiles of queries, each over the keys that its queries see, so that no matrix of T x T is ever held
  def attention_by_matrices(self: __torch__.K, q: Tensor, k: Tensor, v: Tensor, fused: bool, scale: float, causal: bool, window: int, sink: bool, cap: float, beta: float, threads: int, bias: Optional[Tensor], sinks: Optional[Tensor]) -> Tensor:
    t = torch.size(q, 2)
    if t <= 2048:
      y = (self).attention_of_rows(q, k, v, 0, 0, fused, scale, causal, window, sink, cap, beta, threads, bias, sinks)
    else:
      shape = [torch.size(q, 0), t, torch.size(q, 1), torch.size(v, 3)]
      y = torch.transpose(torch.empty(shape, dtype=ops.prim.dtype(q), device=ops.prim.device(q)), 1, 2)
      rows = 1024
      if not fused:
        rows = (self).rows_of_matrices(torch.size(q, 1), t)
      for i in range(torch.floordiv(torch.sub(torch.add(t, rows), 1), rows)):
        first = torch.mul(i, rows)
        last = torch.add(first, rows)
        if last > t:
          last = t
        low = 0
        high = t
        if causal:
          high = last
        if window > 0:
          if torch.add(torch.sub(first, window), 1) > 0:
            low = torch.add(torch.sub(first, window), 1)
          if torch.sub(torch.add(last, window), 1) < high:
            high = torch.sub(torch.add(last, window), 1)
        part = (self).attention_of_rows(torch.slice(q, 2, first, last), torch.slice(k, 2, low, high), torch.slice(v, 2, low, high), first, low, fused, scale, causal, window, sink, cap, beta, threads, bias, sinks)
        kept = torch.copy_(torch.slice(y, 2, first, last), part)
    return y

  # rows of H matrices of T columns that are made at a time: some 2^23 values, and at least 16 rows
  def rows_of_matrices(self: __torch__.K, heads: int, t: int) -> int:
    rows = torch.floordiv(torch.floordiv(8388608, torch.mul(heads, t)), 16)
    y = 16
    if rows > 1:
      y = torch.mul(16, rows)
    return y

  def attention_of_rows(self: __torch__.K, q: Tensor, k: Tensor, v: Tensor, first: int, low: int, fused: bool, scale: float, causal: bool, window: int, sink: bool, cap: float, beta: float, threads: int, bias: Optional[Tensor], sinks: Optional[Tensor]) -> Tensor:
    if fused:
      last = torch.add(first, torch.size(q, 2))
      high = torch.add(low, torch.size(k, 2))
      y = torch.scaled_dot_product_attention(q, k, v, (self).seen(q, first, last, low, high, causal, window, sink), 0., False, scale=torch.mul(scale, beta))
    else:
      y = (self).matmul((self).weights_of(q, k, first, low, scale, causal, window, sink, cap, beta, threads, bias, sinks), v)
    return y

  # q [B, T, H d], k [B, T, G d], v [B, T, G e] -> [B, T, H e]
  def attention(self: __torch__.K, q: Tensor, k: Tensor, v: Tensor, heads: int, groups: int, scale: float, causal: bool, window: int, sink: bool, cap: float, beta: float, threads: int, bias: Optional[Tensor], sinks: Optional[Tensor]) -> Tensor:
    qh = (self).split_heads(q, heads)
    kh = (self).repeat_heads((self).split_heads(k, groups), heads)
    vh = (self).repeat_heads((self).split_heads(v, groups), heads)
    t = torch.size(qh, 2)
    narrow = window > 0 and window < t
    # the fused kernel masks before it scales: hidden scores of -inf would become NaN or +inf under a factor that is not positive
    matrices = cap > 0. or torch.mul(scale, beta) <= 0.
    if bias is not None or sinks is not None:
      matrices = True
    wide = torch.sub(torch.size(qh, 3), torch.size(vh, 3))
    if wide < 0:
      matrices = True
    if wide > 0:
      # the fused kernel wants heads of one size
      vh = torch.constant_pad_nd(vh, [0, wide], 0)
    if matrices or narrow or not sink:
      y = (self).attention_by_matrices(qh, kh, vh, not matrices, scale, causal, window, sink, cap, beta, threads, bias, sinks)
    else:
      y = torch.scaled_dot_product_attention(qh, kh, vh, None, 0., causal, scale=torch.mul(scale, beta))
    if wide > 0:
      y = torch.slice(y, 3, 0, torch.sub(torch.size(y, 3), wide))
    return torch.flatten(torch.transpose(y, 1, 2), 2)

  # rows [first, last) of the matrices that `attention` averages values with: [B, H, last - first, T]
  def attention_matrices(self: __torch__.K, q: Tensor, k: Tensor, first: int, last: int, heads: int, groups: int, scale: float, causal: bool, window: int, sink: bool, cap: float, beta: float, threads: int, bias: Optional[Tensor], sinks: Optional[Tensor]) -> Tensor:
    kh = (self).repeat_heads((self).split_heads(k, groups), heads)
    qh = torch.slice((self).split_heads(q, heads), 2, first, last)
    return (self).weights_of(qh, kh, first, 0, scale, causal, window, sink, cap, beta, threads, bias, sinks)

  # the outputs of all heads but the listed ones become zero, in place: x [B, T, H d]
  def keep_heads(self: __torch__.K, x: Tensor, heads: int, kept: List[int]) -> Tensor:
    keep = torch.zeros([heads], dtype=ops.prim.dtype(x), device=ops.prim.device(x))
    for head in kept:
      one = torch.fill_(torch.select(keep, 0, head), 1.)
    by_head = torch.reshape(x, [torch.size(x, 0), torch.size(x, 1), heads, -1])
    return torch.mul_(by_head, torch.unsqueeze(keep, 1))

  # columns [first, last) of the last axis: a view
  def columns(self: __torch__.K, x: Tensor, first: int, last: int) -> Tensor:
    return torch.slice(x, -1, first, last)

  # what a norm leaves of x when it does not normalise: gain and bias
  def affine(self: __torch__.K, x: Tensor, weight: Optional[Tensor], bias: Optional[Tensor]) -> Tensor:
    if weight is not None:
      y = torch.mul(x, unchecked_cast(Tensor, weight))
    else:
      y = torch.clone(x)
    if bias is not None:
      y = torch.add_(y, unchecked_cast(Tensor, bias))
    return y

  # x factor, in place
  def scale(self: __torch__.K, x: Tensor, factor: float) -> Tensor:
    return torch.mul_(x, factor)

  # residual += x, in place
  def add(self: __torch__.K, residual: Tensor, x: Tensor) -> Tensor:
    return torch.add_(residual, x)

  # target = x, in place
  def overwrite(self: __torch__.K, target: Tensor, x: Tensor) -> Tensor:
    return torch.copy_(target, x)

  # residual [B, T, D] += x [B, T, E] w' + b, in place
  def add_linear(self: __torch__.K, residual: Tensor, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
    return torch.add_(residual, (self).linear(x, w, b))

  # ---- embeddings

  # table [V, D], ids [B, T], positions [>= T, D] -> [B, T, D] in the given dtype
  def embed(self: __torch__.K, table: Tensor, positions: Tensor, ids: Tensor, dtype: int) -> Tensor:
    tokens = torch.to(torch.embedding(table, ids), dtype)
    return torch.add(tokens, torch.to(torch.slice(positions, 0, 0, torch.size(ids, 1)), dtype))

  # table [V, D], ids [B, T] -> [B, T, D] in the given dtype, times a factor
  def embed_tokens(self: __torch__.K, table: Tensor, ids: Tensor, factor: float, dtype: int) -> Tensor:
    tokens = torch.to(torch.embedding(table, ids), dtype)
    return tokens if factor == 1. else torch.mul(tokens, factor)

  # normal [T, D] at the norms of x [1, T, D] -> [T, D] in x's dtype. Norms in float64, as in `error`
  def directions(self: __torch__.K, x: Tensor, normal: Tensor) -> Tensor:
    tokens = torch.to(torch.select(x, 0, 0), 7)
    z = torch.to(normal, 7)
    norms = torch.div(torch.linalg_vector_norm(tokens, 2, [-1], True), torch.linalg_vector_norm(z, 2, [-1], True))
    return torch.to(torch.mul(z, norms), ops.prim.dtype(x))

  # the first token of x [1, T, D], T times, each moved by size times its norm along normal [T, D] -> [T, D] in x's dtype
  def near_consensus(self: __torch__.K, x: Tensor, normal: Tensor, size: float) -> Tensor:
    first = torch.slice(torch.to(torch.select(x, 0, 0), 7), 0, 0, 1)
    z = torch.to(normal, 7)
    length = torch.mul(torch.linalg_vector_norm(first, 2, [-1], True), size)
    step = torch.mul(torch.div(z, torch.linalg_vector_norm(z, 2, [-1], True)), length)
    return torch.to(torch.add(step, first), ops.prim.dtype(x))

  # positions from a padding id on: padding + 1, + 2, ..; a token that is the padding id has its position and is not counted
  def positions_after(self: __torch__.K, ids: Tensor, padding: int) -> Tensor:
    counted = torch.to(torch.ne(ids, padding), 4)
    return torch.add(torch.mul(torch.cumsum(counted, 1), counted), padding)

  # what ESM makes of x [B, T, D] for training's dropped tokens: those of the mask id become 0, the others are scaled by
  # (1 - 0.12) / (1 - the share of mask ids in the prompt)
  def without_masks(self: __torch__.K, x: Tensor, ids: Tensor, mask: int) -> Tensor:
    masked = torch.eq(ids, mask)
    kept = torch.masked_fill(x, torch.unsqueeze(masked, 2), 0.)
    share = torch.div(torch.to(torch.sum(torch.to(masked, 4), [1]), ops.prim.dtype(x)), torch.size(ids, 1))
    whole = torch.unsqueeze(torch.unsqueeze(torch.sub(torch.ones_like(share), share), 1), 2)
    return torch.div(torch.mul(kept, 0.88), whole)
