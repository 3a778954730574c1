"""Makes the reference of `attribute --redundancy`: states of four depths and what numpy says of them.

    python scripts/reference-redundancy.py probe/src/test/resources/redundancy

Needs numpy. Two prompts of 5 and 4 tokens, 3 dimensions; the third depth is the second, moved by 1e-9.
"""

import json
import pathlib
import sys

import numpy


def angular(x, y):
    u, v = (z / numpy.linalg.norm(z, axis=1, keepdims=True) for z in (x, y))
    chord = numpy.linalg.norm(u - v, axis=1)
    return float((2 * numpy.arcsin(chord / 2) / numpy.pi).mean()), float((chord**2 / 2).mean())


def procrustes(x, y):
    x, y = (z - z.mean(0) for z in (x, y))
    x, y = (z / numpy.linalg.norm(z) for z in (x, y))
    left, values, right = numpy.linalg.svd(x.T @ y)
    return float(numpy.linalg.norm(values.sum() * x @ left @ right - y) ** 2)


def hsic(k, l):
    n = len(k)
    h = numpy.eye(n) - 1 / n
    return numpy.trace(k @ h @ l @ h)


def unbiased(k, l):
    n, one = len(k), numpy.ones(len(k))
    k, l = k - numpy.diag(numpy.diag(k)), l - numpy.diag(numpy.diag(l))
    middle = (one @ k @ one) * (one @ l @ one) / ((n - 1) * (n - 2))
    return numpy.trace(k @ l) + middle - 2 / (n - 2) * (one @ k @ l @ one)


def alignment(kernel, grams):
    return [[float(kernel(a, b) / numpy.sqrt(kernel(a, a) * kernel(b, b))) for b in grams] for a in grams]


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    rng = numpy.random.default_rng(7)
    x = rng.standard_normal((2, 5, 3))
    y = x + 0.5 * rng.standard_normal(x.shape)
    depths = [x, y, y + 1e-9 * rng.standard_normal(x.shape), 3 * y[..., ::-1] + 1]
    for depth, states in enumerate(depths):
        states[1, 4] = numpy.nan
        numpy.save(folder / f"depth-{depth}.npy", states)
    tokens = [states.reshape(-1, 3)[:9] for states in depths]
    grams = [t @ t.T for t in tokens]
    compared = [[angular(a, b) for b in tokens] for a in tokens]
    expected = {
        "angular": [[c[0] for c in row] for row in compared],
        "influence": [compared[l][l + 1][1] for l in range(len(tokens) - 1)],
        "linearity": [procrustes(tokens[l], tokens[l + 1]) for l in range(len(tokens) - 1)],
        "alignment": alignment(hsic, grams),
        "debiased": alignment(unbiased, grams),
    }
    (folder / "expected.json").write_text(json.dumps(expected) + "\n")


main()
