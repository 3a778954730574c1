"""What every model class that transformers' Auto classes can save for a family writes into a checkpoint: names and shapes.

Writes probe/src/test/resources/heads.json, from which a test makes a tiny checkpoint for each class.

    pip install torch transformers; python scripts/reference-heads.py [FAMILY...]

Families that are named are made anew, and the others' entries stay.
"""

import importlib
import json
import pathlib
import sys
import tempfile

import transformers
from safetensors import safe_open
from transformers import AutoConfig
from transformers.models.auto import modeling_auto

transformers.logging.set_verbosity_error()

OUT = pathlib.Path(__file__).parent.parent / "probe/src/test/resources/heads.json"

DECODER = {
    "vocab_size": 8,
    "hidden_size": 4,
    "intermediate_size": 6,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 2,
    "max_position_embeddings": 5,
    "pad_token_id": 0,
}
ENCODER = {k: v for k, v in DECODER.items() if k not in ("num_key_value_heads", "head_dim")}
GPT2 = {"vocab_size": 8, "n_embd": 4, "n_layer": 1, "n_head": 2, "n_positions": 5, "pad_token_id": 0}
CONFIGS = {
    "albert": ENCODER | {"embedding_size": 3},
    "bert": ENCODER,
    "gemma": DECODER,
    "gemma2": DECODER,
    **{
        family: DECODER
        for family in (
            "apertus arcee cohere cohere2 ernie4_5 exaone4 gemma3_text glm glm4 granite helium hunyuan_v1_dense ministral"
            " ministral3 nanochat nemotron olmo olmo2 olmo3 seed_oss smollm3"
        ).split()
    },
    "stablelm": DECODER | {"hidden_size": 16, "head_dim": 8},
    "gpt2": GPT2,
    "gpt_neo": {
        "vocab_size": 8,
        "hidden_size": 4,
        "num_layers": 2,
        "num_heads": 2,
        "max_position_embeddings": 5,
        "attention_types": [[["global", "local"], 1]],
    },
    "gpt_neox": ENCODER | {"hidden_size": 16},
    "llama": DECODER,
    "mistral": DECODER,
    "opt": {k: v for k, v in ENCODER.items() if k != "intermediate_size"} | {"ffn_dim": 6, "word_embed_proj_dim": 3},
    "phi3": DECODER,
    "qwen2": DECODER,
    "qwen3": DECODER,
    "roberta": ENCODER | {"pad_token_id": 1},
}


# families whose classes stand in another's file, and what of it is theirs
MODULES = {"gemma3_text": "gemma3"}


def classes(family):
    """The classes of all tasks: what the family's file offers, and every mapping of an Auto class that knows the family."""
    module = importlib.import_module(f"transformers.models.{MODULES.get(family, family)}.modeling_{MODULES.get(family, family)}")
    names = {n for n in module.__all__ if not n.endswith("PreTrainedModel") and isinstance(getattr(module, n), type)}
    for mapping in vars(modeling_auto).values():
        if isinstance(mapping, dict) and family in mapping:
            found = mapping[family]
            names.update([found] if isinstance(found, str) else found)
    return sorted(n for n in names if issubclass(getattr(transformers, n, int), transformers.PreTrainedModel))


def saved(name, config):
    """Names and shapes of what the class saves, beside its config."""
    with tempfile.TemporaryDirectory() as folder:
        getattr(transformers, name)(config).save_pretrained(folder)
        with safe_open(pathlib.Path(folder, "model.safetensors"), "pt") as file:
            tensors = {key: file.get_slice(key).get_shape() for key in file.keys()}
        return json.loads(pathlib.Path(folder, "config.json").read_text()), tensors


def main():
    named = sys.argv[1:] or list(CONFIGS)
    entries = []
    if sys.argv[1:]:
        stored = json.loads(OUT.read_text())["checkpoints"]
        entries = [e for e in stored if e["config"]["model_type"] not in named]
    for family in named:
        fields = CONFIGS[family]
        for name in classes(family):
            for tied in [True, False]:
                config = AutoConfig.for_model(family, **fields, tie_word_embeddings=tied, num_labels=3)
                try:
                    written, tensors = saved(name, config)
                except Exception as refusal:
                    print(family, name, type(refusal).__name__, str(refusal)[:100])
                    continue
                for unread in ["id2label", "label2id", "transformers_version"]:
                    written.pop(unread, None)
                entry = {"class": name, "tied": tied, "config": written, "tensors": tensors}
                if not any(e["class"] == name and e["tensors"] == tensors for e in entries):
                    entries.append(entry)
    lines = ",\n".join(" " + json.dumps(entry) for entry in entries)
    OUT.write_text(f'{{"transformers": "{transformers.__version__}", "checkpoints": [\n{lines}]}}\n')
    print(len(entries), "checkpoints")


main()
