"""The GGUF files of families/: checkpoints of ../families as llama.cpp's own converter makes them.

usage: families.py LLAMA_CPP [NAME...]     needs a checkout of llama.cpp, numpy, torch, transformers; no part of the build

NAME.gguf is made of ../families/NAME, matrices in bfloat16. SOURCE.WHAT.gguf is made of a checkpoint with other fields, which
GGUF files can say and ../families/SOURCE has otherwise: its config.json lies in SOURCE.WHAT/, and its weights if they are not those
of SOURCE. The converter is told what it finds in original configs only (HINTS); vocabularies are left out.
"""
import json, logging, os, pathlib, shutil, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = HERE.parent / "families"
OUT = HERE / "families"

PLAIN = ["cohere-plain", "deepseek_v2-plain", "deepseek_v3-plain", "exaone4-whole", "exaone4-windows", "glm4-plain", "glm4-whole",
         "glm4_moe-groups", "glm4_moe-plain", "glm4_moe_lite-plain", "gpt_oss-plain", "granite-multipliers", "granitemoe-bias",
         "granitemoe-multipliers", "mixtral-plain", "olmo2-plain", "olmo3-scaled", "olmoe-plain", "qwen2_moe-plain",
         "qwen3_moe-plain", "smollm3-plain"]

# fields that are other than the source's; "" takes one away; "layers" repeats the source's layers, "drop" leaves a tensor out
VARIANTS = {
    "cohere-norms.tied": {"attention_bias": False, "tie_word_embeddings": True, "drop": ["lm_head.weight", ".bias"]},
    "cohere2-windows.fourth": {"layer_types": ["sliding_attention"] * 3 + ["full_attention"]},
    "deepseek_v3-groups.pairs": {"rope_interleave": True},
    "gemma3_text-windows.sixth": {"layers": 7, "query_pre_attn_scalar": 8, "final_logit_softcapping": 1.5, "sliding_window_pattern": "",
                                  "layer_types": ["sliding_attention"] * 5 + ["full_attention", "sliding_attention"]},
    "gpt_oss-types.second": {"layer_types": ["sliding_attention", "full_attention"],
                             "rope_parameters": {"rope_theta": 500.0, "rope_type": "default"}},
}

# what original configs have and transformers' own do not, for the converter alone
HINTS = {
    "cohere2-windows.fourth": {"rotary_pct": 1},
    "exaone4-whole": {"original_max_position_embeddings": 16},
    "qwen2_moe-plain": {"num_local_experts": ""},
}


def changed(config, fields):
    config = dict(config)
    for key, value in fields.items():
        if value == "":
            config.pop(key, None)
        elif key not in ("layers", "drop"):
            config[key] = value
    if "layers" in fields:
        config["num_hidden_layers"] = fields["layers"]
    return config


def weights(source, fields):
    from safetensors.torch import load_file
    there = load_file(source / "model.safetensors")
    there = {n: t for n, t in there.items() if not any(n.endswith(end) for end in fields.get("drop", []))}
    count = json.loads((source / "config.json").read_text())["num_hidden_layers"]
    made = {n: t for n, t in there.items() if ".layers." not in n}
    for layer in range(fields.get("layers", count)):
        before, now = f".layers.{layer % count}.", f".layers.{layer}."
        made |= {n.replace(before, now): t.clone() for n, t in there.items() if before in n}
    return made


def variant(name):
    """The folder of a checkpoint, its own made where it has one."""
    fields = VARIANTS.get(name)
    if fields is None:
        return SOURCES / name
    source, folder = SOURCES / name.split(".")[0], OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    config = changed(json.loads((source / "config.json").read_text()), fields)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    if fields.keys() & {"layers", "drop"}:
        from safetensors.torch import save_file
        save_file(weights(source, fields), folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def convert(llama_cpp, gguf, name, architecture=None):
    folder = variant(name)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch) / name
        scratch.mkdir()
        own = folder / "model.safetensors"
        shutil.copy(own if own.exists() else SOURCES / name.split(".")[0] / "model.safetensors", scratch)
        config = changed(json.loads((folder / "config.json").read_text()), HINTS.get(name, {}))
        (scratch / "config.json").write_text(json.dumps(config))
        vocabulary = {"model": {"type": "WordPiece", "vocab": {str(i): i for i in range(config["vocab_size"])}}, "added_tokens": []}
        (scratch / "tokenizer.json").write_text(json.dumps(vocabulary)) # read for its size alone
        fields = llama_cpp.ModelBase.load_hparams(scratch, False)
        kind = llama_cpp.ModelType.TEXT
        model = llama_cpp.ModelBase.from_model_architecture(llama_cpp.get_model_architecture(fields, kind), model_type=kind)
        out = OUT / f"{name}.gguf"
        model(scratch, gguf.LlamaFileType.MOSTLY_BF16, out, eager=True).write()
        print(out.name, out.stat().st_size)


def every(kind):
    for one in kind.__subclasses__():
        yield one
        yield from every(one)


def main():
    sys.path.insert(0, sys.argv[1])
    import convert_hf_to_gguf, gguf
    logging.disable(logging.WARNING)
    for kind in set(every(convert_hf_to_gguf.TextModel)):
        kind.set_vocab = lambda self: None
    OUT.mkdir(exist_ok=True)
    for name in sys.argv[2:] or PLAIN + list(VARIANTS):
        convert(convert_hf_to_gguf, gguf, name)


if __name__ == "__main__":
    main()
