#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Tests every tool under every limit of its process and its environment, in steps until it works.

limits.py replay|live [--all] [WORD...]: replay tests tools that read recordings; live tests them on this kernel, which needs root; the usual live run has
few steps and three tools. --all takes smaller steps. WORDs choose rows by their text. Prints "ok ..", "not ok ..", "skip .." lines.
"""
import concurrent.futures
import itertools
import os
import re
import sys

import judge

ROOT = os.geteuid() == 0
HIDE = 'mount -t tmpfs -o ro none "$1" || exit 99; shift; exec "$@"'
# Runs a command in a small file system, and copies its files out of the mount namespace.
INSIDE = 'mkdir .small && mount -t tmpfs -o "$1" none .small || exit 99; shift; cd .small; "$@"; s=$?; cp -a . ..; exit $s'


def prlimit(what, value):
    return ["prlimit", f"--{what}={value}:{value}"]


def shell(redirections):
    return ["sh", "-c", 'exec "$@" ' + redirections, "sh"]


def without(folder):
    """Return a prefix that runs a command in a mount namespace in which the folder is empty."""
    return ["unshare", "-m", "sh", "-c", HIDE, "sh", folder]


def inside(options):
    """Return a prefix that runs a command in a small file system."""
    return ["unshare", "-m", "sh", "-c", INSIDE, "sh", options]


def doubling(first, last, factor=2):
    while first < last:
        yield first
        first = max(first + 1, int(first * factor))
    yield last


class Limit:
    """A row: the limit of a run at each step, and the words by which a tool may report the limit."""

    def __init__(self, name, reason, steps, prefix, needs_root=False, **more):
        self.name, self.reason, self.steps, self.prefix, self.needs_root = name, reason, steps, prefix, needs_root
        self.must_fail = more.get("must_fail", False)	# status 1 is required if the tool writes there
        self.applies = more.get("applies", lambda case: True)
        self.stdout = more.get("stdout", "pipe")
        self.last_works = more.get("last_works", True)	# the last step is no real limit


def writes_files(case):
    return any(word in case.name for word in (" out.", "flight"))


def closed():
    for n in (1, 2, 3):
        yield from itertools.combinations(range(3), n)


def table(every, live=False):
    """Return the rows. A live step takes seconds, so the usual live run has few of them."""
    fine = 1.1 if every else 1.6
    few = live and not every
    files = (20, 200) if few else range(3, 40) if every else (3, 4, 5, 6, 8, 12, 24, 40)
    memory = (16 << 20, 24 << 20, 34 << 20, 1 << 30) if few else doubling(4 << 20, 1 << 30, fine)
    sizes = (0, 4096, 1 << 20) if few else doubling(0, 128 << 10, fine)
    spaces = (4096, 16384) if few else doubling(4096, 64 << 10)
    return [
        Limit("RLIMIT_NOFILE", "Too many open files", files, lambda n: prlimit("nofile", n), last_works=not live),
        Limit("RLIMIT_AS", "Cannot allocate memory|emory", memory, lambda n: prlimit("as", n)),
        Limit("RLIMIT_STACK", "Cannot allocate memory", (32768, 1 << 20) if few else doubling(4096, 8 << 20), lambda n: prlimit("stack", n)),
        Limit("RLIMIT_MEMLOCK", "emory", (0,), lambda n: prlimit("memlock", n)),
        Limit("RLIMIT_FSIZE", "File too large", sizes, lambda n: prlimit("fsize", n), applies=writes_files),
        Limit("RLIMIT_FSIZE of stdout", "File too large", () if few else sizes, lambda n: prlimit("fsize", n), stdout="file"),
        Limit("full file system", "No space left on device", spaces, lambda n: inside(f"size={n}"), True, applies=writes_files, last_works=False),
        Limit("read-only file system", "Read-only file system", ("ro",), lambda n: inside("ro"), True, applies=writes_files, last_works=False),
        Limit("closed descriptors", "Bad file descriptor", ((0, 1, 2),) if few else closed(),
              lambda fds: shell(" ".join(f"{n}{'<' if n == 0 else '>'}&-" for n in fds)), last_works=False),
        Limit("a full stdout", "No space left on device", ("",), lambda _: shell(">/dev/full"), last_works=False),
        Limit("a reader that has gone", "roken pipe", ("",), lambda _: [], stdout="broken", last_works=False),
        Limit("a full stderr", "-", ("",), lambda _: shell("2>/dev/full"), last_works=False),
        Limit("no environment", "-", ("",), lambda _: ["env", "-i", "LC_ALL=C", "TZ=UTC"]),
        Limit("no /proc", "proc", ("",), lambda _: without("/proc"), True),
        Limit("no /sys", "/sys", ("",), lambda _: without("/sys"), True, last_works=not live),
        Limit("full TMPDIR, no HOME", "-", ("",), lambda _: ["env", "-u", "HOME", "TMPDIR=/dev/full"]),
    ]


def starts(case, limit, step):
    """Return true if the program reaches main() at this step; otherwise the messages are the kernel's and the loader's."""
    with judge.Folder() as folder:
        got = judge.Case(os.path.basename(case.argv[0]), "--version").run(folder, {}, prefix=limit.prefix(step))
        return got.status == 0


def is_loaders(got):
    return got.status == 127 and b"error while loading shared libraries" in got.err


def judge_closed(case, want, got, fds):
    """Judge closed descriptors: output and message are lost, and only the status reports a closed stdout."""
    lost = judge.Got(want.status, b"" if 1 in fds else want.out, b"" if 2 in fds else want.err, want.files)
    if 1 in fds and want.out:
        lost.status = 1
    if got.status != lost.status:
        return f"status {got.status} for {lost.status}: {judge.first(got.err)}"
    if lost.status == 1 and 2 not in fds:
        return judge.failed_well(case, got, "Bad file descriptor", want)
    return None if got.out == lost.out else "another output"


def judge_step(case, limit, step, want, got):
    if limit.name == "closed descriptors":
        return judge_closed(case, want, got, step)
    if is_loaders(got):
        return None
    if limit.name == "a full stderr":
        want = judge.Got(want.status, want.out, b"", want.files)
    if limit.name == "a full stdout" and want.out:
        return f"status {got.status}" if got.status != 1 else judge.failed_well(case, got, limit.reason, want)
    if limit.stdout == "broken":
        early = all(line in want.err for line in got.err.splitlines())	# a run that ends early has no later warnings
        want = judge.Got(want.status, b"", got.err if early else want.err, want.files)
    why = case.judge(want, got, limit.reason)
    if why and got.status is not None and limit.name in ("RLIMIT_AS", "RLIMIT_STACK") and not starts(case, limit, step):
        return None
    return why


def run_step(case, limit, step):
    with judge.Folder() as folder:
        return case.run(folder, {}, prefix=limit.prefix(step), stdout=limit.stdout)


def test(case, limit, want, pool):
    steps = list(limit.steps)
    if not steps:
        return
    got = list(pool.map(lambda step: run_step(case, limit, step), steps))
    bad = [f"{step}: {why}" for step, g in zip(steps, got) if (why := judge_step(case, limit, step, want, g))]
    if limit.last_works and got[-1].status != want.status:
        bad.append(f"{steps[-1]}: it still does not work: {judge.first(got[-1].err)}")
    judge.result(f"{case.name}, {limit.name}: {len(steps)} steps", bad and f"{len(bad)} of them: {'; '.join(bad)[:1500]}")


def main(how, *words):
    every = "--all" in words
    words = [w for w in words if not w.startswith("--")]
    live = how == "live"
    cases = [c for c in judge.replays() if not isinstance(c, judge.TtyCase)] if not live else judge.lives() if every else judge.lives()[:1] + judge.lives()[-2:]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for case in cases:
            if not all(w in case.name or any(w in l.name for l in table(every, live)) for w in words):
                continue
            with judge.Folder() as folder:
                want = case.run(folder, {})
            if want.status:
                judge.result(case.name, f"without a limit: status {want.status}: {judge.first(want.err)}")
                continue
            for limit in table(every, live):
                if limit.applies(case) and (ROOT or not limit.needs_root) and all(w in case.name or w in limit.name for w in words):
                    test(case, limit, want, pool)


if __name__ == "__main__":
    main(*sys.argv[1:])
