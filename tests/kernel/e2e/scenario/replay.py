# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges a replay: it gives the output of the live run."""

import os

from judge.events import check_event_lines, check_kinds
from judge.files import check_replay
from judge.phases import check_sums
from judge.records import check_records
from judge.run import Run
from judge.state import check_hold
from judge.truth import Truth
from scenario import run


def judge(c, folder):
    run.judge(c, folder)
    check_replay(c, folder, "snoop.json", "snoop.replay.json")
    crossed = Run(c, folder, "crossed", truth=Truth([os.path.join(folder, "top.truth")]))
    check_kinds(crossed)
    check_event_lines(crossed)
    check_sums(crossed)
    check_records(crossed)
    check_hold(c, folder, "top")
