"""The notebook of docs/ runs to its end, and gives what stands in it. Needs nbclient, ipykernel, matplotlib and a built launcher."""

import copy
import os
import re
import unittest
from pathlib import Path

try:
    import ipykernel  # noqa: F401
    import matplotlib  # noqa: F401
    import nbformat
    from nbclient import NotebookClient

    MISSING = ""
except ImportError as absent:
    MISSING = f"the notebook was not run: no module {absent.name}"

HOME = Path(__file__).resolve().parents[2]
NOTEBOOK = HOME / "docs" / "first-hour.ipynb"
FLOOR = 1e-9
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


@unittest.skipIf(MISSING, MISSING)
class FirstHour(unittest.TestCase):
    def test_it_runs_to_the_end_and_says_the_same(self):
        kept = nbformat.read(NOTEBOOK, as_version=4)
        made = copy.deepcopy(kept)
        os.environ.setdefault("CONSENSUS", str(HOME / ("consensus.cmd" if os.name == "nt" else "consensus")))
        NotebookClient(made, timeout=900, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
        cells = [pair for pair in zip(kept.cells, made.cells) if pair[0].cell_type == "code"]
        self.assertGreater(len(cells), 5)
        for before, now in cells:
            with self.subTest(cell=before.source.splitlines()[0]):
                self.assertIsNotNone(before.execution_count, "saved without its outputs")
                self.same(printed(before), printed(now))
                self.assertEqual(pictures(before), pictures(now))

    def same(self, expected, found):
        """Word for word; numbers to a unit of their last digit (another processor rounds otherwise), those at a floor left out."""
        self.assertEqual(NUMBER.sub("#", expected).split(), NUMBER.sub("#", found).split())
        for a, b in zip(NUMBER.findall(expected), NUMBER.findall(found)):
            if max(abs(float(a)), abs(float(b))) > FLOOR:
                self.assertLess(abs(float(a) - float(b)), 1.5 * max(unit(a), unit(b)), f"\n{expected}\n{found}")


def unit(number):
    """One unit of the last digit that was printed."""
    digits, _, exponent = number.partition("e")
    return 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))


def printed(cell):
    """What a cell printed."""
    return "".join(out.text for out in cell.outputs if out.output_type == "stream" and out.name == "stdout")


def pictures(cell):
    """How many pictures a cell showed."""
    return sum("image/png" in out.get("data", {}) for out in cell.outputs)


if __name__ == "__main__":
    unittest.main()
