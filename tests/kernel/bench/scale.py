#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Prints a row of scale.sh's table: scale.py GMEMTOP VMS."""
import json
import os
import statistics
import subprocess
import sys

FEW, MANY, ROUNDS, EVERY = 5, 105, 5, "0.05"


def run(tool, samples, maps):
    """Return the CPU seconds and the largest resident memory of a tool that takes so many samples; append the bytes of its maps at its first line to maps."""
    child = subprocess.Popen([tool, "--json", "-i", EVERY, "-n", str(samples)], stdout=subprocess.PIPE)
    child.stdout.readline()
    if maps is not None:
        shown = json.loads(subprocess.run(["bpftool", "-j", "map", "show"], stdout=subprocess.PIPE, check=True).stdout)
        maps.append(sum(m.get("bytes_memlock", 0) for m in shown if m.get("name", "").startswith("gm_")))
    for _ in child.stdout:
        pass
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = status
    if status:
        sys.exit(f"{tool}: status {status}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss


def main():
    tool, vms = sys.argv[1:3]
    cpu, maps, rss = [], [], 0
    for _ in range(ROUNDS):
        few, _ = run(tool, FEW, None)
        many, rss = run(tool, MANY, maps)
        cpu.append((many - few) / (MANY - FEW))
    print(f"{vms:<5} {statistics.median(cpu) * 1e3:>11.2f} ms {rss / 1024:>6.1f} MiB {max(maps) / 1048576:>8.1f} MiB", flush=True)


main()
