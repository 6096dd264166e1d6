#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges the files of scenarios.sh: check.py OUTDIR --label LABEL [--expect full] [--nodes N] [--dmesg FILE]

check.py compares the tools' output with the workload's truth. It prints a line for each check: "ok LABEL/NAME: what",
"not ok LABEL/NAME: what: expected .. got ..", "skip LABEL/NAME: why". A failure with a row in tests/kernel/deviations is a skip; a row
whose checks all hold is a failure.

--expect full   this kernel allows function probes: another mode is a failure
--no-tracefs    the tools may not read tracefs: tracepoint mode has no hooks on system calls
--nodes N       the tools must have found memory on at least N NUMA nodes
--dmesg FILE    a kernel log that must have no warning
--self-test     checks that the judge finds false outputs; needs no kernel
"""

import argparse
import sys

from judge import deviations
from judge.dispatch import check_all
from judge.output import Output
from judge.schema import Schema
from judge.selftest import self_test


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("outdir", nargs="?")
    p.add_argument("--label", default="e2e")
    p.add_argument("--expect", choices=["full"])
    p.add_argument("--no-tracefs", action="store_true")
    p.add_argument("--nodes", type=int, default=1)
    p.add_argument("--dmesg")
    p.add_argument("--self-test", action="store_true")
    args = p.parse_args()
    args.schema = Schema()
    if args.self_test:
        return self_test(args)
    if not args.outdir:
        p.error("OUTDIR is missing")
    check_all(args.outdir, args, Output(args.label, deviations=deviations.load()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
