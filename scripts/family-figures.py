"""What the parity tests measured, put into families.json and docs/families.md.

    mvn -pl probe test -Dtest='FamilyParityTest,ParityTest' -Dconsensus.parity.show=true > out.txt
    python scripts/family-figures.py out.txt

Of every family the largest difference of the error and of the hidden states over its checkpoints with trained weights, with and
without feed-forward, rounded up to one digit.
"""

import decimal
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent.parent
TESTS = HERE / "probe/src/test/resources"
TABLE = HERE / "probe/src/main/resources/families.json"
PAGE = HERE / "docs/families.md"
LINE = re.compile(r"parity (\S+?)(?:-trained)?(?:-no-feed-forward)? (float64|float32): (\S+), (\S+)$")
SAME = {"llava": "llava", "qwen2_vl": "qwen2_vl_text", "qwen2_5_vl": "qwen2_5_vl_text", "qwen3_vl": "qwen3_vl_text"}


def up(value):
    """Rounded up to one digit."""
    context = decimal.Context(prec=1, rounding=decimal.ROUND_UP)
    return f"{context.create_decimal(value):.0e}".replace("e+0", "e").replace("e-0", "e-") if value else "0"


def family(checkpoint):
    place = next(TESTS / p / checkpoint for p in ("families", "reference") if (TESTS / p / checkpoint).exists())
    return json.loads((place / "config.json").read_text())["model_type"]


def measured(lines):
    worst = {}
    for found in filter(None, map(LINE.search, lines)):
        checkpoint, dtype, *off = found.groups()
        if "-random" in found.group(0):
            continue
        kind = family(checkpoint)
        for name in {kind, SAME.get(kind, kind)}:
            before = worst.setdefault((name, dtype), [decimal.Decimal(0)] * 2)
            worst[name, dtype] = [max(a, decimal.Decimal(b)) for a, b in zip(before, off)]
    return {key: ", ".join(map(up, pair)) for key, pair in worst.items()}


def main():
    figures = measured(pathlib.Path(sys.argv[1]).read_text().splitlines())
    table, page = TABLE.read_text(), PAGE.read_text()
    for entry in json.loads(table):
        kind = entry["type"]
        new = [figures.get((kind, dtype), entry[dtype]) for dtype in ("float64", "float32")]
        if (kind, "float64") not in figures:
            print("not measured:", kind)
        table = re.sub(rf'("type": "{kind}",.*"float64": )"[^"]*"(, "float32": )"[^"]*"',
                       lambda m: f'{m[1]}"{new[0]}"{m[2]}"{new[1]}"', table)
        page = re.sub(rf"(?m)^(\| `{kind}` \| \w+ \|) [^|]* \| [^|]* \|(?= [^|]* \| (?:read|-) \|)",
                      lambda m: f"{m[1]} {new[0]} | {new[1]} |", page)
    TABLE.write_text(table)
    PAGE.write_text(page)


if __name__ == "__main__":
    main()
