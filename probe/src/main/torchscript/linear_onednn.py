
  # ---- products through oneDNN where they are at least as fast and do not depend on the number of threads

  # float32 only, and only shapes for which oneDNN's bits were found the same for 1 to 16 threads, with AVX2 and AVX-512:
  # fewer rows or outputs, and it splits inner sums by the number of threads. The rest is MKL's, whose strict mode never does
  def by_onednn(self: __torch__.K, x: Tensor, w: Tensor) -> bool:
    rows = torch.floordiv(torch.numel(x), torch.size(x, -1))
    if ops.prim.dtype(x) == 6 and ops.prim.dtype(w) == 6 and rows >= 1000 and torch.size(w, 1) >= 768:
      if torch.is_contiguous(w):
        y = torch.size(w, 0) >= 1536
      else:
        y = torch.size(w, 0) >= 768
    else:
      y = False
    return y

  # x [.., E] w' + b with w [F, E]. A weight in half precision multiplies in half precision where there are rows enough for
  # bits that do not depend on threads, else it is expanded; the result is in x's dtype
  def linear(self: __torch__.K, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
    if (self).by_onednn(x, w):
      y = ops.mkldnn._linear_pointwise(x, w, b, "none", annotate(List[Optional[number]], []), "")
    elif ops.prim.dtype(w) == ops.prim.dtype(x):
      y = torch.linear(x, w, b)
    elif torch.floordiv(torch.numel(x), torch.size(x, -1)) >= 1000:
      h = torch.to(x, ops.prim.dtype(w))
      y = torch.to(ops.mkldnn._linear_pointwise(h, w, None, "none", annotate(List[Optional[number]], []), ""), ops.prim.dtype(x))
      if b is not None:
        y = torch.add_(y, unchecked_cast(Tensor, b))
    else:
      y = torch.linear(x, torch.to(w, ops.prim.dtype(x)), b)
    return y

  # GELU and ReLU are free while the product's result is still in the processor's registers
  def linear_activation(self: __torch__.K, x: Tensor, w: Tensor, b: Optional[Tensor], name: str, threads: int) -> Tensor:
    if name == "gelu_tanh" and (self).by_onednn(x, w):
      y = ops.mkldnn._linear_pointwise(x, w, b, "gelu", annotate(List[Optional[number]], []), "tanh")
    elif name == "gelu_erf" and (self).by_onednn(x, w):
      y = ops.mkldnn._linear_pointwise(x, w, b, "gelu", annotate(List[Optional[number]], []), "none")
    elif name == "relu" and (self).by_onednn(x, w):
      y = ops.mkldnn._linear_pointwise(x, w, b, "relu", annotate(List[Optional[number]], []), "")
    else:
      y = (self).activation((self).linear(x, w, b), name, threads)
    return y
