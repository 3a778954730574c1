"""Compares token ids with Python's on a thousand texts: sentencepiece for models alone and in GGUF files, transformers for folders.

    python scripts/compare-tokenizers.py [--consensus "./consensus"] [--texts 1000] [--seed 1] [FOLDER or tokenizer.json=FILE.gguf ...]

Without arguments: the models and folders of the tests, and two models with SentencePiece's own table of characters (nmt_nfkc),
trained here. FOLDER is a model's, read with AutoTokenizer; A=B compares the tokenizer.json A, read by Python's tokenizers, with
the file B, read by consensus. Needs sentencepiece, transformers, protobuf and gguf.
"""
import argparse
import importlib.util
import io
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RESOURCES = ROOT + "/probe/src/test/resources"
spec = importlib.util.spec_from_file_location("make", RESOURCES + "/sentencepiece/make.py")
make = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make)


def ours(command, tokenizer, file):
    """Ids of each text; the program shows a prompt's ids in the last line of its block."""
    out = subprocess.run(
        command.split() + ["prompts", "show", file, "--tokenizer", tokenizer, "--ids"], capture_output=True, text=True
    )
    if out.returncode != 0:
        sys.exit(out.stderr)
    blocks = out.stdout.split("\nprompt ")[1:]
    return [[int(i) for i in block.strip("\n").split("\n")[-1].split()] for block in blocks]


def gguf_of(model, path):
    """A GGUF file with the tokenizer of a SentencePiece model, as llama.cpp's conversion writes it."""
    import gguf
    from sentencepiece import sentencepiece_model_pb2

    proto = sentencepiece_model_pb2.ModelProto.FromString(open(model, "rb").read())
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_tokenizer_model("t5" if proto.trainer_spec.model_type == 1 else "llama")
    writer.add_token_list([p.piece for p in proto.pieces])
    writer.add_token_scores([p.score for p in proto.pieces])
    writer.add_token_types([p.type for p in proto.pieces])
    writer.add_add_space_prefix(proto.normalizer_spec.add_dummy_prefix)
    writer.add_remove_extra_whitespaces(proto.normalizer_spec.remove_extra_whitespaces)
    if proto.normalizer_spec.precompiled_charsmap:
        writer.add_precompiled_charsmap(proto.normalizer_spec.precompiled_charsmap)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(proto.trainer_spec.unk_id)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def cases(given, folder):
    """Name, tokenizer for consensus, function from a text to Python's ids."""
    import sentencepiece

    if given:
        from tokenizers import Tokenizer
        from transformers import AutoTokenizer

        for name in given:
            if "=" in name:
                json_file, other = name.split("=", 1)
                yield name, other, lambda t, p=Tokenizer.from_file(json_file): p.encode(t, add_special_tokens=False).ids
            else:
                yield name, name, lambda t, p=AutoTokenizer.from_pretrained(name): p.encode(t, add_special_tokens=False)
        return
    models = {n: f"{RESOURCES}/sentencepiece/{n}.model" for n in make.MODELS}
    for kind in ("bpe", "unigram"):
        trained = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(make.lines()), model_writer=trained, vocab_size=900, model_type=kind, hard_vocab_limit=False,
            byte_fallback=kind == "bpe", num_threads=1, minloglevel=2,
        )
        models["nmt_nfkc-" + kind] = f"{folder}/{kind}.model"
        open(models["nmt_nfkc-" + kind], "wb").write(trained.getvalue())
    for name, model in models.items():
        processor = sentencepiece.SentencePieceProcessor(model_file=model)
        yield name, model, processor.encode
        if "symbols" not in name:
            gguf_of(model, f"{folder}/{name}.gguf")
            yield name + ".gguf", f"{folder}/{name}.gguf", processor.encode
    from transformers import AutoTokenizer

    for name in sorted(os.listdir(RESOURCES + "/tokenizers")):
        path = f"{RESOURCES}/tokenizers/{name}"
        if os.path.isdir(path):
            yield name, path, lambda t, p=AutoTokenizer.from_pretrained(path): p.encode(t, add_special_tokens=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--consensus", default=ROOT + "/consensus")
    parser.add_argument("--texts", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("given", nargs="*")
    args = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        texts = make.texts(args.texts, args.seed, make.lines())
        for name, tokenizer, python in cases(args.given, folder):
            expected = [python(t) for t in texts]
            kept = [i for i, ids in enumerate(expected) if ids]  # a prompt has tokens
            with open(folder + "/texts.jsonl", "w") as out:
                out.writelines(json.dumps({"text": texts[i]}) + "\n" for i in kept)
            found = ours(args.consensus, tokenizer, folder + "/texts.jsonl")
            wrong = [i for i, ids in zip(kept, found) if ids != expected[i]]
            print(f"{name}: {len(kept) - len(wrong)} of {len(kept)} texts equal", *(repr(texts[i]) for i in wrong[:5]), flush=True)
            failed |= bool(wrong) or len(found) != len(kept)
    sys.exit(failed)


if __name__ == "__main__":
    main()
