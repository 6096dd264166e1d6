# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges samples of eight VMs."""

from judge.events import check_kinds
from judge.files import check_replay
from judge.modes import pages_known, see_full
from judge.phases import check_phases, check_sums
from judge.records import check_operations
from judge.run import Run, samples_at_hold
from judge.state import check_end, check_state, check_pins
from scenario.late import eight


def judge(c, folder):
    hold, end = eight(c, folder, ".hold.truth"), eight(c, folder, ".truth")
    run = Run(c, folder, "top", truth=end)
    samples = samples_at_hold(folder, "top")
    if c.test("looks at the hold", bool(samples), "some", len(samples)):
        check_state(c, lambda what: f"top at the hold: {what}", samples[-1], hold)
        check_pins(c, lambda what: f"top at the hold: {what}", samples[-1], hold)
        if pages_known(run.mode):
            c.equal("top at the hold: pages allocated by each VM", dict(hold.by_name("allocated_pages")),
                    {v["machine"]: v["allocated_pages"] for v in samples[-1][0]})
    see_full(run)
    check_kinds(run)
    check_sums(run)
    check_phases(run)
    check_operations(run)
    check_end(run)
    check_replay(c, folder, "top.json", "top.replay.json")
