# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges tools on VMs that are older than the tool."""

import os

from judge.files import read
from judge.output import Unusable
from judge.run import Run
from judge.state import check_pins, check_state, check_unknown
from judge.truth import Truth


def eight(c, folder, which):
    paths = [os.path.join(folder, f"eight.{n}{which}") for n in range(8)]
    status = [(read(os.path.join(folder, f"eight.{n}.guest.status")) or "none").strip() for n in range(8)]
    if not c.equal("eight workloads ended well", ["0"] * 8, status):
        raise Unusable
    return Truth(paths)


def judge(c, folder):
    t = eight(c, folder, ".hold.truth")
    for prefix in ("top", "inventory"):
        run = Run(c, folder, prefix, truth=t)
        samples = run.samples()
        if not c.equal(run.say("looks"), 1, len(samples)):
            continue
        check_state(c, run.say, samples[0], t)
        check_pins(c, run.say, samples[0], t)
        check_unknown(run, *samples[0])
        c.equal(run.say("all were there before"), [], [x for x in samples[0][0] + samples[0][1] if not x["old"]])
        c.equal(run.say("orphans"), [], [i["ino"] for i in samples[0][1] if i["orphan"]])
        c.equal(run.say("summary: VMs, inodes, resident bytes"),
                (len(t.vms), len(t.inodes), sum(i["resident_pages"] for i in t.inodes) * 4096),
                (run.summary["vms"], run.summary["inodes"], run.summary["resident_bytes"]))
        c.equal(run.say("no event of what was there before"), {},
                {k: n for k, n in run.summary["events"].items() if n})
