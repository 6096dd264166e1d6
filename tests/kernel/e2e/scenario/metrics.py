# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges the metrics of gmem_exporter."""

import os

from judge import exporter, metrics
from judge.events import check_kinds
from judge.files import check_replay, read
from judge.modes import see_full
from judge.phases import check_phases, check_sums
from judge.records import check_operations
from judge.run import MetricsRun
from judge.truth import Truth


def judge_metrics(run):
    see_full(run)
    check_kinds(run)
    check_sums(run)
    check_phases(run)
    check_operations(run)
    exporter.check_machines(run)
    exporter.check_buckets(run)


def judge(c, folder):
    """Judge the metrics that gmem_exporter prints once at the end, and those that it writes to a file at each sample."""
    once = MetricsRun(c, folder, "once")
    judge_metrics(once)
    check_replay(c, folder, "once.same.json", "once.replay.json")
    written = MetricsRun(c, folder, "file")
    judge_metrics(written)
    exporter.check_own_cost(written)
    c.equal("file: no unfinished file is left", [], [f for f in os.listdir(folder) if f.endswith(".tmp")])
    hold, t = read(os.path.join(folder, "file.hold.prom")), Truth([os.path.join(folder, "file.hold.truth")])
    exporter.check_hold(c, lambda what: f"file: hold: {what}", metrics.parse(hold or ""), t)
    for style in ("recreate", "inplace"):
        run = MetricsRun(c, folder, style)
        judge_metrics(run)
        exporter.check_reboots(run, style)
        exporter.check_reboot_gaps(run)
