# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges the ring of gmemrecord --flight."""

import json
import os

from judge.files import read
from judge.output import Unusable
from judge.run import Run, split_samples
from judge.state import check_state
from judge.truth import Truth


def kept_lines(c, folder, prefix):
    """Return the lines of a tool that read a kept recording or a ring. Raises Unusable."""
    status, words = (read(os.path.join(folder, f"{prefix}.{end}")) or "" for end in ("status", "err"))
    lines = [json.loads(l) for l in (read(os.path.join(folder, prefix + ".json")) or "").splitlines()]
    if not c.test(f"{prefix}: can be read", status.strip() == "0" and lines, "status 0, lines", f"{status.strip()}, {words}"):
        raise Unusable
    return lines


def judge(c, folder):
    rule = Run.__new__(Run)
    rule.c, rule.dir, rule.prefix = c, folder, "rule"
    rule.need_guest()
    c.equal("rule: exit status", "0", (read(rule.path(".status")) or "").strip())
    kept = [l for l in rule.parse(read(rule.path(".json")) or "") if l["type"] == "kept"]
    c.equal("rule: kept once", 1, len(kept))
    c.equal("rule: for its reason", ["vm_destroy"], [k["reason"].split()[0] for k in kept])
    c.equal("rule: that file alone", 1, sum("kept-" in f for f in (read(rule.path(".ring")) or "").split()))
    events = [l for l in kept_lines(c, folder, "rule.kept") if l["type"] == "event"]
    destroyed, created = (sum(e["kind"] == k for e in events) for k in ("vm_destroy", "vm_create"))
    c.test("rule: the kept recording has its cause", 1 <= destroyed <= rule.truth.counts["vm_destroy"] and created >= destroyed,
           f"1 to {rule.truth.counts['vm_destroy']} ends of a VM", (destroyed, created))
    for prefix in ("asked.kept", "killed"):
        samples = split_samples(kept_lines(c, folder, prefix))
        if c.test(f"{prefix}: looks", len(samples) >= 2, "some", len(samples)):
            check_state(c, lambda what, p=prefix: f"{p}: {what}", samples[-1], Truth([os.path.join(folder, "asked.hold.truth")]))
