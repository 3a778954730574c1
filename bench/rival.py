"""The recycled-pass experiment as one writes it on Hugging Face transformers: the rival that consensus is timed against.

transformers' own blocks are called in a loop on hidden states: h0 = wte + wpe, eq. 25 as 1 - mean cosine after every
block, ln_f after every pass. Without feed-forward a block is h + attn(ln_1(h)). Random weights are drawn with normal_ in
the order of transformers' initialisation, anew before every pass. The whole model is held throughout. With --compile each
block goes through torch.compile for this one shape, its weights frozen into it unless they are drawn anew.
"""

import argparse
import json
import time

CLOCK = time.perf_counter
START = CLOCK()

import numpy as np  # noqa: E402 - the imports are part of what is timed
import torch  # noqa: E402
import transformers  # noqa: E402
from transformers import AutoConfig, AutoModelForCausalLM  # noqa: E402


def load(directory, weights, dtype):
    config = AutoConfig.from_pretrained(directory)
    # bare GPT-2 blocks are causal only under sdpa; GPT-Neo masks inside its eager attention
    attention = "sdpa" if config.model_type == "gpt2" else "eager"
    if weights == "trained":
        model = AutoModelForCausalLM.from_pretrained(directory, dtype=dtype, attn_implementation=attention)
    else:
        model = AutoModelForCausalLM.from_config(config, dtype=dtype, attn_implementation=attention)
    return model.eval()


def draw(model, seed, mlp=True):
    """Fills the model as `apply(_init_weights)` of transformers 4 does after `torch.manual_seed(seed)`."""
    torch.manual_seed(seed)
    config, tr = model.config, model.transformer
    gpt2 = config.model_type == "gpt2"
    deviation = config.initializer_range
    scaled = deviation / (2 * len(tr.h)) ** 0.5

    def normal(w, std=deviation):
        if w.dtype == torch.float32:
            w.data.normal_(0.0, std)
        else:  # the draws are float32 ones in every dtype
            w.data.copy_(torch.empty(w.shape).normal_(0.0, std))

    def linear(m, twice=False):
        normal(m.weight)
        if m.bias is not None:
            m.bias.data.zero_()
        if twice:  # by the parent module, scaled by depth
            normal(m.weight, scaled)

    def norm(m):
        m.weight.data.fill_(1.0)
        m.bias.data.zero_()

    normal(tr.wte.weight)
    normal(tr.wpe.weight)
    for b in tr.h:
        norm(b.ln_1)
        if gpt2:
            linear(b.attn.c_attn)
            linear(b.attn.c_proj, twice=True)
        else:
            a = b.attn.attention
            for m in (a.k_proj, a.v_proj, a.q_proj, a.out_proj):
                linear(m)
        if mlp:
            norm(b.ln_2)
            linear(b.mlp.c_fc)
            linear(b.mlp.c_proj, twice=gpt2)
    norm(tr.ln_f)
    normal(tr.wte.weight)  # the tied head, drawn last, overwrites the embedding


def error(h):
    """Eq. 25 of every prompt."""
    y = h.float()
    y = y / y.norm(dim=2, keepdim=True)
    return 1 - (y[:, :1] @ y.transpose(1, 2)).mean(dim=(1, 2))


def first(output):
    return output[0] if isinstance(output, tuple) else output


class Step(torch.nn.Module):
    """A block with what the experiment keeps of it: all, or its attention half."""

    def __init__(self, block, feed_forward):
        super().__init__()
        self.block, self.feed_forward = block, feed_forward

    def forward(self, h):
        return first(self.block(h)) if self.feed_forward else h + first(self.block.attn(self.block.ln_1(h)))


def steps(model, args):
    """One callable a block."""
    plain = [Step(b, not args.no_feed_forward).eval() for b in model.transformer.h]
    if not args.compile:
        return plain
    import torch._inductor.config

    torch._inductor.config.freezing = args.weights != "random-each-pass"
    # one graph a block: its weights are part of it
    torch._dynamo.config.cache_size_limit = torch._dynamo.config.accumulated_cache_size_limit = 4 * len(plain)
    return [torch.compile(s, dynamic=False) for s in plain]


def blocks(model, h, run_of):
    """One pass over one batch: its hidden states after the final norm, and its errors after every block."""
    errors = []
    for step in run_of:
        h = step(h)
        errors.append(error(h))
    return model.transformer.ln_f(h), errors


def run(model, ids, args):
    tr = model.transformer
    if args.weights != "trained":
        draw(model, args.seed)
    batches = [tr.wte(b) + tr.wpe(torch.arange(ids.shape[1])[None]) for b in ids.split(args.batch or len(ids))]
    columns = [torch.cat([error(h) for h in batches])]
    run_of = steps(model, args)
    passes = []
    for p in range(args.passes):
        began = CLOCK()
        if p and args.weights == "random-each-pass":
            draw(model, args.seed + p, mlp=not args.no_feed_forward)
        done = [blocks(model, h, run_of) for h in batches]
        batches = [h for h, _ in done]
        columns += [torch.cat(parts) for parts in zip(*(errors for _, errors in done))]
        passes.append(CLOCK() - began)
        print(f"pass {p + 1}/{args.passes}", flush=True)
    return torch.stack(columns, 1), passes


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="directory with config.json, and weights if they are trained")
    parser.add_argument("ids", help="JSON: equally long lists of token ids")
    parser.add_argument("out", help="OUT.npy receives the errors [prompts, passes * layers + 1], OUT.json the times")
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--dtype", choices=("float32", "bfloat16", "float64"), default="float32")
    parser.add_argument("--weights", choices=("trained", "random", "random-each-pass"), default="trained")
    parser.add_argument("--no-feed-forward", action="store_true")
    parser.add_argument("--threads", type=int, default=0, help="of one operation (torch's own choice)")
    parser.add_argument("--batch", type=int, default=0, help="prompts in a batch (all)")
    parser.add_argument("--compile", action="store_true", help="each block through torch.compile")
    parser.add_argument("--seed", type=int, default=42)
    args = parser.parse_args()
    imported = CLOCK()
    if args.threads:
        torch.set_num_threads(args.threads)
    transformers.logging.set_verbosity_error()
    with torch.no_grad():
        with open(args.ids) as f:
            ids = torch.tensor(json.load(f))
        model = load(args.model, args.weights, getattr(torch, args.dtype))
        loaded = CLOCK()
        errors, passes = run(model, ids, args)
    np.save(args.out + ".npy", errors.double().numpy())
    times = {
        "import_seconds": imported - START,
        "load_seconds": loaded - imported,
        "per_pass_seconds": passes,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }
    with open(args.out + ".json", "w") as f:
        json.dump(times, f, indent=1)


if __name__ == "__main__":
    main()
