"""Tiny checkpoints of the families that are not kin of Llama, with what transformers' own modules give on them in float64.

    python scripts/reference-families-others.py [NAME...]    # needs torch and transformers; writes probe/src/test/resources/families/NAME

Each has config.json, model.safetensors, prompts.json and, for 4 passes, with and without feed-forward, the error per prompt and
block output and the last hidden states. A pass is the model's own forward with the hidden states put in at its first layer; what
the modules would do in float32 whatever the model's dtype (rotary tables, norms, scores, softmax) is done in float64.
"""

import json
import os
import pathlib
import sys
import warnings

os.environ["PYTORCH_JIT"] = "0"  # what is compiled at import cannot be lifted out of float32

import numpy
import torch
import transformers
from torch import nn

warnings.filterwarnings("ignore")
transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()

OUT = pathlib.Path(__file__).parent.parent / "probe/src/test/resources/families"
PASSES = 4


class Zero(nn.Module):
    """In place of a feed-forward half without a skip of its own."""

    def __init__(self, width):
        super().__init__()
        self.width = width

    def forward(self, x, *_, **__):
        return x.new_zeros(*x.shape[:-1], self.width)


class Residual(nn.Module):
    """In place of a feed-forward half that adds its skip itself."""

    def forward(self, _, residual):
        return residual


def without(part):
    """Takes out the feed-forward half of a layer: the part of that name gives 0."""
    return lambda layer, config: setattr(layer, part, Zero(config.hidden_size))


def openai_without(layer, config):
    layer.mlp, layer.ln_2 = Zero(config.n_embd), nn.Identity()


def bloom_without(layer, config):
    layer.mlp = Residual()
    if config.apply_residual_connection_post_layernorm:
        layer.post_attention_layernorm = nn.Identity()


GPTJ = {"vocab_size": 64, "n_positions": 32, "n_embd": 16, "n_layer": 2, "n_head": 2, "rotary_dim": 4, "n_inner": 24}
BIGCODE = {"vocab_size": 64, "n_positions": 32, "n_embd": 16, "n_layer": 2, "n_head": 4}
FALCON = {"vocab_size": 64, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 6, "max_position_embeddings": 32}
PHI = {
    "vocab_size": 64,
    "hidden_size": 24,
    "intermediate_size": 20,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "max_position_embeddings": 32,
}
BLOOM = {"vocab_size": 64, "hidden_size": 24, "n_layer": 2, "seq_length": 32}
MPT = {"vocab_size": 64, "d_model": 24, "n_layers": 2, "max_seq_len": 32}
OPENAI = {"vocab_size": 64, "n_positions": 32, "n_embd": 16, "n_layer": 2, "n_head": 2}
PARALLEL = {"layers": "layers", "without": without("mlp")}
GPT = {"layers": "h", "without": without("mlp")}

