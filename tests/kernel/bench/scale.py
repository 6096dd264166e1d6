#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Part of scale.sh: scale.py GMEMTOP VMS. A row."""
import json
import os
import statistics
import subprocess
import sys

FEW, MANY, ROUNDS, EVERY = 5, 105, 5, "0.05"


def run(tool, looks, maps):
    """CPU seconds, and the largest resident memory, of so many looks; what its maps take, read at its first line."""
    child = subprocess.Popen([tool, "--json", "-i", EVERY, "-n", str(looks)], stdout=subprocess.PIPE)
    child.stdout.readline()
    if maps is not None:
        said = json.loads(subprocess.run(["bpftool", "-j", "map", "show"], stdout=subprocess.PIPE, check=True).stdout)
        maps.append(sum(m.get("bytes_memlock", 0) for m in said if m.get("name", "").startswith("gm_")))
    for _ in child.stdout:
        pass
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = status
    if status:
        sys.exit(f"{tool}: status {status}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss


def main():
    tool, vms = sys.argv[1:3]
    looks, maps, rss = [], [], 0
    for _ in range(ROUNDS):
        few, _ = run(tool, FEW, None)
        many, rss = run(tool, MANY, maps)
        looks.append((many - few) / (MANY - FEW))
    print(f"{vms:<5} {statistics.median(looks) * 1e3:>11.2f} ms {rss / 1024:>6.1f} MiB {max(maps) / 1048576:>8.1f} MiB", flush=True)


main()
