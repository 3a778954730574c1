"""The comparison's table: medians over turns, ratios paired within a turn."""

from tables import gigabytes, machine, middle, number, percent, small, table

# the rival's own rounding of 1 - mean cosine is some 1e-7; more than this is another computation
AGREEMENT = 1e-5
# and it is asked of so many blocks: GPT-Neo's unscaled attention multiplies any rounding, block after block
FIRST = 8


def counted(rounds):
    # a program's first pass also warms up, and ours measures its floor in it
    return [t for r in rounds for t in r["turns"][1:]]


def best_rival(rounds):
    """The way to run transformers whose median pass takes least."""
    turns = counted(rounds)
    return min(turns[0]["rivals"], key=lambda name: middle([t["rivals"][name] for t in turns]))


def summary(entry):
    """Medians of one case over its rounds and turns. A ratio or a share is taken within each turn first."""
    rounds, gflop, rival = entry["rounds"], entry["gflop_per_pass"], entry["rival"]
    turns = counted(rounds)
    rounds = [r | {"rival": r["rivals"][rival]} for r in rounds]

    def best(t):
        return max(p["gflops"] for p in t["products"])

    def per_turn(value):
        return middle([value(t) for t in turns])

    def per_round(value):
        return middle([value(r) for r in rounds])

    # blocks are left out: the time that a program stands still falls into them
    def stage(name):
        return per_round(lambda r: r["ours"][name] / sum(t["ours"] for t in r["turns"]))

    return {
        "ours_seconds": per_turn(lambda t: t["ours"]),
        "rival_seconds": per_turn(lambda t: t["rivals"][rival]),
        "speed_up": per_turn(lambda t: t["rivals"][rival] / t["ours"]),
        "ours_gflops": per_turn(lambda t: gflop / t["ours"]),
        "rival_gflops": per_turn(lambda t: gflop / t["rivals"][rival]),
        "best_gflops": per_turn(best),
        "rivals_seconds": {name: per_turn(lambda t, n=name: t["rivals"][n]) for name in turns[0]["rivals"]},
        "ours_share": per_turn(lambda t: gflop / t["ours"] / best(t)),
        "rival_share": per_turn(lambda t: gflop / t["rivals"][rival] / best(t)),
        "whole_speed_up": per_round(lambda r: r["rival"]["whole_seconds"] / r["ours"]["whole_seconds"]),
        **{
            f"{side}_{key}": per_round(lambda r, s=side, k=key: r[s][k])
            for side in ("ours", "rival")
            for key in ("whole_seconds", "peak_rss_bytes", "peak_anonymous_bytes")
        },
        **{f"{s}_share_of_run": stage(f"{s}_seconds") for s in ("measure", "waiting_for_weights")},
        "largest_difference": max(r["largest_difference"] for r in rounds),
        "largest_mean_difference": max(r["largest_mean_difference"] for r in rounds),
    }


def disagreements(entries):
    """Cases in float32 whose first blocks differ by more than rounding explains, in words."""
    return [
        f"{name}: a float32 value of the first {FIRST} blocks differs by {first_difference(e):.1e}; at most {AGREEMENT:.0e} is agreement"
        for name, e in entries.items()
        if e["dtype"] == "float32" and not first_difference(e) <= AGREEMENT
    ]


def first_difference(entry):
    # tables begun before this was kept have whole curves alone
    return max(r.get("largest_first_difference", r["largest_difference"]) for r in entry["rounds"])


def across(entries):
    """Comparisons between cases: what drawing anew in each pass costs, and what bfloat16 gains and loses."""
    rows = []
    for name, entry in entries.items():
        model, half, dtype, weights = name.split(":")
        trained = same_depth(entries, entry, f"{model}:{half}:{dtype}:trained")
        if weights == "random-each-pass" and trained:
            cost = [entry["summary"][k] / trained["summary"][k] for k in ("ours_seconds", "rival_seconds")]
            rows.append([f"{model} {half} {dtype}: time, random-each-pass over trained", *map(number, cost)])
        wide = same_depth(entries, entry, f"{model}:{half}:float32:{weights}")
        if dtype == "bfloat16" and wide:
            fast = [wide["summary"]["rival_seconds"] / entry["summary"][k] for k in ("ours_seconds", "rival_seconds")]
            rows.append([f"{model} {half} {weights}: speed, bfloat16 over the rival's float32", *map(number, fast)])
            off = [furthest(entry["curves"][side], wide["curves"]["rival"]) for side in ("ours", "rival")]
            rows.append([f"{model} {half} {weights}: largest distance of the bfloat16 curve from the rival's float32", *map(small, off)])
    return rows


def same_depth(entries, entry, name):
    other = entries.get(name)
    return other if other and other["layers"] == entry["layers"] else None


def furthest(a, b):
    return max(abs(x - y) for x, y in zip(a, b, strict=True))


