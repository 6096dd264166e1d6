# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The table of known deviations, tests/deviations: failures that the title of an issue explains, and that issue will end."""

import os
import re

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "deviations")
OFTEN = ("always", "sometimes")


class Row:
    """A row: WHERE | CHECK | always or sometimes | TITLE | WHY. WHERE and CHECK are regular expressions, each of the whole text."""

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


class Deviations:
    """The rows, and which of them this judging met."""

    def __init__(self, rows=()):
        self.rows = [Row(r) for r in rows]

    def explain(self, where, check, good):
        """Note a check and its outcome. Return the title of the issue that explains its failure, None if there is none."""
        title = None
        for row in self.rows:
            if row.covers(where, check):
                row.checked += 1
                row.deviated += not good
                title = title or row.title
        return title

    def stale(self):
        """Rows whose checks ran and whose deviation is gone."""
        return [r.text for r in self.rows if r.checked and not r.deviated and not r.sometimes]


def load(path=TABLE):
    with open(path, encoding="utf-8") as f:
        lines = [l.strip() for l in f]
    return Deviations(l for l in lines if l and not l.startswith("#"))
