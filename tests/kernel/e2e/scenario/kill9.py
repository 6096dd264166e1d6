# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges a tool after SIGKILL: it leaves nothing in the kernel."""

import os

from judge.files import read


def judge(c, folder):
    why = read(os.path.join(folder, "skip"))
    if why:
        c.skip(why.strip())
        return
    before, after = (read(os.path.join(folder, f)) or "" for f in ("before", "after"))
    c.equal("gmemtop was killed", "137", (read(os.path.join(folder, "tool.status")) or "").strip())
    c.test("its programs were in the kernel", len(before.split()) > 2, "some", before)
    c.equal("no program or link is left", "", after.strip())
