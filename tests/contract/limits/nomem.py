#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Tests each tool that reads a recording with one failing allocation after the other.

nomem.py SHIM [--live] [--all] [WORD...]: SHIM is the built nomem.c. One allocation of each stack of callers fails, alone and with all later ones. The usual
run takes few callers into account, --all takes all. WORDs choose cases by their text. Prints "ok ..", "not ok .." lines.
"""
import concurrent.futures
import os
import sys

import judge

REASON = "Cannot allocate memory|emory"


def variables(shim, folder, **more):
    return {"LD_PRELOAD": shim, "GM_NOMEM_LOG": os.path.join(folder, ".failed"), **{"GM_NOMEM_" + k: str(v) for k, v in more.items()}}


def sites(shim, case, depth):
    """Return the number of the first allocation of each stack of callers."""
    with judge.Folder() as folder:
        path = os.path.join(folder, ".sites")
        case.run(folder, variables(shim, folder, SITES=path, DEPTH=depth))
        with open(path) as f:
            return [int(line) for line in f if line.strip().isdigit()]


LIVE_MAX = 12	# most allocations of a live case, as each takes seconds


def some(numbers, most):
    """Return at most most numbers, evenly spread."""
    return [numbers[i * len(numbers) // most] for i in range(most)] if len(numbers) > most else numbers


def callers(folder):
    with open(os.path.join(folder, ".failed")) as f:
        return f.read().split("\n")[1:]


def is_curses(where, got):
    """Return true if ncurses crashed in its own functions because it got no memory, which no tool can prevent."""
    lines = where[:next((i for i, line in enumerate(where) if judge.BUILD in line), len(where))]
    return got.status == -11 and any("libtinfo" in line or "libncurses" in line for line in lines)


def fails(shim, case, want, at, and_later):
    """Run a case whose allocation number `at` fails. Return None, or the mistake."""
    with judge.Folder() as folder:
        got = case.run(folder, variables(shim, folder, AT=at, DEPTH=24, **({"ON": 1} if and_later else {})))
        where = callers(folder)
        why = case.judge(want, got, REASON) if where and not is_curses(where, got) else None
        return why and (at, and_later, why, where)


def test(shim, case, depth, pool, most):
    with judge.Folder() as folder:
        want = case.run(folder, {})
    if want.status != 0:
        return judge.result(case.name, f"without a limit: status {want.status}: {judge.first(want.err)}")
    numbers = some(sites(shim, case, depth), most)
    jobs = [(at, later) for at in numbers for later in case.later]
    bad = [b for b in pool.map(lambda j: fails(shim, case, want, *j), jobs) if b]
    judge.result(f"{case.name}: {len(jobs)} ends of memory", bad and f"{len(bad)} of them, such as {judge.show(bad[0])}")
    for b in bad if os.environ.get("GM_LIMITS_VERBOSE") else []:
        print("#", judge.show(b))


def main(shim, *words):
    shim = os.path.abspath(shim)
    every = "--all" in words
    live = "--live" in words
    words = [w for w in words if not w.startswith("--")]
    most = int(os.environ.get("GM_LIMITS_MOST", 60 if every else LIVE_MAX if live else 1 << 20))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for case in judge.lives() if live else judge.replays():
            if all(w in case.name for w in words):
                test(shim, case, 16 if every else 4, pool, most if live else 1 << 20)


if __name__ == "__main__":
    main(*sys.argv[1:])
