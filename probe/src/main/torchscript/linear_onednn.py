
  # ---- products through oneDNN where they are at least as fast and do not depend on the number of threads

  # float32, and only shapes for which oneDNN's bits were found the same for 1 to 16 threads, with AVX2 and AVX-512: fewer
  # rows or outputs, and it splits inner sums by the number of threads. The rest is MKL's.
  # Weights in half precision, under states that are not: from as many rows on
  def by_onednn(self: __torch__.K, x: Tensor, w: Tensor) -> bool:
    rows = torch.floordiv(torch.numel(x), torch.size(x, -1))
    if rows < 1000:
      y = False
    elif ops.prim.dtype(w) != ops.prim.dtype(x):
      y = True
    elif ops.prim.dtype(x) == 6 and torch.size(w, 1) >= 768:
      y = torch.size(w, 0) >= (1536 if torch.is_contiguous(w) else 768)
    else:
      y = False
    return y

  # activation(x [.., E] w' + b) with w [F, E], in x's dtype. x is rounded to w's dtype; sums, bias and activation are float32,
  # and what is rounded to w's dtype again is only their result
  def onednn(self: __torch__.K, x: Tensor, w: Tensor, b: Optional[Tensor], activation: str, variant: str) -> Tensor:
    h = torch.to(x, ops.prim.dtype(w))
    y = ops.mkldnn._linear_pointwise(h, w, b, activation, annotate(List[Optional[number]], []), variant)
    return torch.to(y, ops.prim.dtype(x))

  # x [.., E] w' + b with w [F, E], in x's dtype. Few rows of a weight in half precision: it is expanded
  def linear(self: __torch__.K, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
    if (self).by_onednn(x, w):
      y = (self).onednn(x, w, b, "none", "")
    else:
      y = (self).by_mkl(x, torch.to(w, ops.prim.dtype(x)), b)
    return y

  # GELU and ReLU are free while the product's result is still in the processor's registers
  def linear_activation(self: __torch__.K, x: Tensor, w: Tensor, b: Optional[Tensor], name: str, threads: int) -> Tensor:
    fused = (self).by_onednn(x, w)
    if fused and name == "gelu_tanh":
      y = (self).onednn(x, w, b, "gelu", "tanh")
    elif fused and name == "gelu_erf":
      y = (self).onednn(x, w, b, "gelu", "none")
    elif fused and name == "relu":
      y = (self).onednn(x, w, b, "relu", "")
    else:
      y = (self).activation((self).linear(x, w, b), name, threads)
    return y
