# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The lines that check.py prints, one a check."""

import collections


class Unusable(Exception):
    """A run left nothing to judge. A line has reported it."""


class Output:
    """Prints the lines under one label, and counts failures."""

    def __init__(self, label, write=print):
        self.label, self.write, self.failures = label, write, 0


class Checks:
    """Prints the results of one scenario's checks."""

    def __init__(self, out, name, args):
        self.out, self.name, self.args = out, name, args
        self.skips = set()  # what was not done: printed once for all runs
        self.reported_lost = 0  # records that this run's tool reported as lost: numbers that do not fit are then no failure

    def ok(self, what):
        self.out.write(f"ok {self.out.label}/{self.name}: {what}")

    def bad(self, what, expected, got):
        if self.reported_lost:
            self.skip(f"{what}: inexact, as told (lost {self.reported_lost}): expected {brief(expected)} got {brief(got)}")
            return
        self.out.failures += 1
        self.out.write(f"not ok {self.out.label}/{self.name}: {what}: expected {brief(expected)} got {brief(got)}")

    def skip(self, why):
        self.out.write(f"skip {self.out.label}/{self.name}: {why}")

    def test(self, what, good, expected, got):
        if good:
            self.ok(what)
        else:
            self.bad(what, expected, got)
        return good

    def equal(self, what, expected, got):
        return self.test(what, expected == got, expected, got)

    def within(self, what, expected, got, slack):
        """Compare two dicts of numbers: each at least what is expected, and at most slack more."""
        good = set(expected) == set(got) and all(n <= got[k] <= n + slack for k, n in expected.items())
        return self.test(what, good, f"{brief(expected)} + {slack}" if slack else expected, got)


def brief(value):
    if isinstance(value, (dict, collections.Counter)):
        value = dict(sorted(value.items(), key=str))
    text = value if isinstance(value, str) else repr(value)
    text = " ".join(text.split())
    return text if len(text) <= 400 else text[:400] + ".."
