#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Tests tools with recordings that change while they are read, and with disks that fail, at each read or write in turn.

badio.py SHIM [--all] [WORD...]: SHIM is the built badio.c. WORDs choose rows by their text. Prints "ok ..", "not ok .." lines.
"""
import concurrent.futures
import os
import shutil
import sys

import judge

SHRUNK = "shorter while it was read|header cut short|is empty|went wrong"
# A row: what happens at the call, words of the reason, whether the output may be complete, new lengths of the file (as parts of it).
ROWS = [
    ("read-error", "Input/output error", (0,)),
    ("write-error", "Input/output error", (0,)),
    ("cut", SHRUNK, (0, 0.3, 0.95)),
    ("grow", "", (0.01,)),
]


def calls(every):
    yield from range(1, 200 if every else 24)


def run(shim, case, what, at, part):
    """Run a case with a fault at call number at. Return None if the tool makes fewer calls."""
    with judge.Folder() as folder:
        mine = os.path.join(folder, ".rec")
        shutil.copy(case.recording, mine)
        log = os.path.join(folder, ".done")
        got = case.over(".rec").run(folder, {"LD_PRELOAD": shim, "GM_BADIO_AT": str(at), "GM_BADIO_DO": what, "GM_BADIO_FILE": mine, "GM_BADIO_LOG": log,
                                           "GM_BADIO_LEN": str(int(part * os.path.getsize(mine)))})
        return got if os.path.exists(log) else None


def judge_run(case, what, reason, want, got):
    if what == "grow":
        return got.status and f"status {got.status}: {judge.first(got.err)}"
    return case.judge(want, got, reason)


def plain(case):
    """Run a case with an unchanged copy of the recording outside the golden folder."""
    with judge.Folder() as folder:
        mine = os.path.join(folder, ".rec")
        shutil.copy(case.recording, mine)
        return case.over(".rec").run(folder, {})


def test(shim, case, row, every, pool):
    what, reason, parts = row
    want = plain(case)
    jobs = [(at, part) for at in calls(every) for part in parts]
    got = list(pool.map(lambda j: run(shim, case, what, *j), jobs))
    done = [(j, g) for j, g in zip(jobs, got) if g]
    bad = [f"{j}: {why}" for j, g in done if (why := judge_run(case, what, reason, want, g))]
    if done:
        judge.result(f"{case.name}: {what} at {len(done)} calls", bad and f"{len(bad)} of them: {'; '.join(bad)[:1500]}")


def test_short(shim, case):
    want = plain(case)
    with judge.Folder() as folder:
        mine = os.path.join(folder, ".rec")
        shutil.copy(case.recording, mine)
        got = case.over(".rec").run(folder, {"LD_PRELOAD": shim, "GM_BADIO_SHORT": "1"})
    judge.result(f"{case.name}: a byte a call", judge.same(want, got))


def main(shim, *words):
    shim = os.path.abspath(shim)
    every = "--all" in words
    words = [w for w in words if not w.startswith("--")]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for case in judge.replays():
            for row in ROWS if case.recording else []:
                if all(w in case.name or w in row[0] for w in words):
                    test(shim, case, row, every, pool)
            if case.recording and all(w in case.name for w in words):
                test_short(shim, case)


if __name__ == "__main__":
    main(*sys.argv[1:])
