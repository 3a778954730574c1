"""Reference numbers of models that loop by themselves, from their public modelling files run in float64.

usage: reference-looped-models.py REFERENCE_DIR FILE...

REFERENCE_DIR is probe/src/test/resources/reference. FILE is modeling_ouro.py of ByteDance/Ouro-1.4B, beside its
configuration_ouro.py, or raven_modeling_minimal.py of tomg-group-umd/huginn-0125, beside its raven_config_minimal.py; neither is
part of this project. Needs torch, transformers, numpy and safetensors.

The files are run whole, in float64 with their float32 islands lifted; what transformers 5 no longer has is put beside them. Writes,
for every checkpoint of the model's type in REFERENCE_DIR: expected-trained[-no-feed-forward].npy (eq. 25 at every depth) and
-hidden.npy (what the head reads) after 4 passes, and expected-looped.json: of Ouro what its gate says and the scores it gives, of
Huginn the state after the last core pass.
"""
import importlib.util, inspect, json, os, sys
import numpy as np
import torch
from safetensors.torch import load_file
from transformers import masking_utils, modeling_rope_utils

torch.set_grad_enabled(False)
FLOAT32, TO_FLOAT = torch.float32, torch.Tensor.float
PASSES = 4


def plain_rotary(config, device=None, seq_len=None, **_):
    dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return 1 / config.rope_theta ** (torch.arange(0, dim, 2, dtype=torch.int64).to(dtype=torch.float) / dim), 1.0


def mask(create):
    known = inspect.signature(create).parameters
    return lambda input_embeds, **k: create(
        inputs_embeds=input_embeds, **{name: value for name, value in k.items() if name in known})


def module(path):
    """The file as a module of a package of its own, so that it finds the file of its config."""
    folder, name = os.path.split(os.path.abspath(path))
    package = importlib.util.module_from_spec(importlib.machinery.ModuleSpec("looped", None, is_package=True))
    package.__path__ = [folder]
    sys.modules["looped"] = package
    return importlib.import_module("looped." + name.removesuffix(".py"))


def lift(on):
    torch.float32 = torch.float = torch.float64 if on else FLOAT32
    torch.Tensor.float = torch.Tensor.double if on else TO_FLOAT


def error(h):
    u = h / h.norm(dim=2, keepdim=True)
    return ((u - u[:, :1]) ** 2).sum(2).mean(1) / 2


def save(path, feed_forward, depths, hidden):
    stem = os.path.join(path, "expected-trained" + ("" if feed_forward else "-no-feed-forward"))
    np.save(stem + ".npy", torch.stack([error(h) for h in depths], dim=1).numpy())
    np.save(stem + "-hidden.npy", hidden.numpy())


class Nothing(torch.nn.Module):
    def forward(self, x):
        return torch.zeros_like(x)


def ouro(m, path, config, stored, ids, feed_forward):
    c = sys.modules["looped.configuration_ouro"].OuroConfig(**config)
    c.pad_token_id = None
    c.rope_theta = config.get("rope_theta", 10000.0)
    modeling_rope_utils.ROPE_INIT_FUNCTIONS["default"] = plain_rotary
    m.create_causal_mask = mask(masking_utils.create_causal_mask)
    m.create_sliding_window_causal_mask = mask(masking_utils.create_sliding_window_causal_mask)
    m.OuroForCausalLM._tied_weights_keys = {}
    m.OuroForCausalLM.all_tied_weights_keys = {}
    c._attn_implementation = "eager"
    model = m.OuroForCausalLM(c).eval().to(torch.float64)
    model.model.rotary_emb = m.OuroRotaryEmbedding(config=c)
    if config.get("tie_word_embeddings"):
        stored["lm_head.weight"] = stored["model.embed_tokens.weight"]
    model.load_state_dict({k: v.double() for k, v in stored.items()})
    depths = []
    for layer in model.model.layers:
        if not feed_forward:
            layer.mlp, layer.post_attention_layernorm_2 = Nothing(), torch.nn.Identity()
        layer.register_forward_hook(lambda _, a, out: depths.append(out))
    model.model.layers[0].register_forward_pre_hook(
        lambda _, a, k: None if depths else depths.append(a[0] if a else k["hidden_states"]), with_kwargs=True)
    normed = []
    model.model.norm.register_forward_hook(lambda _, a, out: normed.append(out))
    last = model(input_ids=ids, use_cache=False, exit_at_step=PASSES - 1).logits[:, -1]
    save(path, feed_forward, depths, normed[-1])
    model.early_exit_threshold = None
    expected = model(input_ids=ids, use_cache=False, use_weighted_exit=True).logits[:, -1]
    at = model(input_ids=ids, use_cache=False, exit_threshold=0.5).logits[:, -1]
    lambdas = [torch.sigmoid(model.model.early_exit_gate(h)).squeeze(-1) for h in normed[:PASSES]]
    rest, p = torch.ones_like(lambdas[0]), []
    for i, gate in enumerate(lambdas):
        p.append(rest if i == PASSES - 1 else rest * gate)
        rest = rest * (1 - gate)
    p = torch.stack(p, dim=1)
    return {
        "feed_forward": feed_forward,
        "exit_probability": p.tolist(),
        "expected_exit_pass": (p * torch.arange(1, PASSES + 1)[None, :, None]).sum(1).mean(1).tolist(),
        "scores_expected": expected.tolist(),
        "scores_last": last.tolist(),
        "scores_at_half": at.tolist(),
    }


