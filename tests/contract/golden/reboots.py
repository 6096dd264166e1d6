#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks that the tools agree on the reboots of a recording: reboots.py BUILD RECORDING

gmemtop's REBOOT, gmemreboot's list and gmem_machine_reboots_total have the same numbers. gmemreboot --json, which prints a reboot when it ends, and
gmemrecord --export json, which prints all at the end, have the same lines, to the last digit; a machine's last reboot has the same saving in
gmem_machine_last_reboot_saving_seconds. Prints the number by machine; or, with exit status 1, what differs.
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "kernel", "e2e"))
from judge import counted, metrics

COLUMN = 12  # characters of a machine's name in gmemreboot's list
TOOLS = {
    "top": ("gmemtop", "--json"), "frames": ("gmemtop", "-b"), "reboot": ("gmemreboot", "--json"), "list": ("gmemreboot", "--list"),
    "metrics": ("gmem_exporter", "--once"),
}


def output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True).stdout


def episodes(text):
    return {e["episode"]: e for e in counted.json_lines(text, "episode")}


def differing_lines(at_end_of_each, at_end_of_all):
    """Return the keys in which the lines on an episode differ."""
    out = []
    for ident in at_end_of_each.keys() | at_end_of_all.keys():
        a, b = at_end_of_each.get(ident, {}), at_end_of_all.get(ident, {})
        out += [f"reboot {ident}: {key}: {a.get(key)} in gmemreboot, {b.get(key)} in gmemrecord" for key in a.keys() | b.keys() if a.get(key) != b.get(key)]
    return out


def differing_savings(found, text):
    """Return the machines whose last reboot has another saving in the metrics; a machine that ended long ago has no series."""
    m = metrics.parse(text)
    last = {e["machine"]: e for e in found.values() if e["style"] not in counted.NONE and e["end"] != "open"}
    out = []
    for labels, v in m.family("gmem_machine_last_reboot_saving_seconds"):
        name = m.machine_names()[labels["machine"]]
        saving = last[name]["answer"]["inode_saves_wall_ns"]
        if not saving or round(v * 1e9) != saving[labels["bound"]]:
            out.append(f"{name}: {saving} in gmemreboot, {labels['bound']} {v} in gmem_exporter")
    return out


def numbers(texts, found):
    """Return the tools whose numbers differ; tables cut long names, so those of recordings that have some are not compared."""
    return counted.differences(texts) if all(len(e["machine"]) <= COLUMN for e in found.values()) else {}


def main():
    build, recording = sys.argv[1:3]
    texts = {name: output(os.path.join(build, tool), how, "--replay", recording) for name, (tool, how) in TOOLS.items()}
    exported = output(os.path.join(build, "gmemrecord"), "--export", "json", recording)
    found = episodes(texts["reboot"])
    wrong = numbers(texts, found) or differing_lines(found, episodes(exported)) or differing_savings(found, texts["metrics"])
    print(wrong or counted.reboot_json(texts["reboot"]))
    return 1 if wrong else 0


sys.exit(main())
