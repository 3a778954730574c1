"""python -m unittest discover python/tests, from the top of the project."""

import json
import tempfile
import unittest
from pathlib import Path

import numpy as np

import consensus_probe as cp

RESULTS = Path(__file__).resolve().parents[2] / "results"


class RecordedRuns(unittest.TestCase):
    def test_every_recorded_run_is_read(self):
        manifests = [m for m in RESULTS.glob("**/manifest.json") if (m.parent / "error.npy").is_file()]
        self.assertGreater(len(manifests), 5)
        for manifest in manifests:
            run = cp.load(manifest.parent)
            frame = run.frame()
            self.assertEqual(len(frame), run.error.size, manifest)
            self.assertEqual(frame["depth"].max(), run.error.shape[1] - 1)
            self.assertTrue({"model", "weights", "passes", "prompt_set"} <= set(frame.columns))

    def test_depths_are_those_of_curve_csv(self):
        import pandas as pd

        curves = [c for c in RESULTS.glob("**/curve.csv")]
        self.assertTrue(curves)
        for curve in curves:
            expected = pd.read_csv(curve)
            run = cp.load(curve.parent)
            np.testing.assert_array_equal(run.depths[["depth", "pass", "layer"]], expected[["depth", "pass", "layer"]])
            np.testing.assert_allclose(np.nanmean(run.error, axis=0), expected["mean"], rtol=1e-12)

    def test_a_sweep_groups_by_its_fields(self):
        sweep = cp.load_sweep(RESULTS / "smollm2")
        # a field that old runs lack is missing there
        fields = ["weights", "feed_forward", "prompt_set", "attention_scale", "depth"]
        ends = sweep.frame().groupby(fields, dropna=False)["error"].mean()
        self.assertEqual(len(ends.index.droplevel("depth").unique()), len(sweep.runs))


class MadeRuns(unittest.TestCase):
    def test_the_table_of_measures(self):
        with tempfile.TemporaryDirectory() as folder:
            run = Path(folder) / "runs" / "a"
            run.mkdir(parents=True)
            (run / "manifest.json").write_text(json.dumps({"format": 1, "status": "complete", "plan": {}}))
            (Path(folder) / "measures.csv").write_text(
                "run,model,measure,axis,entry,defined,depth,pass,layer,mean\n"
                "a,m,pairwise-mean,,,2,0,0,0,0.5\n"
                "a,m,attention-entropy,head,0,2,1,0,1,0.25\n"
            )
            table = cp.load_sweep(folder).measures
            heads = table[table["measure"] == "attention-entropy"]
            self.assertEqual(list(heads["entry"]), ["0"])
            self.assertEqual(table.groupby("measure")["mean"].mean()["pairwise-mean"], 0.5)

    def test_a_loop_and_a_measure_with_axes(self):
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder)
            (made / "measures").mkdir()
            np.save(made / "error.npy", np.arange(14.0).reshape(2, 7))
            np.save(made / "measures" / "error-head.npy", np.zeros((2, 7, 3)))
            manifest = {
                "format": 1,
                "status": "complete",
                "plan": {"model": "m", "prompts": "p", "passes": 2, "measures": ["error-head"]},
                "model": {"layers": 4},
                "route": {"layers_before": 1, "looped_layers": 2, "layers_after": 1, "passes": 2, "native_depth": 3},
                "measures": [{"name": "error-head", "axes": ["prompt", "depth", "head"], "labels": {"head": ["a", "b", "c"]}}],
            }
            (made / "manifest.json").write_text(json.dumps(manifest))
            run = cp.load(made)
            self.assertEqual(list(run.depths["layer"]), [0, 1, 2, 3, 2, 3, 4])
            self.assertEqual(list(run.depths["pass"]), [0, 0, 0, 0, 1, 1, 1])
            self.assertEqual(run.native_depth, 3)
            (made / "tokens.jsonl").write_text('{"ids":[5,6],"texts":["a"," b"]}\n{"ids":[7]}\n')
            tokens = cp.load(made).tokens
            self.assertEqual(list(tokens["id"]), [5, 6, 7])
            self.assertEqual(list(tokens["text"][:2]), ["a", " b"])
            self.assertTrue(tokens["text"].isna()[2])
            manifest["route"]["sequence"] = [3, 1, 0, 2]
            (made / "manifest.json").write_text(json.dumps(manifest))
            self.assertEqual(list(cp.load(made).depths["layer"]), [0, 4, 2, 1, 2, 1, 3])
            rows = run.measures["error-head"].frame()
            self.assertEqual(list(rows.columns), ["prompt", "depth", "head", "error-head"])
            self.assertEqual(list(rows["head"][:4]), ["a", "b", "c", "a"])
            with self.assertRaises(ValueError):
                run.frame("error-head")

    def test_what_is_no_run_is_said(self):
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaisesRegex(FileNotFoundError, "expected a run directory"):
                cp.load(folder)
            with self.assertRaisesRegex(FileNotFoundError, "expected the folder of a sweep"):
                cp.load_sweep(folder)
            (Path(folder) / "manifest.json").write_text('{"format": 99}')
            with self.assertRaisesRegex(ValueError, "found 99"):
                cp.load(folder)


if __name__ == "__main__":
    unittest.main()
