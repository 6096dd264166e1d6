#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks the counters of each mode on each stored kernel, by gmemcheck's plan, against tests/kernel/e2e/judge/modes.py: modes.py

Prints "ok ..", "not ok ..", "skip .." lines, exit status 0.
"""

import json
import os
import subprocess
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
sys.path.insert(0, os.path.join(TOP, "tests", "kernel", "e2e"))

from judge import deviations  # noqa: E402
from judge.modes import Kernel, check_known  # noqa: E402
from judge.output import Checks, Output  # noqa: E402
from judge.losses import Losses  # noqa: E402
from judge.run import Run  # noqa: E402

STORED = os.path.join(TOP, "tests", "kernel", "btf", "kernels")


def functions_of(kernel):
    with open(os.path.join(STORED, kernel + ".list"), encoding="utf-8") as f:
        words = [l.split() for l in f]
    return {w[1] for w in words if w[0] == "function" and w[2] != "-"}


def summary_of(kernel, mode):
    files = [os.path.join(STORED, f"{kernel}.{part}.btf") for part in ("vmlinux", "kvm")]
    said = subprocess.run([os.path.join(TOP, "build", "gmemcheck"), "--json", "--mode", mode, "--btf",
                           ",".join(f for f in files if os.path.exists(f))], capture_output=True, text=True, check=True)
    return json.loads(said.stdout.splitlines()[-1])


def main():
    out = Output("drift", deviations=deviations.load())
    for kernel in sorted(f[:-len(".list")] for f in os.listdir(STORED) if f.endswith(".list")):
        for mode in ("full", "kprobe", "tracepoint", "inventory"):
            run = Run.__new__(Run)
            run.c, run.prefix, run.kernel = Checks(out, kernel), f"the plan of {mode}", Kernel.__new__(Kernel)
            run.kernel.functions = functions_of(kernel)
            run.summary = summary_of(kernel, mode)
            run.losses = Losses({}, [])
            check_known(run)
    out.finish()


main()
