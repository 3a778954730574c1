class K(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # ---- what kernels are held to: the same operations written out, in float64 on the CPU, nothing fused. Those that end in
  # _bounded stack three tensors: the result, the sizes that a rounding in the states' dtype acts on, and the sizes that a rounding
  # to the weights' dtype acts on

  def none(self: __torch__.K) -> Optional[Tensor]:
    return None

  # x in float64 on the CPU; in storage of its own
  def wide_copy(self: __torch__.K, x: Tensor) -> Tensor:
    return torch.clone((self).wide(x))

  def wide(self: __torch__.K, x: Tensor) -> Tensor:
    return torch.to(torch.to(x, torch.device("cpu")), 7)

  # x with the values that another dtype has, in its own
  def on_grid(self: __torch__.K, x: Tensor, dtype: int) -> Tensor:
    return torch.to(torch.to(x, dtype), ops.prim.dtype(x))

  # some rows of x [.., E], evenly spread -> [n, E], n under 2 count
  def some_rows(self: __torch__.K, x: Tensor, count: int) -> Tensor:
    flat = torch.reshape(x, [-1, torch.size(x, -1)])
    step = torch.floordiv(torch.size(flat, 0), count)
    if step < 1:
      step = 1
    return torch.slice(flat, 0, 0, None, step)

  # the bounds of a kernel of which no more is known than its result
  def plainly_bounded(self: __torch__.K, y: Tensor) -> Tensor:
    size = torch.abs(y)
    if torch.dim(size) > 0 and torch.numel(size) > 0:
      size = torch.expand_as(torch.amax(size, [-1], True), size)
    return torch.stack([y, torch.mul(size, 4), torch.abs(y)])

  # the bounds of values that are stored, and no more than rounded
  def rounded(self: __torch__.K, y: Tensor) -> Tensor:
    return torch.stack([y, torch.zeros_like(y), torch.abs(y)])

  # how far that element of y is off that is farthest, as a share of what is allowed: so much of each of its two sizes
  def worst(self: __torch__.K, y: Tensor, bounds: Tensor, rounding: float, arithmetic: float) -> Tensor:
    found = (self).wide(y)
    wanted = torch.select(bounds, 0, 0)
    sizes = torch.select(bounds, 0, 1)
    allowed = torch.add(torch.mul(sizes, arithmetic), torch.mul(torch.select(bounds, 0, 2), rounding))
    off = torch.abs(torch.sub(found, wanted))
    off = torch.where(torch.isfinite(found), off, torch.full_like(off, inf))
    ratio = torch.div(off, torch.add(allowed, 1.0000000000000001e-300))
    ratio = torch.where(torch.isfinite(wanted), ratio, torch.zeros_like(ratio))
    at = torch.argmax(torch.flatten(ratio))
    return torch.index_select(torch.flatten(ratio), 0, at)

  # the largest |y_i - x_i| / |x_i| of tokens y_i and x_i, float64 [1]
  def tokens_apart(self: __torch__.K, y: Tensor, x: Tensor) -> Tensor:
    found = (self).wide(y)
    off = torch.linalg_vector_norm(torch.sub(found, x), 2, [-1])
    off = torch.where(torch.isfinite(off), off, torch.full_like(off, inf))
    return torch.reshape(torch.max(torch.div(off, torch.linalg_vector_norm(x, 2, [-1]))), [1])

  # ---- products. x [.., E], w [F, E] in any dtype, on any device; blocks of w are widened one after the other. Rounding makes a
  # walk at random of E steps: its size is the root of E times the sum of squares, also where one term outweighs all others

  def linear_bounded(self: __torch__.K, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
    height = torch.add(torch.floordiv(4194304, torch.size(w, 1)), 1)
    results = annotate(List[Tensor], [])
    sizes = annotate(List[Tensor], [])
    for i in range(torch.floordiv(torch.sub(torch.add(torch.size(w, 0), height), 1), height)):
      part = torch.t((self).wide(torch.slice(w, 0, torch.mul(i, height), torch.mul(torch.add(i, 1), height))))
      r = torch.append(results, torch.matmul(x, part))
      s = torch.append(sizes, torch.matmul(torch.square(x), torch.square(part)))
    y = torch.cat(results, -1)
    size = torch.sqrt(torch.mul(torch.cat(sizes, -1), torch.size(w, 1)))
    rounded = torch.abs(y)
    if b is not None:
      bias = (self).wide(unchecked_cast(Tensor, b))
      y = torch.add(y, bias)
      size = torch.add(size, torch.abs(bias))
      rounded = torch.add(rounded, torch.abs(bias))
    return torch.stack([y, size, rounded])

  def linear(self: __torch__.K, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
    y = torch.matmul(x, torch.t((self).wide(w)))
    if b is not None:
      y = torch.add(y, (self).wide(unchecked_cast(Tensor, b)))
    return y

  def add_linear_bounded(self: __torch__.K, residual: Tensor, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
    p = (self).linear_bounded(x, w, b)
    y = torch.add(residual, torch.select(p, 0, 0))
    size = torch.add(torch.abs(residual), torch.select(p, 0, 1))
    return torch.stack([y, size, torch.select(p, 0, 2)])

  def add_linear(self: __torch__.K, residual: Tensor, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
    return torch.add_(residual, (self).linear(x, w, b))

  # what enters the activation may be rounded, to a half: the way it goes then
  def linear_activation_bounded(self: __torch__.K, x: Tensor, w: Tensor, b: Optional[Tensor], name: str, threads: int) -> Tensor:
    p = (self).linear_bounded(x, w, b)
    before = torch.select(p, 0, 0)
    step = torch.mul(torch.select(p, 0, 2), 0.0078125)
    y = (self).activated(before, name)
    higher = torch.abs(torch.sub((self).activated(torch.add(before, step), name), y))
    lower = torch.abs(torch.sub((self).activated(torch.sub(before, step), name), y))
    rounded = torch.add(torch.abs(y), torch.div(torch.maximum(higher, lower), 0.0078125))
    size = torch.select(p, 0, 1)
    if name == "relu_squared":
      size = torch.mul(size, torch.add(torch.abs(before), 1.))
    return torch.stack([y, size, rounded])

  def linear_activation(self: __torch__.K, x: Tensor, w: Tensor, b: Optional[Tensor], name: str, threads: int) -> Tensor:
    return (self).activated((self).linear(x, w, b), name)

  # ---- activations

  def activated(self: __torch__.K, x: Tensor, name: str) -> Tensor:
    cubic = torch.add(x, torch.mul(torch.pow(x, 3), 0.044714999999999998))
    if name == "gelu_tanh":
      y = torch.mul(torch.mul(x, 0.5), torch.add(torch.tanh(torch.mul(cubic, 0.79788456080286541)), 1.))
    elif name == "gelu_fast":
      y = torch.mul(torch.mul(x, 0.5), torch.add(torch.tanh(torch.mul(cubic, 0.79788456079999995)), 1.))
    elif name == "gelu_bloom":
      y = torch.mul(torch.mul(x, 0.5), torch.add(torch.tanh(torch.mul(cubic, 0.79788455999999996)), 1.))
    elif name == "gelu_erf":
      y = torch.mul(torch.mul(x, 0.5), torch.add(torch.erf(torch.mul(x, 0.70710678118654757)), 1.))
    elif name == "relu":
      y = torch.clamp(x, 0.)
    elif name == "relu_squared":
      y = torch.square(torch.clamp(x, 0.))
    elif name == "expm1":
      y = torch.expm1(x)
    elif name == "silu":
      y = torch.div(x, torch.add(torch.exp(torch.neg(x)), 1.))
    elif name == "gelu_quick":
      y = torch.div(x, torch.add(torch.exp(torch.mul(x, -1.702)), 1.))
    elif name == "tanh":
      y = torch.tanh(x)
    elif name == "sigmoid":
      y = torch.div(torch.ones_like(x), torch.add(torch.exp(torch.neg(x)), 1.))
    else:
      ops.prim.RaiseException(torch.add("unknown activation ", name))
      y = x
    return y

  def activation_bounded(self: __torch__.K, x: Tensor, name: str, threads: int) -> Tensor:
    y = (self).activated(x, name)
    return torch.stack([y, torch.add(torch.abs(x), torch.abs(y)), torch.abs(y)])

  def activation(self: __torch__.K, x: Tensor, name: str, threads: int) -> Tensor:
    return torch.copy_(x, (self).activated(x, name))

  def soft_cap(self: __torch__.K, x: Tensor, cap: float, threads: int) -> Tensor:
    return torch.copy_(x, torch.mul(torch.tanh(torch.div(x, cap)), cap))

  # ---- norms, over the last axis

  def layer_norm_bounded(self: __torch__.K, x: Tensor, weight: Optional[Tensor], bias: Optional[Tensor], eps: float) -> Tensor:
    mean = torch.mean(x, [-1], True)
    inverse = torch.rsqrt(torch.add(torch.mean(torch.square(torch.sub(x, mean)), [-1], True), eps))
    y = torch.mul(torch.sub(x, mean), inverse)
    size = torch.mul(torch.add(torch.abs(x), torch.mean(torch.abs(x), [-1], True)), inverse)
    if weight is not None:
      gain = (self).wide(unchecked_cast(Tensor, weight))
      y = torch.mul(y, gain)
      size = torch.mul(size, torch.abs(gain))
    if bias is not None:
      shift = (self).wide(unchecked_cast(Tensor, bias))
      y = torch.add(y, shift)
      size = torch.add(size, torch.abs(shift))
    return torch.stack([y, size, torch.abs(y)])

  def layer_norm(self: __torch__.K, x: Tensor, weight: Optional[Tensor], bias: Optional[Tensor], eps: float) -> Tensor:
    return torch.select((self).layer_norm_bounded(x, weight, bias, eps), 0, 0)

  def rms_norm(self: __torch__.K, x: Tensor, weight: Optional[Tensor], eps: float) -> Tensor:
    y = torch.div(x, torch.sqrt(torch.add(torch.mean(torch.square(x), [-1], True), eps)))
    if weight is not None:
      y = torch.mul(y, (self).wide(unchecked_cast(Tensor, weight)))
    return y

  # ---- attention. q [B, T, H d], k and v [B, T, G d]

  def by_heads(self: __torch__.K, x: Tensor, groups: int, heads: int) -> Tensor:
    shape = [torch.size(x, 0), torch.size(x, 1), groups, torch.floordiv(torch.size(x, 2), groups)]
    y = torch.transpose(torch.reshape(x, shape), 1, 2)
    return torch.repeat_interleave(y, torch.floordiv(heads, groups), 1)

  # the rows [first, last) of the matrices A, and what rounding does to them: [2, B, H, last - first, T]. A score's error is of the
  # size of its terms and acts by e to the power of it; fused kernels take an exponential that is right to 20 units
  def matrices(self: __torch__.K, q: Tensor, k: Tensor, first: int, last: int, heads: int, groups: int, scale: float, causal: bool, window: int, sink: bool, cap: float, beta: float, bias: Optional[Tensor], sinks: Optional[Tensor]) -> Tensor:
    queries = torch.slice((self).by_heads(q, heads, heads), 2, first, last)
    keys = torch.transpose((self).by_heads(k, groups, heads), 2, 3)
    s = torch.mul(torch.matmul(queries, keys), scale)
    size = torch.abs(torch.mul(torch.matmul(torch.abs(queries), torch.abs(keys)), scale))
    if bias is not None:
      added = (self).wide(unchecked_cast(Tensor, bias))
      if torch.size(added, 2) > 1:
        added = torch.slice(added, 2, first, last)
      s = torch.add(s, added)
      size = torch.add(size, torch.abs(added))
    if cap > 0.:
      s = torch.mul(torch.tanh(torch.div(s, cap)), cap)
    s = torch.mul(s, beta)
    size = torch.abs(torch.mul(size, beta))
    t = torch.size(k, 1)
    back = torch.sub(torch.unsqueeze(torch.arange(first, last, dtype=4), 1), torch.unsqueeze(torch.arange(t, dtype=4), 0))
    hidden = torch.lt(back, torch.neg(t))
    if causal:
      hidden = torch.logical_or(hidden, torch.lt(back, 0))
    if window > 0:
      hidden = torch.logical_or(hidden, torch.ge(torch.abs(back), window))
    if not sink:
      first_key = torch.lt(torch.unsqueeze(torch.arange(t, dtype=4), 0), 1)
      hidden = torch.logical_or(hidden, torch.logical_and(first_key, torch.ne(back, 0)))
    s = torch.masked_fill(s, hidden, -inf)
    size = torch.masked_fill(size, hidden, 0.)
    most = torch.amax(s, [-1], True)
    e = torch.exp(torch.sub(s, most))
    total = torch.sum(e, [-1], True)
    if sinks is not None:
      column = torch.mul(torch.reshape((self).wide(unchecked_cast(Tensor, sinks)), [1, -1, 1, 1]), beta)
      total = torch.add(total, torch.exp(torch.sub(column, most)))
    a = torch.div(e, total)
    growth = torch.add(torch.amax(size, [-1], True), 8)
    return torch.stack([a, torch.mul(a, growth)])

  def attention_matrices_bounded(self: __torch__.K, q: Tensor, k: Tensor, first: int, last: int, heads: int, groups: int, scale: float, causal: bool, window: int, sink: bool, cap: float, beta: float, threads: int, bias: Optional[Tensor], sinks: Optional[Tensor]) -> Tensor:
    both = (self).matrices(q, k, first, last, heads, groups, scale, causal, window, sink, cap, beta, bias, sinks)
    a = torch.select(both, 0, 0)
    return torch.stack([a, torch.select(both, 0, 1), a])

  def attention_matrices(self: __torch__.K, q: Tensor, k: Tensor, first: int, last: int, heads: int, groups: int, scale: float, causal: bool, window: int, sink: bool, cap: float, beta: float, threads: int, bias: Optional[Tensor], sinks: Optional[Tensor]) -> Tensor:
    return torch.select((self).matrices(q, k, first, last, heads, groups, scale, causal, window, sink, cap, beta, bias, sinks), 0, 0)

  def attention_bounded(self: __torch__.K, q: Tensor, k: Tensor, v: Tensor, heads: int, groups: int, scale: float, causal: bool, window: int, sink: bool, cap: float, beta: float, threads: int, bias: Optional[Tensor], sinks: Optional[Tensor]) -> Tensor:
    both = (self).matrices(q, k, 0, torch.size(q, 1), heads, groups, scale, causal, window, sink, cap, beta, bias, sinks)
    values = (self).by_heads(v, groups, heads)
    y = torch.flatten(torch.transpose(torch.matmul(torch.select(both, 0, 0), values), 1, 2), 2)
    size = torch.flatten(torch.transpose(torch.matmul(torch.select(both, 0, 1), torch.abs(values)), 1, 2), 2)
    return torch.stack([y, size, torch.abs(y)])

  def attention(self: __torch__.K, q: Tensor, k: Tensor, v: Tensor, heads: int, groups: int, scale: float, causal: bool, window: int, sink: bool, cap: float, beta: float, threads: int, bias: Optional[Tensor], sinks: Optional[Tensor]) -> Tensor:
    return torch.select((self).attention_bounded(q, k, v, heads, groups, scale, causal, window, sink, cap, beta, threads, bias, sinks), 0, 0)

  # ---- rotary positions. x [B, T, H d]; table [2, T, n]: the first 2 n of each head's entries are turned, as complex numbers

  def turned(self: __torch__.K, x: Tensor, table: Tensor, heads: int, pairs: bool) -> Tensor:
    n = torch.size(table, 2)
    d = torch.floordiv(torch.size(x, 2), heads)
    by_head = torch.reshape(x, [torch.size(x, 0), torch.size(x, 1), heads, d])
    turning = torch.slice(by_head, 3, 0, torch.mul(n, 2))
    shape = [torch.size(x, 0), torch.size(x, 1), heads, n, 2] if pairs else [torch.size(x, 0), torch.size(x, 1), heads, 2, n]
    split = torch.reshape(turning, shape)
    if not pairs:
      split = torch.transpose(split, 3, 4)
    angles = torch.view_as_complex(torch.contiguous(torch.permute((self).wide(table), [1, 2, 0])))
    numbers = torch.view_as_complex(torch.contiguous(split))
    result = torch.view_as_real(torch.mul(numbers, torch.unsqueeze(angles, 1)))
    if not pairs:
      result = torch.transpose(result, 3, 4)
    flat = torch.reshape(result, torch.size(turning))
    return torch.flatten(torch.cat([flat, torch.slice(by_head, 3, torch.mul(n, 2))], 3), 2)

  def rotate(self: __torch__.K, x: Tensor, table: Tensor, heads: int) -> Tensor:
    return (self).turned(x, table, heads, False)

  def rotate_pairs(self: __torch__.K, x: Tensor, table: Tensor, heads: int) -> Tensor:
    return (self).turned(x, table, heads, True)

  # ---- eq. 25, with its cosines as they stand there: x [B, T, D] -> [B]

  def error(self: __torch__.K, x: Tensor) -> Tensor:
    u = torch.div(x, torch.linalg_vector_norm(x, 2, [-1], True))
    cosines = torch.sum(torch.mul(u, torch.slice(u, 1, 0, 1)), [-1])
    return torch.mean(torch.sub(torch.ones_like(cosines), cosines), [-1])