# name: (model_type, config, how): the class it is saved as, where its layers are, how they lose their feed-forward half
CASES = {
    "phi-plain": ("phi", PHI, PARALLEL | {"class": "PhiForCausalLM"}),
    "phi-head-norms": (
        "phi",
        PHI
        | {
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "qk_layernorm": True,
            "hidden_act": "relu",
            "tie_word_embeddings": True,
            "layer_norm_eps": 1e-3,
            "rope_parameters": {
                "rope_type": "linear",
                "factor": 3.0,
                "rope_theta": 500.0,
                "partial_rotary_factor": 0.7,
            },
        },
        PARALLEL,
    ),
    "starcoder2-window": (
        "starcoder2",
        PHI | {"num_attention_heads": 4, "num_key_value_heads": 2, "sliding_window": 5},
        PARALLEL | {"class": "Starcoder2ForCausalLM"},
    ),
    "starcoder2-no-bias": (
        "starcoder2",
        PHI
        | {
            "num_key_value_heads": 1,
            "head_dim": 6,
            "use_bias": False,
            "hidden_act": "silu",
            "norm_epsilon": 1e-3,
            "rope_theta": 300.0,
        },
        PARALLEL,
    ),
    "gptj-plain": ("gptj", GPTJ, GPT | {"class": "GPTJForCausalLM"}),
    "gptj-whole": (
        "gptj",
        GPTJ | {"n_head": 4, "n_inner": None, "activation_function": "relu", "layer_norm_epsilon": 1e-3},
        GPT,
    ),
    "codegen-plain": (
        "codegen",
        GPTJ | {"n_embd": 32, "n_head": 4, "rotary_dim": 6},
        GPT | {"class": "CodeGenForCausalLM"},
    ),
    "codegen-heads": ("codegen", GPTJ | {"n_embd": 32, "n_head": 8, "rotary_dim": 4, "n_layer": 1, "n_inner": None}, GPT),
    "gpt_bigcode-one-key": ("gpt_bigcode", BIGCODE, GPT | {"class": "GPTBigCodeForCausalLM"}),
    "gpt_bigcode-own-keys": (
        "gpt_bigcode",
        BIGCODE
        | {
            "multi_query": False,
            "n_inner": 20,
            "activation_function": "gelu",
            "scale_attn_weights": False,
            "layer_norm_epsilon": 1e-3,
            "tie_word_embeddings": False,
        },
        GPT,
    ),
    "falcon-one-key": ("falcon", FALCON, GPT | {"class": "FalconForCausalLM"}),
    "falcon-groups": (
        "falcon",
        FALCON | {"new_decoder_architecture": True, "num_kv_heads": 2, "rope_theta": 500.0, "bias": True},
        GPT,
    ),
    "falcon-one-norm": (
        "falcon",
        FALCON
        | {
            "new_decoder_architecture": True,
            "num_kv_heads": 3,
            "num_ln_in_parallel_attn": 1,
            "activation": "relu",
            "ffn_hidden_size": 20,
            "tie_word_embeddings": False,
        },
        GPT,
    ),
    # its eager attention adds ALiBi twice; the default one is the model
    "falcon-alibi": (
        "falcon",
        FALCON | {"alibi": True, "multi_query": False, "parallel_attn": False, "bias": True, "layer_norm_epsilon": 1e-3},
        GPT | {"attention": "sdpa"},
    ),
    "bloom-plain": ("bloom", BLOOM | {"n_head": 4}, GPT | {"without": bloom_without, "class": "BloomForCausalLM"}),
    "bloom-skips": (
        "bloom",
        BLOOM | {"n_head": 6, "apply_residual_connection_post_layernorm": True, "layer_norm_epsilon": 1e-3},
        GPT | {"without": bloom_without},
    ),
    "mpt-plain": ("mpt", MPT | {"n_heads": 4}, {"layers": "blocks", "without": "ffn", "class": "MptForCausalLM"}),
    "mpt-clipped": (
        "mpt",
        MPT
        | {"n_heads": 6, "attn_config": {"clip_qkv": 0.4, "softmax_scale": 0.9}, "layer_norm_epsilon": 1e-3},
        {"layers": "blocks", "without": "ffn"},
    ),
    "openai-gpt-plain": ("openai-gpt", OPENAI, GPT | {"without": openai_without, "class": "OpenAIGPTLMHeadModel"}),
    "openai-gpt-silu": (
        "openai-gpt",
        OPENAI | {"n_head": 4, "afn": "silu", "layer_norm_epsilon": 1e-3, "n_layer": 3},
        GPT | {"without": openai_without},
    ),
}


BERT = {
    "pad_token_id": 0,
    "vocab_size": 64,
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 20,
    "max_position_embeddings": 32,
}
DISTIL = {"vocab_size": 64, "dim": 24, "n_layers": 2, "n_heads": 3, "hidden_dim": 20, "max_position_embeddings": 32}
XLNET = {"vocab_size": 64, "d_model": 24, "n_layer": 2, "n_head": 3, "d_inner": 20}
T5 = {"vocab_size": 64, "d_model": 24, "d_kv": 6, "d_ff": 20, "num_layers": 2, "num_heads": 3}
DEBERTA = BERT | {"relative_attention": True, "pos_att_type": "c2p|p2c", "position_biased_input": False, "pad_token_id": 0}


def bert_without(layer, config):
    layer.feed_forward_chunk = lambda x: x


