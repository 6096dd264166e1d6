#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Judges the files of holds.sh: holds.py DIR --label LABEL --reboots N --vms N TOOL...

The truth is holds.bpf.c's count of ends in the tools' tasks, and the workload's own count of reboots and their styles.
"""
import argparse
import collections
import json
import re
import sys


def say(label, what, expected, got):
    print(f"ok {label}: {what}" if expected == got else f"not ok {label}: {what}: expected {expected} got {got}")


def lines(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(l) for l in f if l.startswith("{")]


def check_counter(label, folder, tool, truth):
    """Check that nothing ended in the tool's tasks, and that the counter saw all ends."""
    with open(f"{folder}/{tool}.count", encoding="utf-8") as f:
        counter = json.load(f)
    n = counter["counts"]
    say(label, f"{tool}: the counter's programs, none of whose runs was skipped", [0] * len(counter["programs"]), list(counter["programs"].values()))
    say(label, f"{tool}: tools that were watched", 1, n["tools"])
    say(label, f"{tool}: files and VMs that ended, by the counter and the workload",
        (truth["release"], truth["vm_destroy"]), (n["release"], n["destroy"]))
    say(label, f"{tool}: address spaces that ended were seen", True, n["exit_mmap"] > 0)
    for what, name in (("release", "files"), ("destroy", "VMs"), ("exit_mmap", "address spaces of others")):
        say(label, f"{tool}: {name} that ended in its tasks", 0, n[f"{what}_ours"])


def check_episodes(label, folder, tool, reboots):
    styles = collections.Counter(l["style"] for l in lines(f"{folder}/{tool}.json")
                                 if l["type"] == "episode" and l["style"] != "shutdown")
    say(label, f"{tool}: reboots by style", {"recreate": reboots}, dict(styles))


def check_top(label, folder, tool, reboots):
    """Check the column REBOOT of each machine's last row."""
    last = {}
    with open(f"{folder}/{tool}.json", encoding="utf-8") as f:
        for line in f:
            words = line.split()
            if words and words[0].startswith("guest-") and words[-1].isdigit():
                last[words[0]] = int(words[-1])
    say(label, f"{tool}: reboots of all machines", reboots, sum(last.values()))


def check_exporter(label, folder, tool, reboots):
    with open(f"{folder}/{tool}.prom", encoding="utf-8") as f:
        found = re.findall(r'^gmem_(?:machine_)?reboots_total\{(.*)\} (\d+)$', f.read(), re.M)
    styles = collections.Counter()
    for labels, n in found:
        styles[re.search(r'style="(\w+)"', labels).group(1)] += int(n)
    say(label, f"{tool}: reboots by style", {"recreate": reboots}, {k: n for k, n in styles.items() if n})


def check_rebinds(label, folder, tool, reboots):
    """Check that VMs at re-used addresses are new VMs: each reboot has one rebind."""
    with open(f"{folder}/{tool}.count", encoding="utf-8") as f:
        reused = json.load(f)["counts"]["reused"]
    say(label, f"{tool}: addresses of VMs were used again ({reused} of {reboots + 1})", True, reused > 0)
    summary = lines(f"{folder}/{tool}.json")[-1]
    say(label, f"{tool}: rebinds", reboots, summary["phases"]["rebind"]["count"])
    say(label, f"{tool}: VMs", reboots + 1, summary["vms"])


CHECKS = {"gmemreboot": check_episodes, "gmemtop": check_top, "gmem_exporter": check_exporter, "gmemhist": check_rebinds}


def check_tool(label, folder, tool, reboots):
    with open(f"{folder}/{tool}.status", encoding="utf-8") as f:
        status = f.read().strip()
    with open(f"{folder}/{tool}.err", encoding="utf-8") as f:
        err = f.read()
    say(label, f"{tool}: exit status", "0", status)
    if err:
        print("# " + err.strip().replace("\n", "\n# "))
    with open(f"{folder}/{tool}.truth", encoding="utf-8") as f:
        truth = json.load(f)["counts"]
    say(label, f"{tool}: reboots that the workload did", reboots, truth["reboot"])
    check_counter(label, folder, tool, truth)
    CHECKS[tool](label, folder, tool, reboots)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("folder")
    p.add_argument("--label", required=True)
    p.add_argument("--reboots", type=int, required=True)
    p.add_argument("--vms", type=int, required=True)
    p.add_argument("tools", nargs="+")
    a = p.parse_args()
    for tool in a.tools:
        try:
            check_tool(a.label, a.folder, tool, 2 * a.reboots * a.vms or a.reboots)
        except (OSError, ValueError, KeyError) as e:
            print(f"not ok {a.label}: {tool}: its files: expected readable ones got {e!r}")


if __name__ == "__main__":
    sys.exit(main())
