
  # ---- MKL where it has no strict mode, as on AMD's processors: there it shares out one product in another way for every
  # number of threads. Of a batch of products each is one thread's, as long as there are as many of them as threads

  # x [.., E] w' + b with w [F, E], in 16 blocks of x's rows or, where w has more, of w's
  def by_mkl(self: __torch__.K, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
    inner = torch.size(x, -1)
    outputs = torch.size(w, 0)
    flat = torch.reshape(x, [-1, inner])
    rows = torch.size(flat, 0)
    if rows >= outputs:
      height = torch.floordiv(torch.add(rows, 15), 16)
      padded = torch.constant_pad_nd(flat, [0, 0, 0, torch.sub(torch.mul(16, height), rows)])
      blocks = torch.reshape(padded, [16, height, inner])
      y = torch.bmm(blocks, torch.expand(torch.unsqueeze(torch.t(w), 0), [16, -1, -1]))
      y = torch.slice(torch.reshape(y, [torch.mul(16, height), outputs]), 0, 0, rows)
    else:
      n = (self).blocks_of(outputs)
      blocks = torch.transpose(torch.reshape(w, [n, torch.floordiv(outputs, n), inner]), 1, 2)
      y = torch.bmm(torch.expand(torch.unsqueeze(flat, 0), [n, -1, -1]), blocks)
      y = torch.contiguous(torch.reshape(torch.transpose(y, 0, 1), [rows, outputs]))
    if b is not None:
      y = torch.add_(y, unchecked_cast(Tensor, b))
    return torch.reshape(y, torch.add(torch.slice(torch.size(x), 0, -1), [outputs]))

  # the smallest divisor of n from 16 on; n itself below
  def blocks_of(self: __torch__.K, n: int) -> int:
    y = n
    if n > 16:
      y = 16
      while torch.remainder(n, y) != 0:
        y = torch.add(y, 1)
    return y

  # a b for a [B, H, T, d] and b [B, H, d, S]: fewer than 16 products are cut into 16 blocks of rows each
  def matmul(self: __torch__.K, a: Tensor, b: Tensor) -> Tensor:
    products = torch.mul(torch.size(a, 0), torch.size(a, 1))
    if products >= 16:
      y = torch.matmul(a, b)
    else:
      rows = torch.size(a, 2)
      height = torch.floordiv(torch.add(rows, 15), 16)
      padded = torch.constant_pad_nd(a, [0, 0, 0, torch.sub(torch.mul(16, height), rows)])
      blocks = torch.reshape(padded, [torch.size(a, 0), torch.size(a, 1), 16, height, torch.size(a, 3)])
      y = torch.slice(torch.flatten(torch.matmul(blocks, torch.unsqueeze(b, 2)), 2, 3), 2, 0, rows)
    return y
