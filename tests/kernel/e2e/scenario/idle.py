# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges tools on a host without VMs."""

import collections
import os

from judge.files import read
from judge.run import Run
from judge.truth import Truth


def judge(c, folder):
    nothing = collections.Counter()
    for prefix in ("top", "snoop"):
        t = Truth([])
        t.counts = nothing
        run = Run(c, folder, prefix, truth=t)
        if run.summary["vms"] and c.args.expect != "full":
            c.skip(run.say("other VMs are on this host"))
            continue
        c.equal(run.say("VMs, inodes, events"), (0, 0, {}),
                (run.summary["vms"], run.summary["inodes"], {k: n for k, n in run.summary["events"].items() if n}))
        c.equal(run.say("phases"), {}, {p: v for p, v in run.summary["phases"].items() if v.get("count")})
    status = (read(os.path.join(folder, "check.status")) or "").strip()
    c.equal("gmemcheck: exit status", "0", status)
