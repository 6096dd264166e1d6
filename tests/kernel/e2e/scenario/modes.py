# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges the counters of each mode."""

import os

from judge.events import check_kinds
from judge.files import read
from judge.modes import FUNCTION_MODES
from judge.output import Unusable
from judge.phases import check_phases, check_sums
from judge.records import check_operations
from judge.run import Run
from judge.state import check_end, check_hold


def judge(c, folder):
    for mode in ("full", "kprobe", "tracepoint", "inventory"):
        status = (read(os.path.join(folder, mode + ".status")) or "").strip()
        words = (read(os.path.join(folder, mode + ".err")) or "").strip()
        if status == "3" and c.args.expect != "full":
            c.test(f"{mode}: one reason for exit status 3", len(words.splitlines()) == 1, "one line", words)
            c.skip(f"{mode}: {words}")
            continue
        try:
            one_mode(c, folder, mode)
        except Unusable:
            pass


def one_mode(c, folder, mode):
    run = Run(c, folder, mode)
    got = run.mode
    if c.args.expect == "full":
        run.c.equal(run.say("mode"), mode, got)
    elif got != mode:
        c.skip(f"{mode}: this kernel does not do it, {got} was used")
    check_kinds(run)
    check_sums(run)
    check_phases(run)
    check_operations(run)
    check_end(run)
    check_hold(c, folder, mode)
    check_first_line(run, read(os.path.join(folder, mode + ".check")) or "")


def check_first_line(run, page):
    """Check that gmemcheck's page begins with the missing data, in a line that fits in a terminal."""
    line = page.split("\n")[0]
    run.c.test(run.say("the first line says what is missing"), line.startswith(f"PARTIAL mode {run.mode}, missing: ") and len(line) <= 80 if
               run.mode not in FUNCTION_MODES else page.strip() != "", f"PARTIAL mode {run.mode}, ..", line)
