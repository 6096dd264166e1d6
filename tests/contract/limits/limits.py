#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Every tool under every limit of its process and its surroundings, in steps until it works.

limits.py replay|live [--all] [WORD...]: over recordings, or on this kernel (root; the usual run has few steps and three tools there). --all takes smaller steps. WORDs choose rows by their text.
Prints "ok ..", "not ok ..", "skip .." lines.
"""
import concurrent.futures
import itertools
import os
import re
import sys

import judge

ROOT = os.geteuid() == 0
HIDE = 'mount -t tmpfs -o ro none "$1" || exit 99; shift; exec "$@"'
# What was left there comes out of the mount namespace, too.
INSIDE = 'mkdir .small && mount -t tmpfs -o "$1" none .small || exit 99; shift; cd .small; "$@"; s=$?; cp -a . ..; exit $s'


def prlimit(what, value):
    return ["prlimit", f"--{what}={value}:{value}"]


def shell(redirections):
    return ["sh", "-c", 'exec "$@" ' + redirections, "sh"]


def without(folder):
    """In a mount namespace of its own, where the folder is empty."""
    return ["unshare", "-m", "sh", "-c", HIDE, "sh", folder]


def inside(options):
    """In a small file system of its own."""
    return ["unshare", "-m", "sh", "-c", INSIDE, "sh", options]


def doubling(first, last, factor=2):
    while first < last:
        yield first
        first = max(first + 1, int(first * factor))
    yield last


class Limit:
    """A row: how a run is limited at each step, and by which words a tool may say that it met the limit."""

    def __init__(self, name, reason, steps, prefix, needs_root=False, **more):
        self.name, self.reason, self.steps, self.prefix, self.needs_root = name, reason, steps, prefix, needs_root
        self.must_fail = more.get("must_fail", False)	# with status 1, if the tool writes there at all
        self.applies = more.get("applies", lambda case: True)
        self.stdout = more.get("stdout", "pipe")
        self.last_works = more.get("last_works", True)	# without a limit worth the name


def writes_files(case):
    return any(word in case.name for word in (" out.", "flight"))


def closed():
    for n in (1, 2, 3):
        yield from itertools.combinations(range(3), n)


def table(every, live=False):
    """On this kernel each step takes seconds: few of them in the usual run."""
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
    """Does the program itself get as far as main() there? Below that the kernel and the loader speak."""
    with judge.Folder() as folder:
        got = judge.Case(os.path.basename(case.argv[0]), "--version").run(folder, {}, prefix=limit.prefix(step))
        return got.status == 0


def is_loaders(got):
    return got.status == 127 and b"error while loading shared libraries" in got.err


def judge_closed(case, want, got, fds):
    """What goes to a closed descriptor is gone, and so is the word about it; the status tells of stdout."""
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
        early = all(line in want.err for line in got.err.splitlines())	# warnings of what was not come to are missing
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
