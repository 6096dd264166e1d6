# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges gmemrecord, and tools that read its recording."""

import re

from judge.events import check_kinds
from judge.files import read
from judge.phases import check_phases, check_sums
from judge.run import Run
from scenario import run


def judge(c, folder):
    run.judge(c, folder)
    for how in ("none", "zlib", "zstd"):
        rec = Run(c, folder, f"rec-{how}")
        check_kinds(rec)
        check_sums(rec)
        words = (read(rec.path(".words")) or "").strip()
        c.test(rec.say("prints a summary of what it recorded"), re.fullmatch(r"gmemrecord: \S+: \d+ records of \S+ in \S+", words), "one line", words)
    hist, reboot = Run(c, folder, "hist"), Run(c, folder, "reboot")
    check_phases(hist)
    check_sums(hist)
    check_kinds(reboot)
