"""The GGUF files of families/: checkpoints of ../families and ../reference as llama.cpp's own converter makes them.

usage: families.py LLAMA_CPP [NAME...]     needs a checkout of llama.cpp, numpy, torch, transformers; no part of the build

NAME.gguf is made of ../families/NAME, matrices in their own type. SOURCE.WHAT.gguf is made of a checkpoint with other fields, which
GGUF files can say and ../families/SOURCE has otherwise: its config.json lies in SOURCE.WHAT/, and its weights if they are not those of
SOURCE. The converter is told what it finds in original configs only (HINTS); vocabularies are left out.
"""
import json, logging, os, pathlib, shutil, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = [HERE.parent / "families", HERE.parent / "reference"]
OUT = HERE / "families"

PLAIN = ["arcee-bias", "bloom-plain", "cohere-plain", "deepseek_v2-plain", "deepseek_v3-plain", "distilbert-plain", "ernie4_5-bias",
         "exaone4-whole", "exaone4-windows", "falcon-one-key", "glm4-plain", "glm4_moe-groups", "glm4_moe-plain",
         "glm4_moe_lite-plain", "gpt_bigcode-one-key", "gpt_oss-mxfp4", "gpt_oss-plain", "granite-multipliers",
         "granitemoe-bias", "granitemoe-multipliers", "hunyuan_v1_dense-bias", "mixtral-plain", "mpt-plain", "nemotron-plain", "olmo-clip", "olmo2-plain",
         "olmo3-scaled", "olmoe-plain", "phi-plain", "qwen2_moe-plain", "qwen3_moe-plain", "seed_oss-bias", "smollm3-plain",
         "stablelm-norms", "stablelm-parallel"]

PLAIN_ROPE = {"rope_theta": 10000.0, "rope_type": "default"}

# fields that are other than the source's, "" for those that go; "layers" repeats the source's, "drop" leaves tensors out whose names
# end so, "prefix" begins all names
VARIANTS = {
    "bert-old-names-float16.gelu": {"hidden_act": "gelu"},
    "cohere-norms.tied": {"attention_bias": False, "tie_word_embeddings": True, "drop": ["lm_head.weight", ".bias"]},
    "cohere2-windows.fourth": {"layer_types": ["sliding_attention"] * 3 + ["full_attention"]},
    "deepseek_v3-groups.pairs": {"rope_interleave": True},
    "eurobert-bias.silu": {"hidden_act": "silu"},
    "falcon-groups.no-bias": {"bias": False, "prefix": "transformer.", "rope_parameters": PLAIN_ROPE,
                              "drop": ["value.bias", "dense.bias", "4h.bias", "to_h.bias"]},
    "gemma3_text-windows.sixth": {"layers": 7, "query_pre_attn_scalar": 8, "final_logit_softcapping": 1.5, "sliding_window_pattern": "",
                                  "layer_types": ["sliding_attention"] * 5 + ["full_attention", "sliding_attention"]},
    "gpt-neox-sequential-old-config.gelu": {"hidden_act": "gelu", "rotary_emb_base": 10000.0, "layers": 1},
    "gpt_oss-types.second": {"layer_types": ["sliding_attention", "full_attention"], "rope_parameters": PLAIN_ROPE},
    "nomic_bert-heads.silu": {"hidden_act": "silu"},
    "starcoder2-window.none": {"sliding_window": None},
}

# what original configs have and transformers' own have not, for the converter alone
HINTS = {
    "bert-old-names-float16.gelu": {"architectures": ["BertModel"]},
    "cohere2-windows.fourth": {"rotary_pct": 1},
    "eurobert-bias.silu": {"architectures": ["EuroBertModel"]},
    "exaone4-whole": {"original_max_position_embeddings": 16},
    "falcon-groups.no-bias": {"architectures": ["FalconForCausalLM"]},
    "falcon-one-key": {"num_kv_heads": 1},
    "gpt-neox-sequential-old-config.gelu": {"rotary_pct": 0.25},
    "mpt-plain": {"architectures": ["MPTForCausalLM"]},
    "nomic_bert-heads.silu": {"activation_function": "swiglu", "causal": False, "qkv_proj_bias": False, "mlp_fc1_bias": False,
                              "mlp_fc2_bias": False, "prenorm": False, "rotary_emb_fraction": 1.0, "rotary_emb_interleaved": False,
                              "rotary_emb_scale_base": None, "num_experts": 0, "n_positions": 8192},
    "qwen2_moe-plain": {"num_local_experts": ""},
}


