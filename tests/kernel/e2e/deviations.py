#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks the table tests/kernel/deviations against a run's results: deviations.py FOLDER (tests/run.sh's logs, build/test)

A row fails if its place does not exist, or if its places ran and printed no check that it names, for example after a rename. Rows of places
that did not run are not checked. Prints "not ok deviations: .." lines; exit status 0.
"""

import os
import subprocess
import sys

from judge import deviations

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")


def words_of(*command):
    """Return the first column of a command's output."""
    text = subprocess.run(command, cwd=TESTS, capture_output=True, text=True, check=True).stdout
    return [line.split("|")[0].strip() for line in text.splitlines() if line.strip()]


def places():
    """Return every LABEL/SCENARIO that a run can have, by the tables of scenarios and of machines."""
    scenarios = words_of("sh", "e2e/scenarios.sh", "--list") + ["inject-" + n for n in words_of("sh", "e2e/inject.sh", "--list")]
    machines = words_of("vm/matrix.sh", "--jobs", "all")
    kernels = [f[:-len(".list")] for f in os.listdir(os.path.join(TESTS, "btf", "kernels")) if f.endswith(".list")]
    return {f"{label}/{s}" for label in ["native", *machines] for s in [*scenarios, "dmesg"]} | {f"drift/{k}" for k in kernels} | set(machines)


def main(folder):
    checks = set()
    for path, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".log"):
                with open(os.path.join(path, name), encoding="utf-8", errors="replace") as f:
                    checks |= deviations.checks_of(f)
    table = deviations.load()
    known = places() if table.rows else set()
    ran = {where for where, _ in checks}
    wrong = [(row, why) for row in table.rows for why in [row.unmatched(checks, known | ran)] if why]
    for row, why in wrong:
        print(f"not ok deviations: {why}: {row.text}")
    if not wrong:
        print(f"# deviations: {len(table.rows)} rows, of which {sum(row.ran(ran) for row in table.rows)} are of places that ran")


if __name__ == "__main__":
    main(sys.argv[1])
