
  # ---- tensors made, mapped, copied and seen in other ways

  def map_file(self: __torch__.K, path: str, elements: int, dtype: int) -> Tensor:
    return torch.from_file(path, False, elements, dtype=dtype)

  # a view of a mapped file: a contiguous tensor that starts at the given element
  def cut(self: __torch__.K, mapped: Tensor, shape: List[int], offset: int) -> Tensor:
    n = 1
    for size in shape:
      n = torch.mul(n, size)
    return torch.reshape(torch.narrow(mapped, 0, offset, n), shape)

  # bytes of a mapped file as another dtype: copied, because the start need not be aligned; TorchScript has no view.dtype
  def cut_copy(self: __torch__.K, mapped: Tensor, shape: List[int], offset: int, bytes: int, dtype: int) -> Tensor:
    return torch.reshape(torch.view_copy(torch.clone(torch.narrow(mapped, 0, offset, bytes)), dtype=dtype), shape)

  def transpose(self: __torch__.K, x: Tensor) -> Tensor:
    return torch.t(x)

  def transposed_copy(self: __torch__.K, x: Tensor) -> Tensor:
    return torch.contiguous(torch.t(x))

  def strided_copy(self: __torch__.K, x: Tensor, shape: List[int], strides: List[int]) -> Tensor:
    return torch.contiguous(torch.as_strided(x, shape, strides, torch.storage_offset(x)))

  def less_one(self: __torch__.K, x: Tensor) -> Tensor:
    return torch.sub(x, 1)

  # x [H 2n, ..]: in each head, rows (0, n, 1, n + 1, ..) become (0, 1, .., n, n + 1, ..)
  def halves_of_pairs(self: __torch__.K, x: Tensor, heads: int) -> Tensor:
    half = torch.floordiv(torch.size(x, 0), torch.mul(2, heads))
    pairs = torch.reshape(x, [heads, half, 2, -1])
    return torch.reshape(torch.transpose(pairs, 1, 2), torch.size(x))

  def uninitialised(self: __torch__.K, shape: List[int], dtype: int) -> Tensor:
    return torch.empty(shape, dtype=dtype)

  def reshape(self: __torch__.K, x: Tensor, shape: List[int]) -> Tensor:
    return torch.reshape(x, shape)

  def convert(self: __torch__.K, x: Tensor, dtype: int) -> Tensor:
    return torch.to(x, dtype)

  def like(self: __torch__.K, x: Tensor, other: Tensor) -> Tensor:
    return torch.to(torch.to(x, ops.prim.dtype(other)), ops.prim.device(other))

  # whether a conversion makes a contiguous copy on the CPU
  def is_copied_by(self: __torch__.K, x: Tensor, dtype: int) -> bool:
    return ops.prim.dtype(x) != dtype and torch.is_contiguous(x) and ops.prim.is_cpu(x)

  def dtype_code(self: __torch__.K, x: Tensor) -> int:
    return ops.prim.dtype(x)

  def to_device(self: __torch__.K, x: Tensor, device: str) -> Tensor:
    return torch.to(x, torch.device(device))

  def copy(self: __torch__.K, x: Tensor) -> Tensor:
    return torch.clone(x)

  # the rows [from, to) of x, in storage of their own
  def rows(self: __torch__.K, x: Tensor, first: int, last: int) -> Tensor:
    return torch.clone(torch.slice(x, 0, first, last))

  # the same as a view
  def rows_view(self: __torch__.K, x: Tensor, first: int, last: int) -> Tensor:
    return torch.slice(x, 0, first, last)

  # the entries [from, to) of axis 1, as a view
  def tokens_view(self: __torch__.K, x: Tensor, first: int, last: int) -> Tensor:
    return torch.slice(x, 1, first, last)

  # x[row] = values, in place
  def set_row(self: __torch__.K, x: Tensor, row: int, values: Tensor) -> Tensor:
    return torch.copy_(torch.select(x, 0, row), values)

  # entries of axis 1 of x from one on = y, in place
  def set_tokens(self: __torch__.K, x: Tensor, first: int, y: Tensor) -> Tensor:
    return torch.copy_(torch.narrow(x, 1, first, torch.size(y, 1)), y)

  def repeat_first_token(self: __torch__.K, x: Tensor) -> Tensor:
    return torch.clone(torch.expand_as(torch.slice(torch.slice(x, 0, 0, 1), 1, 0, 1), torch.slice(x, 0, 0, 1)))

  # slice by slice: a conversion of all of x would take as much memory again
  def is_finite(self: __torch__.K, x: Tensor) -> bool:
    flat = torch.flatten(x)
    n = torch.numel(flat)
    y = True
    for i in range(torch.floordiv(torch.add(n, 4194303), 4194304)):
      piece = torch.slice(flat, 0, 4194304 * i, 4194304 * (i + 1))
      # a sum is finite only if all terms are; where it is not, the exact test decides
      if not bool(torch.isfinite(torch.sum(torch.to(piece, 6)))):
        if not bool(torch.all(torch.isfinite(piece))):
          y = False
    return y

  def ids(self: __torch__.K, flat: List[int], prompts: int) -> Tensor:
    return torch.reshape(torch.tensor(flat, dtype=4), [prompts, -1])

  # every element of x becomes the value, in place
  def fill(self: __torch__.K, x: Tensor, value: float) -> Tensor:
    return torch.fill_(x, value)

  # x + s (y - x)
  def towards(self: __torch__.K, x: Tensor, y: Tensor, s: float) -> Tensor:
    return torch.add(x, torch.mul(torch.sub(y, x), s))

  # a y + b x
  def mixed(self: __torch__.K, y: Tensor, a: float, x: Tensor, b: float) -> Tensor:
    return torch.add(torch.mul(y, a), torch.mul(x, b))

  # x [n, m] times the scale of its block of so many rows and columns, float32 scales one a block, row by row
  def scaled_blocks(self: __torch__.K, x: Tensor, scales: Tensor, rows: int, columns: int, dtype: int) -> Tensor:
    n = torch.size(x, 0)
    m = torch.size(x, 1)
    down = torch.floordiv(torch.sub(torch.add(n, rows), 1), rows)
    across = torch.floordiv(torch.sub(torch.add(m, columns), 1), columns)
    grid = torch.reshape(scales, [down, across])
    tall = torch.slice(torch.repeat_interleave(grid, rows, 0), 0, 0, n)
    full = torch.slice(torch.repeat_interleave(tall, columns, 1), 1, 0, m)
    return torch.to(torch.mul(x, full), dtype)

  # low-rank changes of a matrix w [out, in] (transposed: [in, out]): a [r, in], b [out, r]
  def merged(self: __torch__.K, w: Tensor, a: Tensor, b: Tensor, scale: float, transposed: bool, dtype: int) -> Tensor:
    d = torch.mul(torch.matmul(torch.to(b, dtype), torch.to(a, dtype)), scale)
    if transposed:
      change = torch.t(d)
    else:
      change = d
    return torch.add(torch.to(w, dtype), change)

  # the same with a norm of m for each output, and of the way from w to it only a share
  def merged_with_magnitude(self: __torch__.K, w: Tensor, a: Tensor, b: Tensor, scale: float, m: Tensor, transposed: bool, share: float, dtype: int) -> Tensor:
    v = (self).merged(w, a, b, scale, transposed, dtype, )
    inputs = 0 if transposed else 1
    norm = torch.linalg_vector_norm(v, 2, [inputs], True)
    y = torch.mul(torch.div(torch.reshape(torch.to(m, dtype), torch.size(norm)), norm), v)
    if share == 1.:
      z = y
    else:
      z = torch.add(torch.to(w, dtype), torch.mul(torch.sub(y, torch.to(w, dtype)), share))
    return z

  # prompt by prompt, x with y set to a distance of size |x|_F, float64 scale: x + (y - x) size |x| / |y - x|
  def set_apart(self: __torch__.K, x: Tensor, y: Tensor, size: float) -> Tensor:
    wide = torch.to(x, 7)
    d = torch.sub(torch.to(y, 7), wide)
    n = torch.linalg_vector_norm(d, 2, [1, 2], True)
    norm = torch.linalg_vector_norm(wide, 2, [1, 2], True)
    scale = torch.div(torch.mul(torch.where(torch.gt(norm, 0), norm, n), size), n)
    return torch.to(torch.add(wide, torch.mul(d, scale)), ops.prim.dtype(x))

  # ---- images

  # the patches of images x [B, C, H, W], row by row, each channel by channel: -> [B, n, C h w]; what is left of an edge is cut off
  def patches(self: __torch__.K, x: Tensor, h: int, w: int) -> Tensor:
    rows = torch.floordiv(torch.size(x, 2), h)
    columns = torch.floordiv(torch.size(x, 3), w)
    whole = torch.slice(torch.slice(x, 2, 0, torch.mul(rows, h)), 3, 0, torch.mul(columns, w))
    cut = torch.reshape(whole, [torch.size(x, 0), torch.size(x, 1), rows, h, columns, w])
    return torch.reshape(torch.permute(cut, [0, 2, 4, 1, 3, 5]), [torch.size(x, 0), torch.mul(rows, columns), -1])

  # tokens [m, D] of every prompt's own, put in at a place of x [B, T, D] -> [B, T + m, D]
  def with_tokens(self: __torch__.K, x: Tensor, tokens: Tensor, at: int) -> Tensor:
    own = torch.expand(torch.unsqueeze(torch.to(tokens, ops.prim.dtype(x)), 0), [torch.size(x, 0), -1, -1])
    return torch.cat([torch.slice(x, 1, 0, at), own, torch.slice(x, 1, at)], 1)

  # a table [m + rows columns, D] of m tokens and a grid, the grid resampled (bicubic, corners not aligned) to another size
  def resampled_grid(self: __torch__.K, table: Tensor, before: int, rows: int, columns: int, size: List[int], antialias: bool) -> Tensor:
    d = torch.size(table, 1)
    grid = torch.permute(torch.reshape(torch.slice(table, 0, before), [1, rows, columns, d]), [0, 3, 1, 2])
    if antialias:
      y = torch._upsample_bicubic2d_aa(grid, size, False, None, None)
    else:
      y = torch.upsample_bicubic2d(grid, size, False, None, None)
    return torch.cat([torch.slice(table, 0, 0, before), torch.reshape(torch.permute(y, [0, 2, 3, 1]), [-1, d])], 0)

  # a bias [1, H, T, T] of scores, T = 1 + rows columns, from a table [N, H] of places in a grid, with a row each at its end for
  # patches seen from the class token, the class token seen from patches, and from itself
  def bias_by_place(self: __torch__.K, table: Tensor, rows: int, columns: int) -> Tensor:
    device = ops.prim.device(table)
    places = torch.arange(torch.mul(rows, columns), device=device)
    y = torch.floor_divide(places, columns)
    x = torch.remainder(places, columns)
    down = torch.add(torch.sub(torch.unsqueeze(y, 1), torch.unsqueeze(y, 0)), torch.sub(rows, 1))
    across = torch.add(torch.sub(torch.unsqueeze(x, 1), torch.unsqueeze(x, 0)), torch.sub(columns, 1))
    among = torch.add(torch.mul(down, torch.sub(torch.mul(2, columns), 1)), across)
    last = torch.sub(torch.size(table, 0), 3)
    t = torch.add(torch.mul(rows, columns), 1)
    index = torch.zeros([t, t], dtype=4, device=device)
    inner = torch.copy_(torch.slice(torch.slice(index, 0, 1), 1, 1), among)
    first = torch.fill_(torch.select(index, 0, 0), last)
    from_patches = torch.fill_(torch.select(index, 1, 0), torch.add(last, 1))
    own = torch.fill_(torch.select(torch.select(index, 0, 0), 0, 0), torch.add(last, 2))
    bias = torch.reshape(torch.index_select(table, 0, torch.flatten(index)), [t, t, -1])
    return torch.unsqueeze(torch.permute(bias, [2, 0, 1]), 0)

  # ---- random draws, all on the CPU in float32

  def generator(self: __torch__.K, seed: int) -> Generator:
    return torch.Generator(device=None, seed=seed)

  # values N(0, std), as torch.Tensor.normal_ draws them, written into memory
  def normal(self: __torch__.K, memory: Tensor, generator: Generator, std: float) -> Tensor:
    return torch.normal_(memory, 0., std, generator=generator)

  # standard normal draws z, cut off at so many deviations, the first half of the rows times one deviation, the rest times
  # another; in z's place
  def truncated(self: __torch__.K, z: Tensor, cut: float, first: float, rest: float) -> Tensor:
    inside = torch.erf(torch.tensor(torch.div(cut, 1.4142135623730951), dtype=7))
    share = torch.mul(torch.erf(torch.div(torch.to(z, 7), 1.4142135623730951)), inside)
    x = torch.copy_(z, torch.mul(torch.erfinv(share), 1.4142135623730951))
    half = torch.floordiv(torch.size(x, 0), 2)
    a = torch.mul_(torch.slice(x, 0, 0, half), first)
    b = torch.mul_(torch.slice(x, 0, half), rest)
    return x

  # passes over n raw numbers of the generator; the result only keeps the draws from being optimised away
  def skip(self: __torch__.K, generator: Generator, n: int) -> Tensor:
    x = torch.empty([65536], dtype=6)
    for i in range(torch.floordiv(n, 65536)):
      x = torch.uniform_(x, generator=generator)
    rest = torch.remainder(n, 65536)
    if rest > 0:
      x = torch.uniform_(torch.slice(x, 0, 0, rest), generator=generator)
    return x

  # the entries of x in the order torch.randperm(n, generator=torch.Generator().manual_seed(seed)) gives, written into flat
  # memory. The permutation is the same in int32, at half the size
  def shuffle(self: __torch__.K, memory: Tensor, x: Tensor, seed: int) -> Tensor:
    n = torch.numel(x)
    dtype = 3 if n < 2147483648 else 4
    order = torch.randperm(n, dtype=dtype, generator=torch.Generator(device=None, seed=seed))
    return torch.reshape(torch.index_select(torch.flatten(x), 0, order, out=memory), torch.size(x))

  # the k dimensions of each prompt with the largest |x_id|, the lowest of equal ones first, = their median over its tokens, the mean of
  # the middle two of an even number, in place: x [B, T, D]
  def clamp_outliers(self: __torch__.K, x: Tensor, k: int) -> Tensor:
    t = torch.size(x, 1)
    sizes, order = torch.sort(torch.amax(torch.abs(x), [1]), stable=True, dim=1, descending=True)
    dimensions = torch.unsqueeze(torch.slice(order, 1, 0, k), 1)
    where = torch.expand(dimensions, [-1, t, -1])
    columns, tokens = torch.sort(torch.gather(x, 2, where), 1)
    low = torch.select(columns, 1, torch.floordiv(torch.sub(t, 1), 2))
    high = torch.select(columns, 1, torch.floordiv(t, 2))
    median = torch.add(torch.mul(low, 0.5), torch.mul(high, 0.5))
    return torch.scatter_(x, 2, where, torch.expand(torch.unsqueeze(median, 1), [-1, t, -1]))
