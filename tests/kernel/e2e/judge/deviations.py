# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Reads the table of known deviations, tests/kernel/deviations: failures that an issue explains and will end."""

import os
import re

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "deviations")
OFTEN = ("always", "sometimes")
# A result as judge/output.py prints it. A skip for another reason than a known deviation is no check.
RESULT = re.compile(r"(?:(?P<ok>ok)|not ok|(?P<skip>skip)) (?P<where>[^:]+): (?P<known>known deviation: )?(?P<what>.*)")
# A check's name begins with the tool's name, and with the mode if that is not full (Run.say() of judge/run.py).
NAME = re.compile(r"(?P<tool>[a-z]+)(?: \[[^]]*\])?: (?P<what>.*)")
MODES = ("", " [tracepoint]", " [tracepoint, emulated]", " [inventory]", " [inventory, emulated]")


class Row:
    """A row: WHERE | CHECK | always or sometimes | TITLE | WHY. WHERE and CHECK are regular expressions that match the whole text."""

    def __init__(self, text):
        self.text = text
        fields = [f.strip() for f in text.split(" | ")]
        if len(fields) != 5 or fields[2] not in OFTEN or not all(fields):
            raise ValueError(f"not a row of known deviations: {text}")
        self.where, self.check = re.compile(fields[0]), re.compile(fields[1])
        self.sometimes, self.title = fields[2] == "sometimes", fields[3]
        self.checked = self.deviated = 0

    def covers(self, where, check):
        return self.where.fullmatch(where) and self.check.fullmatch(check)

    def ran(self, places):
        return any(self.where.fullmatch(p) for p in places)

    def unmatched(self, checks, places):
        """Return why the row can match nothing, None if it can. checks: the (where, check) that a run printed; places: all that exist."""
        if not self.ran(places):
            return "a row names no place that there is"
        names = {name for where, check in checks if self.where.fullmatch(where) for name in in_all_modes(check)}
        if names and not any(self.check.fullmatch(n) for n in names):
            return "a row matches no check of the places that it names"
        return None


def in_all_modes(check):
    """Return the check's names in all modes, since a host may allow only some of them."""
    name = NAME.fullmatch(check)
    return {check} | ({f"{name['tool']}{mode}: {name['what']}" for mode in MODES} if name else set())


def checks_of(lines):
    """Return the (where, check) of all results among a log's lines."""
    found = [f for f in map(RESULT.match, lines) if f and (f["known"] or not f["skip"])]
    return {(f["where"], f["what"] if f["ok"] else f["what"].split(": expected ")[0]) for f in found}


class Deviations:
    """The rows, and which of them matched a failure."""

    def __init__(self, rows=()):
        self.rows = [Row(r) for r in rows]

    def explain(self, where, check, good):
        """Note a check and its outcome. Return the title of the issue that explains the failure, None if there is none."""
        title = None
        for row in self.rows:
            if row.covers(where, check):
                row.checked += 1
                row.deviated += not good
                title = title or row.title
        return title

    def stale(self):
        """Return the rows whose checks ran and all held."""
        return [r.text for r in self.rows if r.checked and not r.deviated and not r.sometimes]


def load(path=TABLE):
    with open(path, encoding="utf-8") as f:
        lines = [l.strip() for l in f]
    return Deviations(l for l in lines if l and not l.startswith("#"))
