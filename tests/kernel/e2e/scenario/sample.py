# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges gmemsnoop --sample: lines of a random share of the faults."""

from judge.events import check_event_lines
from judge.fixture import bump, put, sample_snoop, sample_truth, scenario_folder, write_lines, write_texts
from judge.output import Checks, Output
from judge.records import check_drawn
from judge.run import Run


def judge(c, folder):
    run = Run(c, folder, "sample")
    check_event_lines(run)
    check_drawn(run, 4)


def sample_of_faults(args, change=None):
    """Return the failures of made-up lines of gmemsnoop --sample 4 with a change. Two of the ten good faults were drawn."""
    lines = [l for l in sample_snoop() if l.get("phase") != "host_fault"]
    del lines[6:13]
    lines[-1]["events"]["fault"] = 3
    lines.insert(-1, {"type": "loss", "what": "sampled_out", "count": 8, "withheld": True})
    if change:
        change(lines)
    said = []
    with scenario_folder("sample") as folder:
        write_lines(folder, {"sample.truth": sample_truth(), "sample.json": lines})
        write_texts(folder, "0\n", "sample.status", "sample.guest.status")
        judge(Checks(Output("sample", said.append), "sample", args), folder)
    return [l for l in said if l.startswith("not ok")]


def many_drawn(lines):
    """Change the lines: a thousand more faults, each with a line."""
    lines[-1]["operations"]["guest_fault"]["in_histograms"] += 1000
    lines[-1]["events"]["fault"] += 1000
    lines[6:6] = [lines[6]] * 1000


# Faults: the change, and words of the check that must find it.
SAMPLE_OF_FAULTS = [
    ("a fault that is no line and not told as left out", bump(-1, "operations", "guest_fault", "in_histograms"), "not drawn"),
    ("one more that was left out", bump(-2, "count"), "not drawn"),
    ("a failed fault left out", lambda l: (l.pop(8), bump(-2, "count")(l), put(-1, "events", "fault", 2)(l)), "that failed"),
    ("another limit at work", put(-2, "what", "slow_limit"), "withheld"),
    ("a sample that is none", many_drawn, "one in 4"),
]


def self_test(args, c):
    c.equal("a true sample of faults has no failure", [], sample_of_faults(args))
    for what, change, words in SAMPLE_OF_FAULTS:
        found = sample_of_faults(args, change)
        c.test(f"found: {what}", any(words in l for l in found), f"a failure of '{words}'", found or "none")
