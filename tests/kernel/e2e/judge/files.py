# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Reads the files of a run, and compares two files."""

import os


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()
    except FileNotFoundError:
        return None


def check_replay(c, folder, live, again):
    a, b = read(os.path.join(folder, live)), read(os.path.join(folder, again))
    status = (read(os.path.join(folder, again.replace(".json", ".status"))) or "").strip()
    c.equal(f"{again}: exit status", "0", status)
    if a is None or b is None or not a:
        c.bad(f"{again}: both outputs", "two files", "nothing")
    elif c.test(f"{again} is {live}, byte for byte", a == b, *first_difference(a, b)):
        return


def first_difference(a, b):
    x, y = a.splitlines(), b.splitlines()
    for p, q in zip(x, y):
        if p != q:
            at = next(n for n, (r, s) in enumerate(zip(p + "\0", q + "\0")) if r != s)
            return p[:40] + " .. " + p[max(0, at - 40):at + 40], q[:40] + " .. " + q[max(0, at - 40):at + 40]
    return f"{len(x)} lines", f"{len(y)} lines"
