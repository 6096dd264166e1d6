# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Reads the number of reboots that each tool counts from its text or JSON lines: {machine name: number}.

Tools tell machines apart by their keys. Several machines may have one name (docs/machines.md); their numbers are added up here.
"""

import collections
import json
import re

from . import metrics

NONE = ("shutdown", "handover")  # styles of episodes that are no reboots


def all_lines(text):
    return list(map(json.loads, (text or "").splitlines()))


def json_lines(text, kind):
    return [line for line in all_lines(text) if line["type"] == kind]


def added_up(pairs):
    """Return the sums by name; a name with None (not counted) has the sum None."""
    count = {}
    for name, n in pairs:
        count[name] = None if None in (n, count.get(name, 0)) else n + count.get(name, 0)
    return count


def top_json(text):
    """Read gmemtop --json: each VM's line has the number of its machine."""
    machines = {line["machine_key"]: (line["machine"], line["machine_reboots"]) for line in json_lines(text, "vm")}
    return added_up(machines.values())


def top_text(text):
    """Read the column REBOOT in the last frame of gmemtop -b, a row a machine. Rows of orphans, and texts instead of rows, have no number there."""
    rows, head = [], None
    for line in text.splitlines():
        if line.startswith("MACHINE "):
            rows, head = [], line
        elif not line:
            head = None
        elif head:
            end = re.search(r"\bREBOOT\b", head).end()
            if line[end - 6:end].strip().isdigit():
                rows.append((re.split(r"  | \(", line)[0], int(line[end - 6:end])))
    return added_up(rows)


def reboot_json(text):
    """Count the lines of gmemreboot --json on ended episodes."""
    return dict(collections.Counter(e["machine"] for e in json_lines(text, "episode")
                                    if e["style"] not in NONE and e["end"] != "open"))


def reboot_list(text):
    """Count the rows of gmemreboot --list on ended episodes."""
    count, rows = collections.Counter(), False
    for line in text.splitlines():
        rows = line.startswith("  NR ") or (rows and bool(line))
        found = re.match(r" *\d+ (.{12}) (\S+) +(\S+)", line) if rows else None
        if found and found.group(2) not in NONE and found.group(3) != "open":
            count[found.group(1).strip()] += 1
    return dict(count)


def exporter(text):
    """Read gmem_exporter's gmem_machine_reboots_total of all styles. Machines that ended long ago have no series."""
    m = metrics.parse(text)
    count = dict.fromkeys(m.machine_names().values(), 0)
    for labels, v in m.family("gmem_machine_reboots_total"):
        count[m.machine_names()[labels["machine"]]] += int(v)
    return count


def durations(text):
    """Read gmem_exporter's number of reboots with a duration and of those counted as untimed, of all machines. None: it has no durations."""
    m = metrics.parse(text)
    got = m.by("gmem_reboot_duration_seconds_count", "style")
    untimed = sum(v for _, v in m.family("gmem_reboots_untimed_total"))
    return int(sum(v for style, v in got.items() if style not in NONE) + untimed) if got else None


READERS = {"top": top_json, "frames": top_text, "reboot": reboot_json, "list": reboot_list, "metrics": exporter}


def counts(texts):
    """Return {tool: {machine name: number}}, and the number of durations."""
    got = {tool: READERS[tool](text) for tool, text in texts.items()}
    got["durations"] = durations(texts["metrics"])
    return got


def differences(texts):
    """Return the tools whose numbers differ from those of gmemreboot --json: {tool: (its numbers, the right ones)}."""
    got = counts(texts)
    right, wrong = got["reboot"], {}
    for tool in READERS:
        want = {name: right.get(name, 0) for name in (got[tool] if tool == "metrics" else got[tool] | right)}
        if {name: got[tool].get(name, 0) for name in want} != want:
            wrong[tool] = got[tool], want
    if got["durations"] not in (None, sum(right.values())):
        wrong["durations"] = got["durations"], sum(right.values())
    return wrong