def changed(config, fields):
    config = dict(config)
    for key, value in fields.items():
        if value == "":
            config.pop(key, None)
        elif key not in ("layers", "drop", "prefix"):
            config[key] = value
    if "layers" in fields:
        config["num_hidden_layers"] = fields["layers"]
    return config


def source(name):
    return next(folder / name.split(".")[0] for folder in SOURCES if (folder / name.split(".")[0]).exists())


def weights(source, fields):
    from safetensors.torch import load_file
    there = load_file(source / "model.safetensors")
    there = {n: t for n, t in there.items() if not any(n.endswith(end) for end in fields.get("drop", []))}
    count = json.loads((source / "config.json").read_text())["num_hidden_layers"]
    made = {n: t for n, t in there.items() if ".layers." not in n}
    for layer in range(fields.get("layers", count)):
        before, now = f".layers.{layer % count}.", f".layers.{layer}."
        made |= {n.replace(before, now): t.clone() for n, t in there.items() if before in n}
    return {fields.get("prefix", "") + n: t for n, t in made.items()}


def variant(name):
    """The folder of a checkpoint, its own made where it has one."""
    fields = VARIANTS.get(name)
    if fields is None:
        return source(name)
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    config = changed(json.loads((source(name) / "config.json").read_text()), fields)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    if fields.keys() & {"layers", "drop", "prefix"}:
        from safetensors.torch import save_file
        save_file(weights(source(name), fields), folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def convert(llama_cpp, gguf, name):
    folder = variant(name)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch) / name
        scratch.mkdir()
        own = folder / "model.safetensors"
        shutil.copy(own if own.exists() else source(name) / "model.safetensors", scratch)
        config = json.loads((folder / "config.json").read_text())
        (scratch / "config.json").write_text(json.dumps(config))
        vocabulary = {"model": {"type": "WordPiece", "vocab": {str(i): i for i in range(config["vocab_size"])}}, "added_tokens": []}
        (scratch / "tokenizer.json").write_text(json.dumps(vocabulary)) # read for its size alone
        fields = changed(llama_cpp.ModelBase.load_hparams(scratch, False), HINTS.get(name, {}))
        kind = llama_cpp.ModelType.TEXT
        model = llama_cpp.ModelBase.from_model_architecture(llama_cpp.get_model_architecture(fields, kind), model_type=kind)
        out = OUT / f"{name}.gguf"
        half = config.get("torch_dtype", config.get("dtype")) == "float16"
        model(scratch, gguf.LlamaFileType.MOSTLY_F16 if half else gguf.LlamaFileType.MOSTLY_BF16, out, eager=True, hparams=fields).write()
        print(out.name, out.stat().st_size)


def every(kind):
    for one in kind.__subclasses__():
        yield one
        yield from every(one)


def yielding(modify):
    """A converter's method that returns a generator where it should yield from it."""
    def whole(self, *arguments):
        made = yield from modify(self, *arguments)
        if made is not None:
            yield from made
    return whole


def main():
    sys.path.insert(0, sys.argv[1])
    import convert_hf_to_gguf, gguf
    logging.disable(logging.WARNING)
    for kind in set(every(convert_hf_to_gguf.TextModel)):
        kind.set_vocab = lambda self: None
    stablelm = convert_hf_to_gguf.StableLMModel
    stablelm.modify_tensors = yielding(stablelm.modify_tensors)
    OUT.mkdir(exist_ok=True)
    for name in sys.argv[2:] or PLAIN + list(VARIANTS):
        convert(convert_hf_to_gguf, gguf, name)


if __name__ == "__main__":
    main()
