"""Trains a tiny GPT-2 a little and keeps checkpoints as Hugging Face's Trainer lays them out: DIR/checkpoint-1, checkpoint-8, ...

What `consensus timeline` is tested on. The text is a walk on a ring of symbols with a rare jump, so that a few hundred steps
teach something: the loss falls from ln 64 = 4.16 towards the walk's own entropy. Deterministic on one machine.

  python train-timeline-checkpoints.py DIR
"""
import json, os, sys
import torch, transformers

STEPS, SYMBOLS, LENGTH, BATCH = [1, 8, 32, 128, 512], 64, 32, 16

def walk(generator):
    moves = torch.tensor([1, 1, 1, -1, 1, 1, -1, 17])[torch.randint(0, 8, (BATCH, LENGTH), generator=generator)]
    start = torch.randint(0, SYMBOLS, (BATCH, 1), generator=generator)
    return (start + moves.cumsum(1)) % SYMBOLS

def main(folder):
    torch.manual_seed(7); torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(7)
    config = transformers.GPT2Config(vocab_size=SYMBOLS, n_positions=64, n_embd=24, n_layer=2, n_head=2, resid_pdrop=0, embd_pdrop=0,
                                     attn_pdrop=0, bos_token_id=0, eos_token_id=0)
    model = transformers.GPT2LMHeadModel(config)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for step in range(1, STEPS[-1] + 1):
        ids = walk(generator)
        loss = model(input_ids=ids, labels=ids).loss
        optimizer.zero_grad(); loss.backward(); optimizer.step()
        if step in STEPS:
            out = os.path.join(folder, f"checkpoint-{step}")
            model.save_pretrained(out)
            os.remove(os.path.join(out, "generation_config.json"))
            json.dump({"global_step": step, "loss": round(loss.item(), 4)}, open(os.path.join(out, "trainer_state.json"), "w"))
            print(out, loss.item())

main(sys.argv[1])
