
  # ---- mixtures of experts, sinks and latent attention. N tokens, E experts, k of them chosen for a token

  # which experts tokens are sent to: int64 [N, k], ascending, by logits [N, E]. A bias [E] counts in the choice alone. Of
  # more than one group of neighbouring experts those with the largest score (the two largest, summed, by_two) are kept
  def choose_experts(self: __torch__.K, logits: Tensor, bias: Optional[Tensor], k: int, sigmoid: bool, groups: int, kept: int, by_two: bool, threads: int) -> Tensor:
    s = logits
    if sigmoid:
      s = (self).activation(torch.clone(logits), "sigmoid", threads)
    if bias is not None:
      s = torch.add(s, torch.to(unchecked_cast(Tensor, bias), ops.prim.dtype(s)))
    if groups > 1:
      by_group = torch.reshape(s, [torch.size(s, 0), groups, -1])
      best, where = torch.topk(by_group, 2 if by_two else 1, -1)
      sums = torch.sum(best, [-1])
      top, group = torch.topk(sums, kept, -1)
      hidden = torch.scatter(torch.ones_like(sums, dtype=11), 1, group, False)
      s = torch.flatten(torch.masked_fill(by_group, torch.unsqueeze(hidden, 2), -inf), 1)
    largest, chosen = torch.topk(s, k, -1)
    ascending, order = torch.sort(chosen, -1)
    return ascending

  # factors of what the chosen experts give, [N, k]
  def expert_weights(self: __torch__.K, logits: Tensor, chosen: Tensor, sigmoid: bool, normalised: bool, factor: float, threads: int) -> Tensor:
    if sigmoid:
      w = torch.gather((self).activation(torch.clone(logits), "sigmoid", threads), 1, chosen)
      if normalised:
        w = torch.div(w, torch.add(torch.sum(w, [-1], True), 9.9999999999999995e-21))
    else:
      if normalised:
        w = torch.softmax(torch.gather(logits, 1, chosen), -1)
      else:
        w = torch.gather(torch.softmax(logits, -1), 1, chosen)
    return torch.mul(w, factor)

  # another choice in place of one, on its device
  def other_choice(self: __torch__.K, flat: List[int], chosen: Tensor) -> Tensor:
    return torch.to(torch.reshape(torch.tensor(flat, dtype=4), torch.size(chosen)), ops.prim.device(chosen))

  def choice_values(self: __torch__.K, chosen: Tensor) -> Tensor:
    return torch.contiguous(torch.to(chosen, torch.device("cpu")))

  def nothing_like(self: __torch__.K, x: Tensor) -> Tensor:
    return torch.zeros_like(x)

  # the tokens that chose an expert, int64 [n]
  def tokens_of_expert(self: __torch__.K, chosen: Tensor, expert: int) -> Tensor:
    return torch.flatten(torch.nonzero(torch.any(torch.eq(chosen, expert), 1)))

  # of x [N, D] the tokens from the first on, and zeros, to so many rows -> [rows, D]
  def tokens_at(self: __torch__.K, x: Tensor, tokens: Tensor, first: int, rows: int) -> Tensor:
    some = torch.slice(tokens, 0, first, torch.add(first, rows))
    return torch.constant_pad_nd(torch.index_select(x, 0, some), [0, 0, 0, torch.sub(rows, torch.size(some, 0))], 0)

  # y [N, D] += what an expert gives those tokens, the first rows of out [rows, D], times their factors, in place
  def add_expert(self: __torch__.K, y: Tensor, out: Tensor, tokens: Tensor, first: int, chosen: Tensor, weights: Tensor, expert: int) -> Tensor:
    some = torch.slice(tokens, 0, first, torch.add(first, torch.size(out, 0)))
    own = torch.sum(torch.mul(torch.index_select(weights, 0, some), torch.eq(torch.index_select(chosen, 0, some), expert)), [1], True)
    return torch.index_add_(y, 0, some, torch.mul(torch.slice(out, 0, 0, torch.size(some, 0)), own))

  # gpt_oss's gate: (min(up, limit) + 1) g sigmoid(alpha g) with g = min(gate, limit), up not below -limit; x [n, 2F] has gate and
  # up in turn
  def clamped_gate(self: __torch__.K, x: Tensor, limit: float, alpha: float, threads: int) -> Tensor:
    gate = torch.clamp(torch.slice(x, -1, 0, None, 2), None, limit)
    up = torch.clamp(torch.slice(x, -1, 1, None, 2), -limit, limit)
    open = torch.div((self).activation(torch.contiguous(torch.mul(gate, alpha)), "silu", threads), alpha)
    return torch.mul(torch.add(up, 1.), open)

  # rotary positions on the last 2 n entries of each head of x [B, T, H d], by halves or by neighbours
  def rotate_tails(self: __torch__.K, x: Tensor, table: Tensor, heads: int, pairs: bool) -> Tensor:
    by_head = torch.reshape(x, [torch.size(x, 0), torch.size(x, 1), heads, -1])
    r = torch.mul(2, torch.size(table, 2))
    stays = torch.sub(torch.size(by_head, 3), r)
    tails = torch.flatten(torch.slice(by_head, 3, stays), 2)
    if pairs:
      turned = (self).rotate_pairs(tails, table, heads)
    else:
      turned = (self).rotate(tails, table, heads)
    by_head_turned = torch.reshape(turned, [torch.size(x, 0), torch.size(x, 1), heads, r])
    return torch.flatten(torch.cat([torch.slice(by_head, 3, 0, stays), by_head_turned], 3), 2)

  # keys [B, T, H (n + r)]: of each head's entries of x [B, T, H (n + v)] the first n, then turned [B, T, r], the same for all
  def latent_keys(self: __torch__.K, x: Tensor, turned: Tensor, heads: int, n: int) -> Tensor:
    by_head = torch.reshape(x, [torch.size(x, 0), torch.size(x, 1), heads, -1])
    shared = torch.expand(torch.unsqueeze(turned, 2), [-1, -1, heads, -1])
    return torch.flatten(torch.cat([torch.slice(by_head, 3, 0, n), shared], 3), 2)

  # values [B, T, H v]: of each head's entries of x [B, T, H (n + v)] those after the first n
  def latent_values(self: __torch__.K, x: Tensor, heads: int, n: int) -> Tensor:
    by_head = torch.reshape(x, [torch.size(x, 0), torch.size(x, 1), heads, -1])
    return torch.flatten(torch.slice(by_head, 3, n), 2)
