# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The lines that a judge prints, one a check."""

import collections

from .deviations import Deviations


class Unusable(Exception):
    """A run left nothing to judge. A line has reported it."""


class Output:
    """Prints the lines under one label, counts failures, and knows which of them are known deviations."""

    def __init__(self, label, write=print, deviations=None):
        self.label, self.write, self.failures = label, write, 0
        self.deviations = deviations or Deviations()

    def finish(self):
        """Print the rows of the known deviations that are not true any more. The last call of a judging."""
        for row in self.deviations.stale():
            self.failures += 1
            self.write(f"not ok {self.label}/deviations: a row of the known deviations no longer deviates: {row}")


class Checks:
    """Prints the results of one scenario's checks."""

    def __init__(self, out, name, args=None):
        self.out, self.args = out, args
        self.where = f"{out.label}/{name}"
        self.skips = set()  # what was not done: printed once for all runs

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
        """Compare two dicts of numbers: each at most more above what is expected, and at most less below it."""
        good = set(expected) == set(got) and all(n - less <= got[k] <= n + more for k, n in expected.items())
        return self.test(what, good, brief(expected) + (f" + {more}" if more else "") + (f" - {less}" if less else ""), got)

    def at_most(self, what, most, wrong):
        """Check that a list of what is wrong has at most so many members."""
        return self.test(what, len(wrong) <= most, f"at most {most}" if most else [], wrong)

    def part_of(self, what, expected, got, missing):
        """Compare two lists or counters: nothing of got may be beyond what is expected, and at most so many may be missing."""
        a, b = collections.Counter(expected), collections.Counter(got)
        good = not b - a and sum((a - b).values()) <= missing
        return self.test(what, good, brief(expected) + (f", {missing} may be missing" if missing else ""), got)


def brief(value):
    if isinstance(value, (dict, collections.Counter)):
        value = dict(sorted(value.items(), key=str))
    text = value if isinstance(value, str) else repr(value)
    text = " ".join(text.split())
    return text if len(text) <= 400 else text[:400] + ".."