def distil_without(layer, config):
    layer.ffn, layer.output_layer_norm = Zero(config.dim), nn.Identity()


def nomic_without(layer, config):
    layer.mlp, layer.post_mlp_layernorm = Zero(config.hidden_size), nn.Identity()


def t5_without(layer, config):
    layer.layer[-1] = nn.Identity()


def xlnet_without(layer, config):
    layer.ff_chunk = lambda x: x


def output_without(layer, config):
    """Of a layer whose feed-forward half is an intermediate and an output with the skip and its norm."""
    layer.output = Residual()


ENCODER = {"layers": "encoder.layer", "without": bert_without}
OUTPUT = {"layers": "encoder.layer", "without": output_without}
CASES |= {
    "distilbert-plain": (
        "distilbert",
        DISTIL,
        {"layers": "transformer.layer", "without": distil_without, "class": "DistilBertForMaskedLM"},
    ),
    "distilbert-heads": (
        "distilbert",
        DISTIL | {"n_heads": 4, "activation": "relu", "n_layers": 3},
        {"layers": "transformer.layer", "without": distil_without},
    ),
    "xlm-roberta-plain": ("xlm-roberta", BERT | {"pad_token_id": 1}, ENCODER | {"class": "XLMRobertaForMaskedLM"}),
    "xlm-roberta-padding": (
        "xlm-roberta",
        BERT | {"num_attention_heads": 4, "pad_token_id": 9, "type_vocab_size": 1, "hidden_act": "gelu_new"},
        ENCODER,
    ),
    "camembert-plain": ("camembert", BERT | {"type_vocab_size": 1, "pad_token_id": 1}, ENCODER | {"class": "CamembertForMaskedLM"}),
    "camembert-padding": ("camembert", BERT | {"num_attention_heads": 2, "pad_token_id": 9, "layer_norm_eps": 1e-3}, ENCODER),
    "electra-narrow": ("electra", BERT | {"embedding_size": 16}, ENCODER | {"class": "ElectraForPreTraining"}),
    "electra-wide": (
        "electra",
        BERT | {"embedding_size": 24, "num_attention_heads": 4, "hidden_act": "relu", "layer_norm_eps": 1e-3},
        ENCODER,
    ),
    "mpnet-plain": ("mpnet", BERT | {"pad_token_id": 1}, OUTPUT | {"class": "MPNetForMaskedLM"}),
    "mpnet-long": (
        "mpnet",
        BERT | {"num_attention_heads": 4, "hidden_act": "relu", "max_position_embeddings": 160, "layer_norm_eps": 1e-3}
        | {"pad_token_id": 1},
        OUTPUT | {"tokens": 40},
    ),
    "esm-rotary": (
        "esm",
        BERT
        | {
            "position_embedding_type": "rotary",
            "token_dropout": True,
            "mask_token_id": 7,
            "pad_token_id": 1,
            "vocab_size": 20,
        },
        OUTPUT | {"class": "EsmForMaskedLM", "tokens": 30},
    ),
    "esm-positions": (
        "esm",
        BERT
        | {
            "num_attention_heads": 4,
            "emb_layer_norm_before": True,
            "pad_token_id": 9,
            "mask_token_id": 7,
            "layer_norm_eps": 1e-3,
        },
        OUTPUT,
    ),
    "nomic_bert-plain": (
        "nomic_bert",
        BERT,
        {"layers": "layers", "without": nomic_without, "class": "NomicBertForMaskedLM"},
    ),
    "nomic_bert-heads": (
        "nomic_bert",
        BERT
        | {
            "head_dim": 6,
            "hidden_act": "gelu",
            "layer_norm_eps": 1e-3,
            "rope_parameters": {"rope_type": "linear", "factor": 2.0, "rope_theta": 300.0},
        },
        {"layers": "layers", "without": nomic_without},
    ),
    "eurobert-plain": ("eurobert", BERT | {"num_attention_heads": 4}, PARALLEL | {"class": "EuroBertForMaskedLM"}),
    "eurobert-bias": (
        "eurobert",
        BERT
        | {
            "num_key_value_heads": 1,
            "head_dim": 6,
            "attention_bias": True,
            "mlp_bias": True,
            "hidden_act": "gelu",
            "rms_norm_eps": 1e-3,
            "rope_theta": 300.0,
        },
        PARALLEL,
    ),
    "modernbert-plain": (
        "modernbert",
        BERT | {"num_hidden_layers": 4, "local_attention": 6, "hidden_size": 16, "num_attention_heads": 2},
        PARALLEL | {"class": "ModernBertForMaskedLM"},
    ),
    "modernbert-bias": (
        "modernbert",
        BERT
        | {
            "num_hidden_layers": 3,
            "hidden_size": 16,
            "num_attention_heads": 4,
            "local_attention": 9,
            "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
            "norm_bias": True,
            "attention_bias": True,
            "mlp_bias": True,
            "hidden_activation": "silu",
            "norm_eps": 1e-3,
            "rope_parameters": {
                "full_attention": {"rope_type": "linear", "factor": 2.0, "rope_theta": 300.0},
                "sliding_attention": {"rope_type": "default", "rope_theta": 50.0},
            },
        },
        PARALLEL,
    ),
    "deberta-v2-buckets": (
        "deberta-v2",
        DEBERTA | {"position_buckets": 6, "norm_rel_ebd": "layer_norm", "share_att_key": True},
        OUTPUT | {"class": "DebertaV2ForMaskedLM", "tokens": 24},
    ),
    "deberta-v2-own-matrices": (
        "deberta-v2",
        DEBERTA
        | {
            "num_attention_heads": 4,
            "hidden_act": "relu",
            "max_relative_positions": 7,
            "type_vocab_size": 2,
            "position_biased_input": True,
            "embedding_size": 16,
            "layer_norm_eps": 1e-3,
        },
        OUTPUT,
    ),
    "deberta-v2-c2p": ("deberta-v2", DEBERTA | {"pos_att_type": ["c2p"], "num_hidden_layers": 1}, OUTPUT),
    "xlnet-plain": (
        "xlnet",
        XLNET,
        {"layers": "layer", "without": xlnet_without, "class": "XLNetLMHeadModel", "turned": True},
    ),
    "xlnet-causal": (
        "xlnet",
        XLNET | {"n_head": 4, "attn_type": "uni", "ff_activation": "relu", "clamp_len": 5, "layer_norm_eps": 1e-3},
        {"layers": "layer", "without": xlnet_without, "turned": True},
    ),
    "t5-plain": ("t5", T5, {"layers": "encoder.block", "without": t5_without, "class": "T5ForConditionalGeneration"}),
    "t5-gated": (
        "t5",
        T5
        | {
            "num_heads": 4,
            "feed_forward_proj": "gated-gelu",
            "relative_attention_num_buckets": 8,
            "relative_attention_max_distance": 20,
            "layer_norm_epsilon": 1e-3,
            "d_kv": 8,
        },
        {"layers": "encoder.block", "without": t5_without, "class": "T5EncoderModel", "tokens": 30},
    ),
}


