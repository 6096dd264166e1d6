# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges every number of a workload under gmemsnoop, and of one under gmemtop."""

from judge.events import check_event_lines, check_kinds
from judge.files import check_replay
from judge.modes import see_full
from judge.phases import check_phases, check_sums
from judge.records import check_operations, check_records
from judge.run import Run
from judge.state import check_end


def judge(c, folder):
    snoop = Run(c, folder, "snoop")
    see_full(snoop)
    check_kinds(snoop)
    check_event_lines(snoop)
    check_sums(snoop)
    check_phases(snoop)
    check_records(snoop)
    judge_top(c, folder)


def judge_top(c, folder):
    top = Run(c, folder, "top")
    see_full(top)
    check_kinds(top)
    check_sums(top)
    check_phases(top)
    check_operations(top)
    check_end(top)
    check_replay(c, folder, "top.json", "top.replay.json")