def markdown(data):
    """The whole report."""
    entries = data["cases"]
    s = {name: e["summary"] for name, e in entries.items()}
    title = [f"# {data['name']}: consensus against transformers\n", machine(data["machine"])]
    title.append(
        f"- {data['prompts']} prompts of {data['tokens']} tokens in a batch"
        + (f" (the rival: {data['rival_batch']})" if data["rival_batch"] else "")
        + f", {data['passes']} passes, {data['threads']} threads, pass by pass in turn; files in the page cache\n"
    )
    names = data["rivals"]
    speed = table(
        ["case", "layers", "turns", "ours s/pass", *(f"{n} s/pass" for n in names), "best rival", "faster by", "ours GFLOP/s", "rival GFLOP/s", "best product",
         "ours of best", "rival of best"],
        [[n.replace(":", " "), str(e["layers"]), str(sum(len(r["turns"]) - 1 for r in e["rounds"])), number(s[n]["ours_seconds"]),
          *(number(s[n]["rivals_seconds"][r]) for r in names), e["rival"], number(s[n]["speed_up"]), number(s[n]["ours_gflops"], 0),
          number(s[n]["rival_gflops"], 0), number(s[n]["best_gflops"], 0), percent(s[n]["ours_share"]),
          percent(s[n]["rival_share"])] for n, e in entries.items()],
    )
    memory = table(
        ["case", "ours whole s", "rival whole s", "faster by", "ours peak GB", "rival peak GB", "ours without mapped files GB",
         "rival without mapped files GB"],
        [[n.replace(":", " "), number(s[n]["ours_whole_seconds"], 1), number(s[n]["rival_whole_seconds"], 1),
          number(s[n]["whole_speed_up"]), gigabytes(s[n]["ours_peak_rss_bytes"]), gigabytes(s[n]["rival_peak_rss_bytes"]),
          gigabytes(s[n]["ours_peak_anonymous_bytes"]), gigabytes(s[n]["rival_peak_anonymous_bytes"])] for n in entries],
    )
    inside = table(
        ["case", "ours waiting for weights", "ours measuring", f"difference in blocks 1 to {FIRST}", "largest difference", "of means"],
        [[n.replace(":", " "), percent(s[n]["waiting_for_weights_share_of_run"]),
          f"{100 * s[n]['measure_share_of_run']:.1f} %", small(first_difference(entries[n])),
          small(s[n]["largest_difference"]), small(s[n]["largest_mean_difference"])] for n in entries],
    )
    ratios = across(entries)
    return "\n".join(
        title
        + ["## Speed\n", speed, "## Whole process and memory\n", memory, "## Where our time goes, and agreement\n", inside]
        + (["## Across cases\n", table(["what", "ours", "rival"], ratios)] if ratios else [])
        + ["## How to read it\n", NOTES]
    )


NOTES = """\
- The rival is transformers as people write it (eager), the same with the launcher's settings of the allocator, and with every
  block through torch.compile besides (static shapes, weights frozen unless they are drawn anew; compiling falls into the first
  pass). "Rival" in all columns is the one of them whose median pass takes least.
- A turn is a pass of ours, one of each rival and a second of matrix products; while one goes, the others are stopped in
  memory. Figures are medians over turns; ratios and shares are taken within a turn, then their median. The first turn of a
  round is not counted: programs warm up in it, and ours measures its floor.
- Both record eq. 25 after every block and nothing else. What a run of ours records beside it by default is timed in
  docs/measures.md.
- GFLOP: exact from shapes, a multiply-add counted as two. Per layer 2 N sum(in x out) over the block's matrices, N tokens in
  all, and for every prompt 4 D sum_i min(i, window) for attention: the causal half, whatever a program computes. Norms,
  softmax, activation, embedding and the measure are not counted.
- Best product: the fastest median in the same turn over torch's ways to multiply (linear, mm, oneDNN and MKL, plain and
  packed) in the shapes of the model; for bfloat16 the better of bfloat16 and float32.
- Whole: from command to the end of the process without the times it was stopped: imports, loading, checks, hashing of files
  and figures included.
- Peak: the kernel's high-water mark of resident memory (VmHWM), pages of mapped files included. Without mapped files: the
  largest RssAnon in samples every 20 ms; hidden states and activations are part of it.
- The rival's float32 weights are themselves pages of mapped files (safetensors), unless they are drawn or converted.
- Without feed-forward the rival, like the usual script, still holds the feed-forward weights.
- Largest difference: over all prompts and blocks, eq. 25 by ours and by the rival; of means: of the curve, the mean over
  prompts. The rival's 1 - mean cosine rounds at 1e-7 in float32; in bfloat16 its hidden states are bfloat16, ours float32.
  GPT-Neo does not scale its attention scores, and rounding grows from block to block: with redrawn weights and without
  feed-forward a float32 value is up to 2.5e-3 from its float64 after 32 blocks, where in float64 both agree to 6e-12.
- Waiting and measuring are wall time: a turn of the others that falls into one of them counts there.
"""
