# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The episodes of gmemreboot."""

import os

from judge.output import Unusable
from judge.reboots import check_episodes
from judge.records import check_operations
from judge.run import Run


def judge(c, folder):
    """Each style of reboot has a run, and there is one in inventory mode."""
    for style in ("recreate", "overlap", "inplace", "reset", "firmware", "process", "link", "handover", "none", "inventory"):
        if not os.path.exists(os.path.join(folder, style + ".status")):
            continue
        try:
            run = Run(c, folder, style)
        except Unusable:
            continue
        check_operations(run)
        check_episodes(run, {"process": "recreate", "reset": "inplace", "firmware": "inplace"}.get(style, style), style)
