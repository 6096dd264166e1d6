# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Prints a judge's results, a line for each check."""

import collections

from .deviations import Deviations


class Unusable(Exception):
    """A run has no files to judge. A printed line reports that."""


class Output:
    """Prints results under one label, counts failures, and finds known deviations among them."""

    def __init__(self, label, write=print, deviations=None):
        self.label, self.write, self.failures = label, write, 0
        self.deviations = deviations or Deviations()

    def finish(self):
        """Print the rows of the known deviations that are not true any more. Call it last."""
        for row in self.deviations.stale():
            self.failures += 1
            self.write(f"not ok {self.label}/deviations: a row of the known deviations no longer deviates: {row}")


class Checks:
    """Prints the results of one scenario's checks."""

    def __init__(self, out, name, args=None):
        self.out, self.args = out, args
        self.where = f"{out.label}/{name}"
        self.skips = set()  # skips that are printed: once for all runs

    def ok(self, what):
        self.out.deviations.explain(self.where, what, True)
        self.out.write(f"ok {self.where}: {what}")

    def bad(self, what, expected, got):
        title = self.out.deviations.explain(self.where, what, False)
        text = f"{what}: expected {brief(expected)} got {brief(got)}"
        if title:
            self.skip(f"known deviation: {text} (issue \"{title}\")")
            return
        self.out.failures += 1
        self.out.write(f"not ok {self.where}: {text}")

    def skip(self, why):
        self.out.write(f"skip {self.where}: {why}")

    def test(self, what, good, expected, got):
        if good:
            self.ok(what)
        else:
            self.bad(what, expected, got)
        return good

    def equal(self, what, expected, got):
        return self.test(what, expected == got, expected, got)

    def within(self, what, expected, got, more=0, less=0):
        """Compare two dicts of numbers: each may be at most more above the expected one, and at most less below it."""
        good = set(expected) == set(got) and all(n - less <= got[k] <= n + more for k, n in expected.items())
        return self.test(what, good, brief(expected) + (f" + {more}" if more else "") + (f" - {less}" if less else ""), got)

    def at_most(self, what, most, wrong):
        """Check that a list of mistakes has at most most members."""
        return self.test(what, len(wrong) <= most, f"at most {most}" if most else [], wrong)

    def part_of(self, what, expected, got, missing):
        """Compare two lists or counters: got must be a part of expected, with at most missing members fewer."""
        a, b = collections.Counter(expected), collections.Counter(got)
        good = not b - a and sum((a - b).values()) <= missing
        return self.test(what, good, brief(expected) + (f", {missing} may be missing" if missing else ""), got)


def brief(value):
    if isinstance(value, (dict, collections.Counter)):
        value = dict(sorted(value.items(), key=str))
    text = value if isinstance(value, str) else repr(value)
    text = " ".join(text.split())
    return text if len(text) <= 400 else text[:400] + ".."
