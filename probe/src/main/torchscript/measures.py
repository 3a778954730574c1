
  # ---- measures

  # eq. 25 per prompt: x [B, T, D] -> float64 [B]. s_1j = |u_1 - u_j|^2 / 2 equals 1 - cos without its cancellation.
  def error(self: __torch__.K, x: Tensor) -> Tensor:
    u = torch.div(x, (self).lengths(x))
    u = torch.sub_(u, torch.clone(torch.slice(u, 1, 0, 1)))
    s = torch.linalg_vector_norm(u, 2, [-1])
    return torch.mean(torch.mul(torch.square(torch.to(s, 7)), 0.5), [-1])

  # lengths of tokens: x [B, T, D] -> [B, T, 1]. Squares of float32 values vanish below 1e-19 and overflow above 1e19: tokens
  # that come near are measured in float64, which takes six times as long
  def lengths(self: __torch__.K, x: Tensor) -> Tensor:
    n = torch.linalg_vector_norm(x, 2, [-1], True)
    plain = torch.logical_and(torch.gt(n, 1.0000000000000001e-15), torch.lt(n, 1000000000000000.))
    if not bool(torch.all(plain)):
      wide = torch.to(torch.linalg_vector_norm(x, 2, [-1], True, dtype=7), ops.prim.dtype(x))
      n = torch.where(plain, n, wide)
    return n

  # the same with |cos|: where cos < 0, |u_1 + u_j|^2 / 2 = 1 - |cos| is the smaller of the two
  def error_absolute(self: __torch__.K, x: Tensor) -> Tensor:
    u = torch.div(x, (self).lengths(x))
    first = torch.slice(u, 1, 0, 1)
    near = torch.linalg_vector_norm(torch.sub(u, first), 2, [-1])
    far = torch.linalg_vector_norm(torch.add(u, first), 2, [-1])
    return torch.mean(torch.mul(torch.square(torch.to(torch.minimum(near, far), 7)), 0.5), [-1])

  # x [B, T, D] without the mean over its tokens, float64
  def residual(self: __torch__.K, x: Tensor) -> Tensor:
    wide = torch.to(x, 7)
    return torch.sub(wide, torch.mean(wide, [1], True))

  # sqrt(|X|_1 |X|_inf): the largest sums of absolute values of a column and of a row
  def composite_norm(self: __torch__.K, x: Tensor) -> Tensor:
    a = torch.abs(x)
    columns = torch.amax(torch.sum(a, [1]), [1])
    rows = torch.amax(torch.sum(a, [2]), [1])
    return torch.sqrt(torch.mul(columns, rows))

  # the residual of Dong et al. (2021) over the norm of X: float64 [B]
  def relative_residual(self: __torch__.K, x: Tensor) -> Tensor:
    return torch.div((self).composite_norm((self).residual(x)), (self).composite_norm(torch.to(x, 7)))

  # a view of x [B, T, D] without its first tokens
  def from_token(self: __torch__.K, x: Tensor, first: int) -> Tensor:
    return torch.slice(x, 1, first)

  # zeros to add unit tokens of x [B, T, D] into: float64 [longest, D]
  def unit_total(self: __torch__.K, x: Tensor, longest: int) -> Tensor:
    return torch.zeros([longest, torch.size(x, 2)], dtype=7, device=ops.prim.device(x))

  # total float64 [longest T, D] += sum over prompts of x's unit tokens, in place
  def add_units(self: __torch__.K, total: Tensor, x: Tensor) -> Tensor:
    u = torch.div(x, (self).lengths(x))
    part = torch.slice(total, 0, 0, torch.size(x, 1))
    return torch.add_(part, torch.sum(u, [0], False, dtype=7))

  # |u - mean|^2 per token: x [B, T, D], mean float64 [longest T, D] -> float64 [B, T]
  def unit_distances(self: __torch__.K, x: Tensor, mean: Tensor) -> Tensor:
    u = torch.div(x, (self).lengths(x))
    centre = torch.to(torch.slice(mean, 0, 0, torch.size(x, 1)), ops.prim.dtype(x))
    return torch.square(torch.to(torch.linalg_vector_norm(torch.sub(u, centre), 2, [-1]), 7))

  # the rows of x [N, D], each divided by its count
  def divide_rows(self: __torch__.K, x: Tensor, counts: List[int]) -> Tensor:
    return torch.div(x, torch.unsqueeze(torch.tensor(counts, dtype=4, device=ops.prim.device(x)), 1))

  # ---- measures. B prompts, T tokens, D model width, H heads, V vocabulary; every result is float64

  # unit tokens of x [.., D] in its own dtype; norms in float64: squares of float32 values vanish below 1e-19
  def units(self: __torch__.K, x: Tensor) -> Tensor:
    return torch.div(x, torch.to(torch.linalg_vector_norm(x, 2, [-1], True, dtype=7), ops.prim.dtype(x)))

  # x [.., T, D] without the mean of its tokens, which is taken in float64
  def centred(self: __torch__.K, x: Tensor) -> Tensor:
    return torch.sub(x, torch.to(torch.mean(x, [-2], True, dtype=7), ops.prim.dtype(x)))

  # s_1j of x [B, T, D] -> [B, T]
  def to_first_token(self: __torch__.K, x: Tensor) -> Tensor:
    u = (self).units(x)
    d = torch.linalg_vector_norm(torch.sub(u, torch.slice(u, 1, 0, 1)), 2, [-1], False, dtype=7)
    return torch.mul(torch.square(d), 0.5)

  # mean over all pairs of s_ij = (1/T) sum |u_i - ubar|^2, and R = |ubar|: x [B, T, D] -> [B, 2]
  def order(self: __torch__.K, x: Tensor) -> Tensor:
    u = (self).units(x)
    mean = torch.mean(u, [1], True, dtype=7)
    d = torch.linalg_vector_norm(torch.sub(u, torch.to(mean, ops.prim.dtype(u))), 2, [-1], False, dtype=7)
    spread = torch.mean(torch.square(d), [-1])
    return torch.stack([spread, torch.linalg_vector_norm(mean, 2, [1, 2])], 1)

  # half the largest squared distance of two rows of x [B, T, D] -> [B]. From the products of centred rows: what cancels is of
  # the size of the cloud, as the result is
  def largest_half_square(self: __torch__.K, x: Tensor) -> Tensor:
    v = (self).centred(x)
    q = torch.mul(torch.square(torch.linalg_vector_norm(v, 2, [-1], False, dtype=7)), 0.5)
    t = torch.size(v, 1)
    if t <= 2048:
      products = torch.matmul(v, torch.transpose(v, 1, 2))
      s = torch.sub(torch.add(torch.unsqueeze(q, 2), torch.unsqueeze(q, 1)), products)
      y = torch.amax(s, [1, 2])
    else:
      # pairs are taken in tiles of 1024 x 1024, those above the diagonal alone
      y = torch.zeros([torch.size(v, 0)], dtype=7, device=ops.prim.device(v))
      tiles = torch.floordiv(torch.add(t, 1023), 1024)
      for i in range(tiles):
        for j in range(torch.sub(tiles, i)):
          y = torch.maximum(y, (self).largest_of_tile(v, q, torch.mul(i, 1024), torch.mul(torch.add(i, j), 1024)))
    return torch.clamp(y, 0.)

  # the largest half square of one tile of pairs, whose rows and columns start at tokens i and j -> [B]
  def largest_of_tile(self: __torch__.K, v: Tensor, q: Tensor, i: int, j: int) -> Tensor:
    rows = torch.unsqueeze(torch.slice(v, 1, i, torch.add(i, 1024)), 1)
    columns = torch.unsqueeze(torch.transpose(torch.slice(v, 1, j, torch.add(j, 1024)), 1, 2), 1)
    products = torch.select((self).matmul(rows, columns), 1, 0)
    qi = torch.unsqueeze(torch.slice(q, 1, i, torch.add(i, 1024)), 2)
    qj = torch.unsqueeze(torch.slice(q, 1, j, torch.add(j, 1024)), 1)
    return torch.amax(torch.sub_(torch.add(qi, qj), products), [1, 2])

  def largest_pair(self: __torch__.K, x: Tensor) -> Tensor:
    return (self).largest_half_square((self).units(x))

  # |X - 1 xbar'|_F and |X|_F of x [B, T, D] -> [B, 2]
  def spread_and_norm(self: __torch__.K, x: Tensor) -> Tensor:
    r = torch.linalg_vector_norm((self).centred(x), 2, [1, 2], False, dtype=7)
    return torch.stack([r, torch.linalg_vector_norm(x, 2, [1, 2], False, dtype=7)], 1)

  # 1 - mean cosine, and the mean angle over pi, of the tokens of x and y [B, T, D], token by token -> [B, 2]; from the chord
  def change_angles(self: __torch__.K, x: Tensor, y: Tensor) -> Tensor:
    d = torch.linalg_vector_norm(torch.sub((self).units(x), (self).units(y)), 2, [-1], False, dtype=7)
    distance = torch.mul(torch.mean(torch.square(d), [-1]), 0.5)
    half = torch.asin(torch.clamp(torch.mul(d, 0.5), 0., 1.))
    return torch.stack([distance, torch.div(torch.mul(torch.mean(half, [-1]), 2.), 3.141592653589793)], 1)

  # x less its mean over its norm, and what its spread is of x's own norm: x [B, T, D] -> float64 [B, T, D], [B]
  def unit_spread(self: __torch__.K, x: Tensor) -> Tuple[Tensor, Tensor]:
    wide = torch.to(x, 7)
    c = (self).centred(wide)
    norm = torch.linalg_vector_norm(c, 2, [1, 2], True)
    share = torch.div(norm, torch.linalg_vector_norm(wide, 2, [1, 2], True))
    safe = torch.where(torch.gt(norm, 0.), norm, torch.ones_like(norm))
    return (torch.div(c, safe), torch.reshape(share, [-1]))

  # what of y [B, T, D], centred and of norm 1, x, centred and of norm 1, does not reach by any rotation or reflection and any scale:
  # 1 - (the sum of singular values of x'y)^2 -> [B]; NaN where a spread is under so much of the norm. Of fewer tokens than
  # dimensions the singular values are those of the triangular factors' product
  def procrustes_residual(self: __torch__.K, x: Tensor, y: Tensor, least: float) -> Tensor:
    a, own = (self).unit_spread(x)
    b, other = (self).unit_spread(y)
    if torch.lt(torch.size(a, 1), torch.size(a, 2)):
      q, r = torch.linalg_qr(torch.transpose(a, 1, 2), "r")
      p, s = torch.linalg_qr(torch.transpose(b, 1, 2), "r")
      m = torch.matmul(r, torch.transpose(s, 1, 2))
    else:
      m = torch.matmul(torch.transpose(a, 1, 2), b)
    shared = torch.sum(torch.linalg_svdvals(m), [-1])
    left = torch.clamp(torch.rsub(torch.square(shared), 1.), 0.)
    spread = torch.gt(torch.minimum(own, other), least)
    return torch.where(spread, left, torch.full_like(left, nan))

  # E of (I - 11'/D) x
  def error_projected(self: __torch__.K, x: Tensor) -> Tensor:
    y = torch.to(x, 7)
    return (self).error(torch.sub(y, torch.mean(y, [-1], True)))

  # the sum of all tokens of x [B, T, D] -> float64 [D]
  def token_sum(self: __torch__.K, x: Tensor) -> Tensor:
    return torch.sum(x, [0, 1], False, dtype=7)

  # E of x [B, T, D] less mean, float64 [D]: in float64, since the rounding of what is subtracted stands beside what is left
  def error_less(self: __torch__.K, x: Tensor, mean: Tensor) -> Tensor:
    return (self).error(torch.sub(torch.to(x, 7), mean))

  # shares of the k largest of the D terms of |ubar|^2: x [B, T, D] -> [B, 2] for k = 1, 5
  def dimension_shares(self: __torch__.K, x: Tensor) -> Tensor:
    terms = torch.square(torch.mean((self).units(x), [1], False, dtype=7))
    k = 5
    if torch.size(terms, 1) < 5:
      k = torch.size(terms, 1)
    largest, where = torch.topk(terms, k, -1, True, True)
    total = torch.sum(terms, [-1])
    return torch.stack([torch.div(torch.select(largest, 1, 0), total), torch.div(torch.sum(largest, [-1]), total)], 1)

  # ---- of one cloud, float64 [T, D]

  def cloud(self: __torch__.K, x: Tensor, row: int) -> Tensor:
    return torch.to(torch.select(x, 0, row), 7)

  # |v_i|^2 / 2 of rows v [T, D] -> [T]
  def half_norms(self: __torch__.K, v: Tensor) -> Tensor:
    return torch.mul(torch.sum(torch.square(v), [-1]), 0.5)

  # half squared distances of rows [first, last) to all rows -> [last - first, T]; zero of a row to itself. v [T, D] are the rows
  # less their mean, q [T] their half norms
  def half_squares(self: __torch__.K, v: Tensor, q: Tensor, first: int, last: int) -> Tensor:
    products = torch.matmul(torch.slice(v, 0, first, last), torch.t(v))
    s = torch.sub_(torch.add(torch.unsqueeze(torch.slice(q, 0, first, last), 1), torch.unsqueeze(q, 0)), products)
    own = torch.fill_diagonal_(torch.slice(torch.clamp_(s, 0.), 1, first, last), 0.)
    return s

  # distances of rows [first, last) to their two nearest other rows -> [last - first, 2]; the candidates' are taken anew, without
  # cancellation. v and q of x [T, D] as above
  def two_nearest(self: __torch__.K, x: Tensor, v: Tensor, q: Tensor, first: int, last: int) -> Tensor:
    s = (self).half_squares(v, q, first, last)
    own = torch.fill_diagonal_(torch.slice(s, 1, first, last), inf)
    k = 4
    if torch.size(x, 0) < 5:
      k = torch.sub(torch.size(x, 0), 1)
    near, where = torch.topk(s, k, -1, False, True)
    others = torch.reshape(torch.index_select(x, 0, torch.flatten(where)), [torch.size(s, 0), k, torch.size(x, 1)])
    d = torch.linalg_vector_norm(torch.sub(torch.unsqueeze(torch.slice(x, 0, first, last), 1), others), 2, [-1])
    nearest, order = torch.topk(d, 2, -1, False, True)
    return nearest

  # |y|_F^2 of the tokens y of x [T, D] that stand in a grid behind others, then the power of each frequency of their DFT, row by row,
  # which sum to it: -> [1 + rows columns]. The mean is taken off first, so that what is small beside it keeps its digits
  def field_power(self: __torch__.K, x: Tensor, before: int, rows: int, columns: int) -> Tensor:
    y = torch.slice(x, 0, before)
    mean = torch.mean(y, [0], True)
    field = torch.reshape(torch.sub(y, mean), [rows, columns, -1])
    n = torch.mul(rows, columns)
    power = torch.div(torch.sum(torch.square(torch.abs(torch.fft_fft2(field, None, [0, 1], None))), [-1]), n)
    total = torch.unsqueeze(torch.sum(torch.square(y)), 0)
    zero = torch.fill_(torch.slice(torch.slice(power, 0, 0, 1), 1, 0, 1), 0.)
    constant = torch.mul(torch.sum(torch.square(mean)), n)
    flat = torch.flatten(power)
    first = torch.add_(torch.slice(flat, 0, 0, 1), constant)
    return torch.cat([total, flat], 0)

  # lengths of the tokens of x [B, T, D] -> float64 [B, T]
  def token_norms(self: __torch__.K, x: Tensor) -> Tensor:
    return torch.linalg_vector_norm(x, 2, [-1], dtype=7)

  def row_norms(self: __torch__.K, x: Tensor) -> Tensor:
    return torch.linalg_vector_norm(x, 2, [-1])

  # singular values, the largest first
  def singular_values(self: __torch__.K, x: Tensor) -> Tensor:
    return torch.linalg_svdvals(x)

  # sqrt(|X|_1 |X|_inf): the largest absolute column sum and row sum
  def composite_of_cloud(self: __torch__.K, x: Tensor) -> Tensor:
    a = torch.abs(x)
    return torch.sqrt(torch.mul(torch.amax(torch.sum(a, [0]), [0], True), torch.amax(torch.sum(a, [1]), [0], True)))

  # u u' -> [T, T]
  def products(self: __torch__.K, u: Tensor) -> Tensor:
    return torch.matmul(u, torch.t(u))

  # |sum_i w_i u_i|
  def weighted_norm(self: __torch__.K, u: Tensor, w: Tensor) -> Tensor:
    return torch.linalg_vector_norm(torch.matmul(w, u), 2, [-1], True)

  # ---- of attention: a [B, H, T, T], rows sum to 1

  # how far a row of [r, T] is from summing to 1 at most, and the smallest element -> [2]
  def row_defect(self: __torch__.K, a: Tensor) -> Tensor:
    wide = torch.to(a, 7)
    return torch.stack([torch.max(torch.abs(torch.sub(torch.sum(wide, [-1]), 1.))), torch.min(wide)])

  # mean over rows i from 2 on of the entropy over log i, or over log T where tokens see later ones -> [B, H]
  def attention_entropy(self: __torch__.K, a: Tensor) -> Tensor:
    p = torch.slice(torch.to(a, 7), 2, 1)
    h = torch.neg(torch.sum(torch.special_xlogy(p, p), [-1]))
    t = torch.size(a, 3)
    if bool(torch.any(torch.gt(torch.triu(a, 1), 0.))):
      y = torch.div(h, torch.log(torch.full([], t, dtype=7, device=ops.prim.device(a))))
    else:
      y = torch.div(h, torch.log(torch.arange(2, torch.add(t, 1), dtype=7, device=ops.prim.device(a))))
    return torch.mean(y, [-1])

  # the sum of the same entropies over some rows of A [B, H, r, T], the first of which is a token's -> [B, H]
  def attention_entropy_of_rows(self: __torch__.K, a: Tensor, first: int, later: bool) -> Tensor:
    skipped = 0
    if first == 0:
      skipped = 1
    p = torch.slice(torch.to(a, 7), 2, skipped)
    h = torch.neg(torch.sum(torch.special_xlogy(p, p), [-1]))
    start = torch.add(torch.add(first, skipped), 1)
    if later:
      y = torch.div(h, torch.log(torch.full([], torch.size(a, 3), dtype=7, device=ops.prim.device(a))))
    else:
      y = torch.div(h, torch.log(torch.arange(start, torch.add(start, torch.size(p, 2)), dtype=7, device=ops.prim.device(a))))
    return torch.sum(y, [-1])

  # the sum over the same rows of the weight of token 1 -> [B, H]
  def attention_to_first_of_rows(self: __torch__.K, a: Tensor, first: int, later: bool) -> Tensor:
    skipped = 0
    if first == 0:
      skipped = 1
    return torch.sum(torch.select(torch.slice(a, 2, skipped), 3, 0), [-1], False, dtype=7)

  # mean over rows from 2 on of the weight of token 1 -> [B, H]
  def attention_to_first(self: __torch__.K, a: Tensor) -> Tensor:
    return torch.mean(torch.select(torch.slice(a, 2, 1), 3, 0), [-1], False, dtype=7)

  # 1 - min_ij sum_k min(A_ik, A_jk) = max_ij |A_i - A_j|_1 / 2 -> [B, H]
  def dobrushin(self: __torch__.K, a: Tensor) -> Tensor:
    t = torch.size(a, 3)
    flat = torch.to(torch.reshape(a, [-1, t, t]), 7)
    d = torch.cdist(flat, flat, 1.)
    return torch.mul(torch.reshape(torch.amax(d, [1, 2]), [torch.size(a, 0), torch.size(a, 1)]), 0.5)

  # the mean of the heads of rows of A -> float64 [B, r, T]
  def mean_attention(self: __torch__.K, a: Tensor) -> Tensor:
    return torch.mean(a, [1], False, dtype=7)

  # an empty [B, T, T] for rows of x [B, r, T]
  def room_for_rows(self: __torch__.K, x: Tensor) -> Tensor:
    return torch.empty([torch.size(x, 0), torch.size(x, 2), torch.size(x, 2)], dtype=7, device=ops.prim.device(x))

  # rows of target, from the first on, = x, in place
  def put_rows(self: __torch__.K, target: Tensor, x: Tensor, first: int) -> Tensor:
    return torch.copy_(torch.slice(target, 1, first, torch.add(first, torch.size(x, 1))), x)

  # the same of the mean of the heads, m [B, T, T] -> [B]
  def dobrushin_of_mean(self: __torch__.K, m: Tensor) -> Tensor:
    return torch.select((self).dobrushin(torch.unsqueeze(m, 1)), 1, 0)

  # of the mean of the heads, m [B, T, T]: |(I-J) A (I-J)|_2, the second largest |eigenvalue|, and how far column sums are from 1 -> [B, 3]
  def contraction(self: __torch__.K, m: Tensor) -> Tensor:
    columns = torch.mean(m, [1], True)
    rows = torch.mean(m, [2], True)
    c = torch.add(torch.sub(torch.sub(m, columns), rows), torch.mean(m, [1, 2], True))
    norm = torch.amax(torch.linalg_svdvals(c), [-1])
    # a triangular matrix has its eigenvalues on the diagonal, where the general method would lose digits
    if bool(torch.any(torch.gt(torch.triu(m, 1), 0.))):
      moduli = torch.abs(torch.linalg_eigvals(m))
    else:
      moduli = torch.abs(torch.diagonal(m, 0, 1, 2))
    largest, where = torch.topk(moduli, 2, -1, True, True)
    defect = torch.amax(torch.abs(torch.sub(torch.sum(m, [1]), 1.)), [-1])
    return torch.stack([norm, torch.select(largest, 1, 1), defect], 1)

  # how the error of y [B, T, D] changes without a head's part of it: heads [B, T, H d] times w [D, H d]' times scale -> [B, H].
  # In float64: a head's part may be small beside y
  def error_without_heads(self: __torch__.K, y: Tensor, heads: Tensor, w: Tensor, count: int, scale: float, absolute: bool) -> Tensor:
    wide = torch.to(y, 7)
    whole = (self).error_of_kind(wide, absolute)
    d = torch.floordiv(torch.size(heads, 2), count)
    b = torch.size(y, 0)
    out = torch.zeros([b, count], dtype=7, device=ops.prim.device(y))
    for h in range(count):
      first = torch.mul(h, d)
      last = torch.add(first, d)
      own = torch.unsqueeze(torch.to(torch.slice(heads, 2, first, last), 7), 1)
      matrix = torch.unsqueeze(torch.unsqueeze(torch.t(torch.to(torch.slice(w, 1, first, last), 7)), 0), 0)
      part = torch.select((self).matmul(own, matrix), 1, 0)
      e = (self).error_of_kind(torch.sub(wide, torch.mul(part, scale)), absolute)
      put = torch.copy_(torch.select(out, 1, h), torch.sub(e, whole))
    return out

  # eq. 25 with cosines or their absolute values
  def error_of_kind(self: __torch__.K, x: Tensor, absolute: bool) -> Tensor:
    if absolute:
      y = (self).error_absolute(x)
    else:
      y = (self).error(x)
    return y

  # |branch|_F / |x|_F of [B, T, D] -> [B]
  def step(self: __torch__.K, branch: Tensor, x: Tensor) -> Tensor:
    return torch.div(torch.linalg_vector_norm(branch, 2, [1, 2], False, dtype=7), torch.linalg_vector_norm(x, 2, [1, 2], False, dtype=7))

  # ---- of next tokens

  # x[row, first:last] of [B, T, D] -> [t, D]
  def positions(self: __torch__.K, x: Tensor, row: int, first: int, last: int) -> Tensor:
    return torch.contiguous(torch.slice(torch.select(x, 0, row), 0, first, last))

  # logits [t, V] -> float64 log p
  def log_probabilities(self: __torch__.K, logits: Tensor) -> Tensor:
    return torch.log_softmax(torch.to(logits, 7), -1)

  # H(p_t) in nats -> [t]
  def entropies(self: __torch__.K, logp: Tensor) -> Tensor:
    return torch.neg(torch.sum(torch.mul(torch.exp(logp), logp), [-1]))

  # the divergence of q from p in nats, sum p (log p - log q), of log p and log q [t, V] -> [t]
  def divergences(self: __torch__.K, logp: Tensor, logq: Tensor) -> Tensor:
    return torch.sum(torch.mul(torch.exp(logp), torch.sub(logp, logq)), [-1])

  def sum_of_exp(self: __torch__.K, logp: Tensor) -> Tensor:
    return torch.sum(torch.exp(logp), [0])

  # exp(logp) [t, V] with rows of zeros up to a number of rows
  def padded_exp(self: __torch__.K, logp: Tensor, rows: int) -> Tensor:
    y = torch.zeros([rows, torch.size(logp, 1)], dtype=7, device=ops.prim.device(logp))
    part = torch.copy_(torch.slice(y, 0, 0, torch.size(logp, 0)), torch.exp(logp))
    return y

  # total's first rows += exp(logp), in place
  def add_exp(self: __torch__.K, total: Tensor, logp: Tensor) -> Tensor:
    part = torch.add_(torch.slice(total, 0, 0, torch.size(logp, 0)), torch.exp(logp))
    return torch.zeros([1], dtype=7)

  # entropies of total [t, V], each row a sum of so many distributions -> [t]
  def mixture_entropies(self: __torch__.K, total: Tensor, counts: List[int]) -> Tensor:
    p = torch.div(total, torch.unsqueeze(torch.tensor(counts, dtype=7, device=ops.prim.device(total)), 1))
    return torch.neg(torch.sum(torch.special_xlogy(p, p), [-1]))

  # the same of one sum [V] -> [1]
  def mixture_entropy(self: __torch__.K, total: Tensor, count: float) -> Tensor:
    p = torch.div(total, count)
    return torch.unsqueeze(torch.neg(torch.sum(torch.special_xlogy(p, p))), 0)

  # sigmoid(x w' + b) of every token of [B, T, D], w [1, D], b [1] -> float64 [B, T]
  def gate(self: __torch__.K, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    y = torch.linear(torch.to(x, 7), torch.to(w, 7), torch.to(b, 7))
    return torch.sigmoid(torch.squeeze(y, -1))

  # ---- from pass to pass: x, the latest, and states b and a before it, [B, T, D]

  # unit tokens in float64
  def wide_units(self: __torch__.K, x: Tensor) -> Tensor:
    y = torch.to(x, 7)
    return torch.div(y, torch.linalg_vector_norm(y, 2, [-1], True))

  # |x - b|, |b|, |b - a|, <x - b, b - a> -> [B, 4]
  def moves(self: __torch__.K, x: Tensor, b: Tensor, a: Tensor) -> Tensor:
    wide = torch.to(b, 7)
    d = torch.sub(torch.to(x, 7), wide)
    e = torch.sub(wide, torch.to(a, 7))
    n = torch.linalg_vector_norm(d, 2, [1, 2])
    return torch.stack([n, torch.linalg_vector_norm(wide, 2, [1, 2]), torch.linalg_vector_norm(e, 2, [1, 2]), torch.sum(torch.mul(d, e), [1, 2])], 1)

  def moves_of_units(self: __torch__.K, x: Tensor, b: Tensor, a: Tensor) -> Tensor:
    return (self).moves((self).wide_units(x), (self).wide_units(b), (self).wide_units(a))

  # |x - b| / |x| -> [B]
  def apart(self: __torch__.K, x: Tensor, b: Tensor) -> Tensor:
    wide = torch.to(x, 7)
    d = torch.linalg_vector_norm(torch.sub(wide, torch.to(b, 7)), 2, [1, 2])
    return torch.div(d, torch.linalg_vector_norm(wide, 2, [1, 2]))

  def apart_of_units(self: __torch__.K, x: Tensor, b: Tensor) -> Tensor:
    return (self).apart((self).wide_units(x), (self).wide_units(b))

  # |x_i - b_i| / |b_i| -> [B, T]
  def token_moves(self: __torch__.K, x: Tensor, b: Tensor) -> Tensor:
    wide = torch.to(b, 7)
    d = torch.linalg_vector_norm(torch.sub(torch.to(x, 7), wide), 2, [-1])
    return torch.div(d, torch.linalg_vector_norm(wide, 2, [-1]))

  def token_moves_of_units(self: __torch__.K, x: Tensor, b: Tensor) -> Tensor:
    return (self).token_moves((self).wide_units(x), (self).wide_units(b))

  # ---- outliers and sinks

  # the k largest |x_id| of x [B, T, D], the first of equal ones first: the entry, over the median |x_id|, the token from 1, the
  # dimension from 0 -> [B, k, 4]
  def largest_activations(self: __torch__.K, x: Tensor, k: int) -> Tensor:
    flat = torch.flatten(x, 1)
    n = torch.size(flat, 1)
    d = torch.size(x, 2)
    sizes, order = torch.sort(torch.abs(flat), stable=True, dim=1, descending=True)
    places = torch.slice(order, 1, 0, k)
    entries = torch.to(torch.gather(flat, 1, places), 7)
    low = torch.to(torch.select(sizes, 1, torch.floordiv(n, 2)), 7)
    high = torch.to(torch.select(sizes, 1, torch.floordiv(torch.sub(n, 1), 2)), 7)
    median = torch.unsqueeze(torch.mul(torch.add(low, high), 0.5), 1)
    token = torch.add(torch.to(torch.div(places, d, rounding_mode="floor"), 7), 1)
    dimension = torch.to(torch.remainder(places, d), 7)
    return torch.stack([entries, torch.div(torch.abs(entries), median), token, dimension], 2)

  # the fourth moment over the square of the second: of all entries of x [B, T, D] about their mean, and of the dimensions' root mean
  # squares -> [B, 2]
  def kurtosis(self: __torch__.K, x: Tensor) -> Tensor:
    wide = torch.to(x, 7)
    square = torch.square(torch.sub(wide, torch.mean(wide, [1, 2], True)))
    entries = torch.div(torch.mean(torch.square(square), [1, 2]), torch.square(torch.mean(square, [1, 2])))
    s = torch.mean(torch.square(wide), [1])
    dimensions = torch.div(torch.mean(torch.square(s), [1]), torch.square(torch.mean(s, [1])))
    return torch.stack([entries, dimensions], 1)

  # shares of |X|_F^2 of the k largest dimensions of x [B, T, D] -> [B, 2] for k = 1, 5
  def norm_shares(self: __torch__.K, x: Tensor) -> Tensor:
    terms = torch.sum(torch.square(torch.to(x, 7)), [1])
    k = 5
    if torch.size(terms, 1) < 5:
      k = torch.size(terms, 1)
    largest, where = torch.topk(terms, k, -1, True, True)
    total = torch.sum(terms, [-1])
    return torch.stack([torch.div(torch.select(largest, 1, 0), total), torch.div(torch.sum(largest, [-1]), total)], 1)

  # norms of keys or values x [B, T, G d], each of which serves H / G neighbouring heads: of token 1, and the mean of the others
  # -> [B, H, 2]
  def norms_of_first_and_others(self: __torch__.K, x: Tensor, groups: int, heads: int) -> Tensor:
    shape = [torch.size(x, 0), torch.size(x, 1), groups, torch.floordiv(torch.size(x, 2), groups)]
    n = torch.linalg_vector_norm(torch.reshape(x, shape), 2, [-1], False, dtype=7)
    y = torch.stack([torch.select(n, 1, 0), torch.mean(torch.slice(n, 1, 1), [1])], 2)
    return torch.repeat_interleave(y, torch.floordiv(heads, groups), 1)

  # ---- token by token

  # mean over i of s_ij of every token j = (|u_j - ubar|^2 + mean_i |u_i - ubar|^2) / 2: x [B, T, D] -> [B, T]
  def errors_of_tokens(self: __torch__.K, x: Tensor) -> Tensor:
    u = (self).units(x)
    mean = torch.to(torch.mean(u, [1], True, dtype=7), ops.prim.dtype(u))
    square = torch.square(torch.linalg_vector_norm(torch.sub(u, mean), 2, [-1], False, dtype=7))
    return torch.mul(torch.add(square, torch.mean(square, [1], True)), 0.5)

  def errors_of_projected_tokens(self: __torch__.K, x: Tensor) -> Tensor:
    y = torch.to(x, 7)
    return (self).errors_of_tokens(torch.sub(y, torch.mean(y, [-1], True)))

  # |x_j - xbar| of every token of x [B, T, D] -> [B, T]
  def distances_to_mean(self: __torch__.K, x: Tensor) -> Tensor:
    return torch.linalg_vector_norm((self).centred(torch.to(x, 7)), 2, [-1])
