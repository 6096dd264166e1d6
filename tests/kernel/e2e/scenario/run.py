# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges every number of a workload under gmemsnoop, and of one under gmemtop."""

import os

from judge.events import check_event_lines, check_kinds
from judge.files import check_replay
from judge.modes import see_full
from judge.phases import check_phases, check_sums
from judge.records import check_operations, check_records
from judge.run import Run
from judge.state import check_end


SUMMED_AFTER = 32   # calls of a VM in half a second that are events of their own


def check_summed(run, folder):
    """Check that calls are summed if a VM makes many and the tool needs none of them alone, and only then."""
    needed = run.prefix == "snoop" or os.path.exists(os.path.join(folder, "snoop.rec"))  # gmemtop reads what gmemsnoop recorded
    want = {} if needed else {"each": {"fallocate", "punch"}, "each-convert": {"convert"}}
    want = want.get(os.path.basename(os.path.normpath(folder)), set())
    got = set(run.summary.get("summed", {})) - {"zap"}
    many = set() if needed else {kind for kind in got if run.truth.counts[kind] > SUMMED_AFTER}
    run.c.equal(run.say("kinds of calls that are summed"), (want, want | got & many), (want & got, got))


def judge(c, folder):
    snoop = Run(c, folder, "snoop")
    see_full(snoop)
    check_summed(snoop, folder)
    check_kinds(snoop)
    check_event_lines(snoop)
    check_sums(snoop)
    check_phases(snoop)
    check_records(snoop)
    judge_top(c, folder)


def judge_top(c, folder):
    top = Run(c, folder, "top")
    check_summed(top, folder)
    see_full(top)
    check_kinds(top)
    check_sums(top)
    check_phases(top)
    check_operations(top)
    check_end(top)
    check_replay(c, folder, "top.json", "top.replay.json")
