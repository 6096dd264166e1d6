# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges the hooks on exiting processes: they are attached only while a VM of the host has gmem."""

import json
import os
import re

from judge.files import read


def judge(c, folder):
    said = {name: (read(os.path.join(folder, name)) or "").strip() for name in (
        "before", "during", "after", "watch.status", "watch.err", "exporter.before", "exporter.during", "exporter.after", "exporter.status")}
    hooked = re.search(r"^  exit +attached", read(os.path.join(folder, "probes")) or "", re.M)
    c.equal("watch: exit status and errors", ("0", ""), (said["watch.status"], said["watch.err"]))
    c.equal("watch: hooks of exits without gmem, with it, and after it", ("0", "1" if hooked else "0", "0"),
            (said["before"], said["during"], said["after"]))
    c.equal("watch: the same of an exporter without privileges", ("0", "1" if hooked else "0", "0", "0"),
            (said["exporter.before"], said["exporter.during"], said["exporter.after"], said["exporter.status"]))
    lines = [json.loads(l) for l in (read(os.path.join(folder, "watch.json")) or "").splitlines()]
    ends = [l for l in lines if l["type"] == "episode" and l["machine"] == "watched-0"]
    c.equal("watch: shutdowns of a VM that came after the tool", 1, len(ends))
    if hooked:
        c.equal("watch: whether their begins are known", [True], [e["start_ns"] is not None for e in ends])
