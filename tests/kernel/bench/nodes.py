#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Prints scale.sh's row on busy inodes (busy.py): nodes.py BUILD INODESxMIB[+INODESxMIB...]

The row has the CPU time of a sample of gmemtop and of gmem_exporter, with one node and with two made-up nodes (median from the third sample on), and the number of
samples until every inode's pages by node have an error, true and stated, of at most 1 % of the resident pages. If 60 samples are not enough, the row has the smallest
value of the largest error."""
import glob
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time

BUILD, SPEC = sys.argv[1], sys.argv[2]
SKIPPED, SAMPLES, MOST = 2, 12, 60
HOST, PORT = "127.0.0.1", 19931


def cpu_ms(pid):
    """Return the CPU time that the process has used so far; rusage is less exact, as it counts ticks of the clock."""
    return sum(int(open(f).read().split()[0]) for f in glob.glob(f"/proc/{pid}/task/*/schedstat")) / 1e6


def each(before):
    return statistics.median(b - a for a, b in zip(before[SKIPPED:], before[SKIPPED + 1:]))


def error(inode):
    """Return the inode's stated or true error, whichever is larger, as a share of its resident pages."""
    if inode["nodes"] is None:
        return 1
    return max(inode.get("nodes_error_bytes", 0), abs(inode["nodes"].get("0", 0) - inode["size_bytes"] / 2)) / inode["resident_bytes"]


def top(nodes, pid):
    """Return the CPU time of a sample, and the number of samples until all figures were right, or the smallest error."""
    child = subprocess.Popen([f"{BUILD}/gmemtop", "--json", "-i", "1", "-n", str(MOST), "-C", f"nodes={nodes}", "--vm", str(pid)], stdout=subprocess.PIPE)
    errors, used, done, best = [], [], None, 1
    for line in child.stdout:
        l = json.loads(line)
        if l["type"] == "inode" and l["alive"]:
            errors.append(error(l))
        if l["type"] == "tick":
            used.append(cpu_ms(child.pid))
            best = min(best, max(errors, default=1))
            if done is None and best <= 0.01:
                done = len(used)
            errors = []
            if (done or nodes == 1) and len(used) > SKIPPED + SAMPLES:
                break
    child.terminate()
    child.communicate()  # reads the rest of the output: with 100 inodes, it is more than the pipe holds
    return each(used), f"{done} samples" if done else f"{best:.1%} in {MOST}"


def exporter(nodes):
    child = subprocess.Popen([f"{BUILD}/gmem_exporter", "-i", "1", "-C", f"nodes={nodes}", f"--web.listen-address={HOST}:{PORT}"])
    while True:
        try:
            socket.create_connection((HOST, PORT)).close()
            break
        except OSError:
            time.sleep(0.05)  # between two tests of the condition
    used = []
    for _ in range(SKIPPED + SAMPLES + 1):
        used.append(cpu_ms(child.pid))
        time.sleep(1)  # the interval in which the CPU time is measured
    child.send_signal(signal.SIGTERM)
    child.wait()
    return each(used)


def main():
    busy = subprocess.Popen([sys.executable, os.path.join(os.path.dirname(__file__), "busy.py"), SPEC, "0.1", "/dev/stdout"],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    busy.stdout.readline()
    one, _ = top(1, busy.pid)
    two, done = top(2, busy.pid)
    figures = [one, two, exporter(1), exporter(2)]
    print(f"{SPEC:<20}" + "".join(f"{f:>11.1f} ms" for f in figures) + f"{done:>14}", flush=True)
    busy.stdin.close()
    busy.wait()


main()
