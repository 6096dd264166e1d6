# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges pages that were never zeroed before the tool started."""

from judge.phases import check_fault_phases, check_page_phases_of_faults
from judge.run import Run


def judge(c, folder):
    run = Run(c, folder, "hist")
    check_page_phases_of_faults(run, run.summary["phases"])
    check_fault_phases(run, run.summary["phases"])
