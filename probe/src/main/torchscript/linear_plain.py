
  # ---- products through torch.linear: any device, any dtype

  # x [.., E] w' + b with w [F, E]; a weight in half precision multiplies in half precision, the result is in x's dtype
  def linear(self: __torch__.K, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
    if ops.prim.dtype(w) == ops.prim.dtype(x):
      y = torch.linear(x, w, b)
    else:
      y = torch.to(torch.linear(torch.to(x, ops.prim.dtype(w)), w), ops.prim.dtype(x))
      if b is not None:
        y = torch.add_(y, unchecked_cast(Tensor, b))
    return y

  def linear_activation(self: __torch__.K, x: Tensor, w: Tensor, b: Optional[Tensor], name: str, threads: int) -> Tensor:
    return (self).activation((self).linear(x, w, b), name, threads)

  def matmul(self: __torch__.K, a: Tensor, b: Tensor) -> Tensor:
    return torch.matmul(a, b)
