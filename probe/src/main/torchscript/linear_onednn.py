
  # ---- products through oneDNN where they are at least as fast and do not depend on the number of threads

  # float32 only, from 192 rows on for a matrix kept as [in, out], from 1000 rows and 1536 outputs on for one kept as
  # [out, in]: below, oneDNN splits inner sums by the number of threads. The rest is MKL's, whose strict mode never does
  def by_onednn(self: __torch__.K, x: Tensor, w: Tensor) -> bool:
    rows = torch.floordiv(torch.numel(x), torch.size(x, -1))
    if ops.prim.dtype(x) == 6 and ops.prim.dtype(w) == 6:
      if torch.is_contiguous(w):
        y = rows >= 1000 and torch.size(w, 0) >= 1536 and torch.size(w, 1) >= 768
      else:
        y = rows >= 192 and torch.size(w, 0) >= 192 and torch.size(w, 1) >= 192
    else:
      y = False
    return y

  # x [.., E] w' + b with w [F, E]; a weight in half precision multiplies in half precision, the result is in x's dtype
  def linear(self: __torch__.K, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
    if (self).by_onednn(x, w):
      y = ops.mkldnn._linear_pointwise(x, w, b, "none", annotate(List[Optional[number]], []), "")
    elif ops.prim.dtype(w) == ops.prim.dtype(x):
      y = torch.linear(x, w, b)
    else:
      h = torch.to(x, ops.prim.dtype(w))
      y = torch.to(ops.mkldnn._linear_pointwise(h, w, None, "none", annotate(List[Optional[number]], []), ""), ops.prim.dtype(x))
      if b is not None:
        y = torch.add_(y, unchecked_cast(Tensor, b))
    return y

  # GELU and ReLU are free while the product's result is still in the processor's registers
  def linear_activation(self: __torch__.K, x: Tensor, w: Tensor, b: Optional[Tensor], name: str) -> Tensor:
    if name == "gelu_tanh" and (self).by_onednn(x, w):
      y = ops.mkldnn._linear_pointwise(x, w, b, "gelu", annotate(List[Optional[number]], []), "tanh")
    elif name == "gelu_erf" and (self).by_onednn(x, w):
      y = ops.mkldnn._linear_pointwise(x, w, b, "gelu", annotate(List[Optional[number]], []), "none")
    elif name == "relu" and (self).by_onednn(x, w):
      y = ops.mkldnn._linear_pointwise(x, w, b, "relu", annotate(List[Optional[number]], []), "")
    else:
      y = (self).activation((self).linear(x, w, b), name)
    return y