def at(module, path):
    for name in path.split("."):
        module = getattr(module, name)
    return module


def shake(model):
    """Away from initial values, so that every bias and norm shows."""
    g = torch.Generator().manual_seed(7)
    for name, p in model.named_parameters():
        noise = torch.randn(p.shape, generator=g)
        if p.dim() > 1:
            p.copy_(noise * (1.6 / p.shape[-1] ** 0.5 if "embed" not in name and "wte" not in name else 0.7))
        else:
            p.copy_(noise * 0.2 + (1.0 if "bias" not in name else 0.0))


def lift(model):
    """float64 throughout, also what modules do in float32 whatever the model's dtype."""
    torch.set_default_dtype(torch.float64)
    torch.float32 = torch.float = torch.float64
    torch.Tensor.float = torch.Tensor.double
    for name, part in list(model.named_modules()):
        if name.endswith(("rotary_emb", "rotary_embeddings", "rope_embeddings")):
            setattr(model.get_submodule(name.rpartition(".")[0]), name.rpartition(".")[2], type(part)(part.config).eval())
        if type(part).__name__ in ("GPTJAttention", "CodeGenAttention"):
            module = sys.modules[type(part).__module__]
            part.embed_positions = module.create_sinusoidal_positions(part.max_positions, part.pos_embd_dim)


