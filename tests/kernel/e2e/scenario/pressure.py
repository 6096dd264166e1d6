# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges more vCPUs than CPUs: counts of the guests' faults and pages are exact although the kernel skips runs of programs that it preempts."""

from judge.modes import VALUE
from judge.phases import few_faults
from judge.run import Run

from scenario.run import judge_top

# The truth of each phase.
TRUTH = {"alloc": "allocated_pages", "zero": "cleared_pages"}
FAULTS = ("guest_fault", "map")


def judge(c, folder):
    judge_top(c, folder)
    for prefix in ("top", "hist"):
        judge_counts(Run(c, folder, prefix))


def wanted(run):
    """Return the least and the most of each phase that this mode shows in full. KVM itself causes a few faults."""
    counts = run.truth.counts
    pages = {p: (counts[key],) * 2 for p, key in TRUTH.items()}
    guest = counts["guest_first_touch_pages"]
    faults = {p: (guest, guest + few_faults(counts)) for p in FAULTS}
    return {p: bounds for p, bounds in (pages | faults).items() if run.knows(p) == VALUE}


def wrong(expected, phases):
    return {p: (low, high, phases[p]["count"]) for p, (low, high) in expected.items() if not low <= phases[p]["count"] <= high}


def judge_counts(run):
    phases, expected = run.summary["phases"], wanted(run)
    run.c.equal(run.say("counts of hot phases, whatever was skipped: " + ", ".join(sorted(expected))), {}, wrong(expected, phases))
    run.c.equal(run.say("phases that timed more than they counted"), [],
                [p for p, v in phases.items() if v.get("timed", 0) > v.get("count", 0)])
    timed = ", ".join(f"{p} {phases[p]['timed']} of {phases[p]['count']}" for p in sorted(expected))
    run.c.out.write(f"# {run.c.where}: {run.prefix}: timed {timed}; runs skipped {run.losses.counts.get('program_skipped', 0)}")
