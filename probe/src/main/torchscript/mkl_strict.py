
  # ---- MKL in its strict mode (MKL_CBWR=AUTO,STRICT): on Intel's processors no bit depends on the number of threads

  def by_mkl(self: __torch__.K, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
    return torch.linear(x, w, b)

  def matmul(self: __torch__.K, a: Tensor, b: Tensor) -> Tensor:
    return torch.matmul(a, b)