def first(output):
    return output[0] if isinstance(output, (tuple, list)) else output


def errors(h):
    u = h / h.norm(dim=2, keepdim=True)
    return ((u - u[:, :1]) ** 2).sum(2).mean(1) / 2


class Loop:
    """A model whose pass starts from given hidden states."""

    def __init__(self, model, layers, inputs, turned):
        self.model, self.inputs, self.entering, self.entered, self.out = model, inputs, None, [], []
        self.seen = (lambda h: h.transpose(0, 1)) if turned else (lambda h: h)  # modules of [T, B, D]
        layers[0].register_forward_pre_hook(self.enter, with_kwargs=True)
        for layer in layers:
            layer.register_forward_hook(lambda _, __, o: self.out.append(errors(self.seen(first(o)))))

    def enter(self, _, positional, named):
        own = positional[0] if positional else named["hidden_states"]
        self.entered.append(self.seen(own).clone())
        if self.entering is None:
            return None
        given = self.seen(self.entering)
        if positional:
            return (given, *positional[1:]), named
        return positional, named | {"hidden_states": given}

    def __call__(self, h=None):
        self.entering = h
        return first(self.model(**self.inputs).to_tuple())


def expected(model, layers, inputs, turned):
    loop = Loop(model, layers, inputs, turned)
    own = loop()
    h = loop.entered[0]
    found = [errors(h)]
    loop.out.clear()
    for number in range(PASSES):
        h = loop(h)
        assert number or torch.allclose(h, own, rtol=1e-12, atol=1e-12), "the first pass is not the model's own forward"
    return torch.stack(found + loop.out, 1), h


def text(folder, fields, how):
    """Prompts, as the model takes them."""
    prompts = numpy.random.default_rng(3).integers(4, fields["vocab_size"], (3, how.get("tokens", 12))).tolist()
    (folder / "prompts.json").write_text(json.dumps(prompts))
    return {"input_ids": torch.tensor(prompts)}


def write(name):
    kind, fields, how = CASES[name]
    torch.manual_seed(1)
    config = transformers.AutoConfig.for_model(kind, **fields)
    config._attn_implementation = how.get("attention", "eager")
    cls = getattr(transformers, how["class"]) if "class" in how else transformers.MODEL_MAPPING[type(config)]
    whole = cls(config).eval()
    shake(whole)
    whole = whole.to(torch.bfloat16)
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    whole.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    config_json = json.loads((folder / "config.json").read_text())
    config_json.pop("transformers_version", None)
    (folder / "config.json").write_text(json.dumps(config_json, indent=2) + "\n")
    model = whole.double()
    if kind == "t5":
        model = whole.encoder
        how = how | {"layers": "block"}
    elif "class" in how:
        model = whole.base_model
    inputs = how.get("inputs", text)(folder, fields, how)
    lift(model)
    layers = at(model, how["layers"])
    save(folder, "trained", *expected(model, layers, inputs, "turned" in how))
    for layer in layers:
        take = how["without"]
        if isinstance(take, str):
            setattr(layer, take, Residual())
        else:
            take(layer, config)
    for layer in layers:
        layer._forward_hooks.clear()
        layer._forward_pre_hooks.clear()
    save(folder, "trained-no-feed-forward", *expected(model, layers, inputs, "turned" in how))
    print(name, sum(f.stat().st_size for f in folder.iterdir()) // 1024, "KB")


def save(folder, name, error, hidden):
    numpy.save(folder / f"expected-{name}.npy", error.double().numpy())
    numpy.save(folder / f"expected-{name}-hidden.npy", hidden.double().numpy())
    print("  ", name, *(f"{e:.3g}" for e in error.mean(0).tolist()[:: max(1, (error.shape[1] - 1) // PASSES)]))


def main():
    torch.set_num_threads(1)
    for name in sys.argv[1:] or CASES:
        child = os.fork()  # a process each, because what is lifted stays lifted
        if child == 0:
            with torch.no_grad():
                write(name)
            sys.stdout.flush()
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            sys.exit(name)


if __name__ == "__main__":
    main()
