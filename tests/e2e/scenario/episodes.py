# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The episodes of gmemreboot."""

import os

from judge import counted
from judge.files import read
from judge.output import Unusable
from judge.reboots import check_episodes, reboots
from judge.records import check_operations
from judge.run import Run


def judge(c, folder):
    """Each style of reboot has a run, and there is one in inventory mode."""
    for style in ("recreate", "overlap", "inplace", "stays", "process", "link", "handover", "inventory"):
        if not os.path.exists(os.path.join(folder, style + ".status")):
            continue
        try:
            run = Run(c, folder, style)
        except Unusable:
            continue
        check_operations(run)
        check_episodes(run, {"process": "recreate", "stays": "inplace"}.get(style, style), style)
        if os.path.exists(run.path(".metrics.json")):
            check_counted(run)
    if os.path.exists(os.path.join(folder, "top.status")):
        check_live(Run(c, folder, "top"))


def check_counted(run):
    """Check that every tool counts as many reboots as gmemreboot has episodes, in the same recording."""
    texts = {"reboot": read(run.path(".json"))}
    texts |= {tool: read(run.path(f".{tool}.json")) for tool in ("list", "top", "frames", "metrics")}
    run.c.equal(run.say("tools that count other reboots than gmemreboot has"), {}, counted.differences(texts))


def check_live(run):
    """Check gmemtop's own session: reboots in place are counted, too."""
    true, less = len(reboots(run.truth)), run.losses.most
    got = counted.top_json(read(run.path(".json")))
    run.c.test(run.say("reboots of each machine"), all(true - less <= n <= true for n in got.values()),
               {v["name"]: true for v in run.truth.vms}, got)
