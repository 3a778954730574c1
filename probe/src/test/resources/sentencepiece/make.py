"""Trains the SentencePiece models beside this file and writes the ids that the sentencepiece library gives for 200 texts.

The models are trained on the project's own documentation. Needs sentencepiece 0.2; run it here.
"""
import glob
import io
import json
import os
import random

import sentencepiece

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(HERE + "/../../../../..")


def lines():
    found = []
    for name in ["README.md", "CONTRIBUTING.md"] + sorted(glob.glob(ROOT + "/docs/*.md")):
        for line in open(os.path.join(ROOT, name), encoding="utf-8"):
            line = line.strip("#`|- \n")
            if 20 < len(line) < 400:
                found.append(line)
    return found + [
        "Ein schöner Tag für ein Gespräch über Häuser.",
        "Où est la bibliothèque où nous étions cet été?",
        "La niña comió una manzana mañana.",
        "Привет, как дела?",
        "日本語の文章です。",
    ] * 5


def write_rules():
    """A small table of replacements: spaces, ligatures, full-width letters. The tables that come with the library take 240 KB."""
    table = {"\u00a0": " ", "\t": " ", "\n": " ", "\r": " ", "\u3000": " ", "ﬁ": "fi", "ﬂ": "fl", "…": "...", "²": "2", "\u200b": "", "e\u0301": "é"}
    table.update({chr(i + 0xFEE0): chr(i) for i in range(0x21, 0x7F)})
    code = lambda text: " ".join("%X" % ord(c) for c in text)
    with open("rules.tsv", "w") as out:
        out.writelines(f"{code(a)}\t{code(b)}\n" for a, b in table.items())


MODELS = {
    "bpe-bytes": dict(vocab_size=560, model_type="bpe", byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False, split_digits=True, allow_whitespace_only_pieces=True, character_coverage=0.999),
    "bpe-symbols": dict(vocab_size=420, model_type="bpe", byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False, add_dummy_prefix=False, pad_id=0, eos_id=1, bos_id=2, unk_id=3, bos_piece="<bos>", eos_piece="<eos>", user_defined_symbols=["<mask>", "<unused0>", "\n\n", "\u2581\u2581", "<b>"], character_coverage=0.99),
    "bpe-rules": dict(vocab_size=300, model_type="bpe", normalization_rule_tsv="rules.tsv"),
    "unigram-rules": dict(vocab_size=400, model_type="unigram", normalization_rule_tsv="rules.tsv", pad_id=0, eos_id=1, unk_id=2, bos_id=-1),
    "unigram-symbols": dict(vocab_size=520, model_type="unigram", byte_fallback=True, normalization_rule_tsv="rules.tsv", user_defined_symbols=["<sep>", "theend", "<pad>"]),
}

PARTS = ["the", " The", " model", "ing", "ed ", "I'm", " don't", "1793", "12", " 3.14", "½", "²", " ", "  ", "   ", "\n", "\n\n", "\r\n", "\t", "\u00a0", ".", "...", "…", "?!", " (", ")", "<=", "$", "_", "__init__", "#", "é", "e\u0301", "漢字", "日本語", "नमस", "🙂", "👩\u200d🚀", "ＡＢＣ", "ﬁne", "ﬂow", " naïve", "ÀÉ", "Привет", "ñ", " tokens", " layers", "error.npy", "--model", "theend", "<sep>", "<mask>", "\u200b", "\u3000", "a" * 9, "====", "-- "]


def texts(count, seed, sentences):
    """Half sentences, cut anywhere, half parts of every kind strung together; no control symbols."""
    draw = random.Random(seed)
    made = ["", " ", "   ", "a", "\n", " leading", "trailing ", "  both  sides  "]
    while len(made) < count:
        if draw.random() < 0.5:
            sentence = draw.choice(sentences)
            start = draw.randrange(len(sentence))
            made.append(sentence[start : start + draw.randrange(1, 60)])
        else:
            made.append("".join(draw.choice(PARTS) for _ in range(draw.randrange(1, 9))))
    return made[:count]


if __name__ == "__main__":
    os.chdir(HERE)
    write_rules()
    sentences = lines()
    chosen = texts(200, 7, sentences)
    with open(HERE + "/texts.json", "w", encoding="utf-8") as out:
        json.dump(chosen, out, ensure_ascii=False, indent=0)
    for name, settings in MODELS.items():
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(sentences), model_writer=model, num_threads=1, hard_vocab_limit=False, minloglevel=2, **settings
        )
        with open(f"{HERE}/{name}.model", "wb") as out:
            out.write(model.getvalue())
        processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
        with open(f"{HERE}/{name}.ids", "w") as out:
            out.writelines(" ".join(map(str, processor.encode(text))) + "\n" for text in chosen)
    os.remove("rules.tsv")
