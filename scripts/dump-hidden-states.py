"""Hidden states of a transformers model, as `consensus states` reads them: DIR/depth-0.npy, depth-1.npy, ..., states.json.

Taken with hooks on the model's blocks: depth 0 is what enters the first, depth d what the d-th call of a block returns - the
raw residual stream, never what the final norm makes of it. The blocks are the longest list of modules that all get and return
states of one shape (--blocks names another, such as model.vision_tower.encoder.layers); a looped model, which calls them
several times, gives its passes. The script says what it took. Prompts are a .json file of lists of token ids or of texts, or a
.npy of pixel values or other float input [inputs, ...]; they run one by one, and shorter ones end in NaN. With --dtype float64
what modules do in float32 whatever the model's dtype (norms, softmax, rotary tables) is done in float64 too.

  python dump-hidden-states.py MODEL --prompts prompts.json --out DIR [--dtype float64] [--attention] [--blocks NAME]
"""
import argparse, json, os
import numpy as np, torch, transformers

def options():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("model"); p.add_argument("--prompts", required=True); p.add_argument("--out", required=True)
    p.add_argument("--dtype", default="float32"); p.add_argument("--blocks"); p.add_argument("--attention", action="store_true")
    p.add_argument("--class", dest="cls", default="AutoModel"); p.add_argument("--trust-remote-code", action="store_true")
    return p.parse_args()

def first(x):  # blocks return states, or a tuple that begins with them
    return first(x[0]) if isinstance(x, (tuple, list)) else x

def inputs(path, model):
    if path.endswith(".npy"):
        return [{model.main_input_name: torch.from_numpy(row)[None].to(model.dtype)} for row in np.load(path)], None
    ids = json.load(open(path))
    if any(isinstance(p, str) for p in ids):
        tokenizer = transformers.AutoTokenizer.from_pretrained(model.name_or_path)
        ids = [tokenizer(p, add_special_tokens=False).input_ids if isinstance(p, str) else p for p in ids]
    return [{"input_ids": torch.tensor([p])} for p in ids], ids

def blocks(model, named):
    if named:
        return named, list(model.get_submodule(named))
    lists = [(name, list(m)) for name, m in model.named_modules() if isinstance(m, torch.nn.ModuleList) and len(m) > 0]
    if not lists:
        raise SystemExit("no list of blocks found; name it with --blocks")
    return max(lists, key=lambda entry: sum(p.numel() for block in entry[1] for p in block.parameters()))

def lift(model):
    torch.float32 = torch.float = torch.float64
    torch.Tensor.float = torch.Tensor.double
    for name, module in list(model.named_modules()):
        if name.endswith("rotary_emb"):
            setattr(model.get_submodule(name.rpartition(".")[0]), "rotary_emb", type(module)(module.config))

@torch.no_grad()
def main():
    o = options()
    model = getattr(transformers, o.cls).from_pretrained(o.model, dtype=getattr(torch, o.dtype), trust_remote_code=o.trust_remote_code,
                                                         attn_implementation="eager" if o.attention else None).eval()
    name, layers = blocks(model, o.blocks)
    if o.dtype == "float64":
        lift(model)
    order = {id(layer): i for i, layer in enumerate(layers)}
    calls, states = [], []

    def before(module, args, kwargs):
        if not states:
            states.append(first(args) if args else kwargs["hidden_states"])
    def after(module, args, output):
        calls.append(order[id(module)]); states.append(first(output))
    for layer in layers:
        layer.register_forward_pre_hook(before, with_kwargs=True); layer.register_forward_hook(after)

    runs, matrices, every = [], [], None
    given, ids = inputs(o.prompts, model)
    for one in given:
        calls.clear(); states.clear()
        out = model(**one, output_attentions=True) if o.attention else model(**one)
        if every is not None and calls != every:
            raise SystemExit(f"the model called its blocks {calls} for one input and {every} for another")
        every = list(calls)
        runs.append([x.flatten(1, -2)[0].double().numpy() for x in states])
        if o.attention:
            matrices.append([a[0].double().numpy() for a in out.attentions])
    longest = max(x[0].shape[0] for x in runs)

    def pad(x, shape):
        full = np.full(shape, np.nan); full[tuple(slice(n) for n in x.shape)] = x
        return full.astype(np.float64 if o.dtype == "float64" else np.float32)
    os.makedirs(os.path.join(o.out, "attention") if o.attention else o.out, exist_ok=True)
    for d in range(len(every) + 1):
        np.save(os.path.join(o.out, f"depth-{d}.npy"), np.stack([pad(x[d], (longest, x[d].shape[1])) for x in runs]))
    for d in range(len(matrices[0]) if matrices else 0):
        np.save(os.path.join(o.out, "attention", f"depth-{d + 1}.npy"),
                np.stack([pad(a[d], (a[d].shape[0], longest, longest)) for a in matrices]))
    again = every.count(every[0])
    passes = again if again > 1 and every == every[:len(every) // again] * again else 1
    taken = (f"output of {name}.0 to {name}.{len(layers) - 1}, {len(every)} calls in {passes} pass{'es' if passes > 1 else ''};"
             f" depth 0 is the input of {name}.{every[0]}; raw residual stream, no final norm; {o.dtype}")
    names = {"model": os.path.basename(os.path.normpath(o.model)), "model_type": model.config.model_type, "taken": taken,
             "prompts": os.path.basename(o.prompts), "passes": passes,
             "depths": [f"input of {name}.{every[0]}"] + [f"{name}.{i}" for i in every]}
    json.dump({**names, **({"ids": ids} if ids else {})}, open(os.path.join(o.out, "states.json"), "w"))
    print(f"{o.out}: {taken}; {len(runs)} inputs of up to {longest} tokens")

main()
