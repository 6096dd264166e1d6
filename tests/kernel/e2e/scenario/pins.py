# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges the pins of gmemreboot --pins."""

import copy
import json
import os

from judge import pins
from judge.files import read
from judge.fixture import bump, put, sample_summary, sample_truth, scenario_folder, write_lines, write_texts
from judge.output import Checks, Output
from judge.run import Run


def judge(c, folder):
    names = sorted(n[:-len(".guest.status")] for n in os.listdir(folder) if n.endswith(".guest.status"))
    c.test("workloads that left something", bool(names), "some", "none")
    for name in names:
        judge_pins(c, folder, name)


def judge_pins(c, folder, name):
    status = read(os.path.join(folder, name + ".guest.status")).strip()
    if status == "77":
        c.skip(f"{name}: {(read(os.path.join(folder, name + '.guest.err')) or '').strip()}")
        return
    c.equal(f"{name}: the workload ended well", "0", status)
    truth = json.loads(read(os.path.join(folder, name + ".hold.truth")))
    for skipped in sorted({f"{s['what']}: {s['why']}" for s in truth["skipped"]} - c.skips):
        c.skip(skipped)
        c.skips.add(skipped)
    everything, left, why = pins.expected(truth)
    if os.path.exists(os.path.join(folder, name + ".seen.json")):
        run = Run(c, folder, name + ".seen", truth=truth)
        c.equal(run.say("what is kept, and by what"), everything, pins.reported(run.lines))
        c.equal(run.say("views that were there before us"), [],
                [l for l in run.lines if l["type"] == "pin" and l["what"] == "view" and l["since_ns"] is None])
    if pins.hidden(truth):
        everything, left, why = pins.nothing()
    run = Run(c, folder, name + ".all", truth=truth)
    c.equal(run.say("what is kept, and by what"), everything, pins.reported(run.lines))
    run = Run(c, folder, name + ".left", truth=truth)
    c.equal(run.say("what should be gone, and what keeps it"), left, pins.reported(run.lines))
    c.equal(run.say("why it should"), why, pins.reasons(run.lines))


def pins_verdict(args, change=None):
    """Return the failures of made-up files with a change. The made-up owner has closed all but a descriptor of its VM's statistics."""
    pin = {"type": "pin", "object": "vm", "inode": 0, "vm": 1, "machine": "guest-0", "why": "closed", "what": "stats_fd",
           "pid": 7, "comm": "gmemguest", "fd": 9, "since_ns": None}
    files = {"s.hold.truth": dict(sample_truth(), pins=[{"object": "vm", "vm": 0, "what": "stats_fd", "pid": 7, "fd": 9}]),
             "s.seen.json": [pin, sample_summary()], "s.all.json": [pin, sample_summary()], "s.left.json": [pin, sample_summary()]}
    files = copy.deepcopy(files)
    files["s.hold.truth"]["vms"][0]["alive"] = True
    if change:
        change(files)
    said = []
    with scenario_folder("pins") as folder:
        write_lines(folder, files)
        write_texts(folder, "0\n", "s.guest.status", "s.seen.status", "s.all.status", "s.left.status")
        judge(Checks(Output("sample", said.append), "pins", args), folder)
    return [l for l in said if l.startswith("not ok")]


# Faults: the change, and words of the check that must find it.
PIN_FAULTS = [
    ("a pin that is not named", lambda f: f["s.all.json"].pop(0), "what is kept"),
    ("a pin of another process", put("s.all.json", 0, "pid", 8), "what is kept"),
    ("a pin of another descriptor", bump("s.all.json", 0, "fd"), "what is kept"),
    ("a pin of another kind", put("s.all.json", 0, "what", "vm_fd"), "what is kept"),
    ("a pin of another object", put("s.left.json", 0, "object", "inode"), "files that can be read"),
    ("a pin that is named twice", lambda f: f["s.left.json"].insert(0, f["s.left.json"][0]), "what should be gone"),
    ("a VM that should be gone and is not told", lambda f: f["s.left.json"].pop(0), "what should be gone"),
    ("a pin that comes and is not named", lambda f: f["s.seen.json"].pop(0), "seen: what is kept"),
    ("another reason", put("s.left.json", 0, "why", "owner_gone"), "why it should"),
    ("a VM in use that is told", put("s.hold.truth", "pins", 0, "what", "vm_fd"), "what should be gone"),
]


def self_test(args, c):
    c.equal("a true sample of pins has no failure", [], pins_verdict(args))
    for what, change, words in PIN_FAULTS:
        try:
            found = pins_verdict(args, change)
        except KeyError:  # check_scenario() reports a KeyError as a failure, too
            found = ["files that can be read"]
        c.test(f"found: {what}", any(words in l for l in found), f"a failure of '{words}'", found or "none")