def huginn(m, path, config, stored, ids, feed_forward):
    c = sys.modules["looped.raven_config_minimal"].RavenConfig(**config)
    m.RavenForCausalLM.post_init = lambda self: None
    m.RavenForCausalLM.tie_weights = lambda self: None
    model = m.RavenForCausalLM(c).eval().to(torch.float64)
    stored.pop("freqs_cis", None)
    if config.get("tie_embeddings", True):
        stored["lm_head.weight"] = stored["transformer.wte.weight"]
    stored["freqs_cis"] = model._precompute_freqs_cis()
    model.load_state_dict({k: v.double() for k, v in stored.items()})
    t, depths = model.transformer, []
    blocks = [*t.prelude, *t.core_block, *t.coda]
    for block in blocks:
        if not feed_forward:
            block.mlp, block.norm_4 = Nothing(), torch.nn.Identity()
        block.register_forward_hook(lambda _, a, out: depths.append(out))
    embedding = t.wte(ids) * model.emb_scale
    last = {"return_logits": True, "return_latents": True, "return_head": True, "return_stats": False}

    def run(start):
        depths.clear()
        return model(input_ids=ids, input_states=start, num_steps=torch.tensor([PASSES, 0]), output_details=last)

    # a start of its own, the same in any program: eighths of a multiple of a prime
    from_file = (torch.arange(embedding.numel()) * 7919 % 97 - 48).reshape(embedding.shape).double() / 8
    out = run(from_file)
    other = {"error": torch.stack([error(h) for h in [embedding] + depths], dim=1).tolist(), "scores": out.logits[:, -1].tolist()}
    out = run(torch.zeros_like(embedding))
    save(path, feed_forward, [embedding] + depths, out.hidden_states)
    return {"feed_forward": feed_forward, "scores": out.logits[:, -1].tolist(), "from_file": other}


def main():
    for file in sys.argv[2:]:
        m = module(file)
        run, kind = (ouro, "ouro") if hasattr(m, "OuroForCausalLM") else (huginn, "huginn_raven")
        for name in sorted(os.listdir(sys.argv[1])):
            path = os.path.join(sys.argv[1], name)
            if not os.path.exists(os.path.join(path, "config.json")):
                continue
            with open(os.path.join(path, "config.json")) as f:
                config = json.load(f)
            if config["model_type"] != kind:
                continue
            with open(os.path.join(path, "prompts.json")) as f:
                ids = torch.tensor(json.load(f))
            print(name)
            stored = load_file(os.path.join(path, "model.safetensors"))
            lift(True)
            made = [run(m, path, config, dict(stored), ids, feed_forward) for feed_forward in (True, False)]
            lift(False)
            with open(os.path.join(path, "expected-looped.json"), "w") as f:
                json.dump(made, f)
                f.write("\n")


main()
