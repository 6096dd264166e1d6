# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges gmemhist by intervals."""

import collections

from judge.events import check_kinds
from judge.files import check_replay
from judge.phases import check_phases, check_sums
from judge.records import check_operations
from judge.run import Run


def judge(c, folder):
    """Check that the counts of the intervals add up to the totals, and that the totals are true."""
    run = Run(c, folder, "hist")
    check_kinds(run)
    check_sums(run)
    check_operations(run)
    totals, gained = collections.Counter(), collections.Counter()
    for l in run.lines:
        if l["type"] == "phase" and "count" in l:
            (gained if "interval_ns" in l else totals)[(l["machine"], l["phase"])] += l["count"]
    c.equal(run.say("intervals, added up"), totals, gained)
    by_phase = collections.Counter()
    for (_, phase), n in totals.items():
        by_phase[phase] += n
    c.equal(run.say("machines, added up"), {p: v["count"] for p, v in run.summary["phases"].items() if v.get("count")},
            dict(by_phase))
    run.lines = [l for l in run.lines if "interval_ns" not in l]
    check_phases(run)
    check_replay(c, folder, "hist.json", "hist.replay.json")
