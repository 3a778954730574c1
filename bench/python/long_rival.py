"""One prompt through transformers' base model, with eq. 25 taken after every layer by a hook: MODEL PROMPTS.json THREADS."""

import json
import sys

import torch
from transformers import AutoModel

model_directory, prompts, threads = sys.argv[1:4]
torch.set_num_threads(int(threads))
model = AutoModel.from_pretrained(model_directory, dtype=torch.float32, local_files_only=True).eval()
ids = torch.tensor(json.load(open(prompts))) % model.config.vocab_size
errors = []


def error(layer, arguments, out):
    x = out[0] if isinstance(out, tuple) else out
    u = x / x.norm(dim=-1, keepdim=True)
    errors.append(float(1 - (u[:, :1] * u).sum(-1).mean()))


for layer in model.layers:
    layer.register_forward_hook(error)
with torch.inference_mode():
    model(input_ids=ids, use_cache=False)
print(len(errors), errors[-1])
