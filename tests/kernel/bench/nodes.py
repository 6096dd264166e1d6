#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Part of scale.sh: nodes.py BUILD INODESxMIB[+INODESxMIB...]. Prints a row about busy inodes (busy.py) on two made-up nodes: the CPU time
of a sample of gmemtop and of gmem_exporter with one node and with two (median from the third sample on); and the number of samples until every inode's figures are
right, and stated to be, within 1 % of what is resident. If 60 samples do not suffice: the smallest value that the largest error had."""
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
    """What the process has used so far; of a tick of the clock, rusage has only the whole."""
    return sum(int(open(f).read().split()[0]) for f in glob.glob(f"/proc/{pid}/task/*/schedstat")) / 1e6


def each(before):
    return statistics.median(b - a for a, b in zip(before[SKIPPED:], before[SKIPPED + 1:]))


def error(inode):
    """Stated or true, whichever is larger, of what is resident."""
    if inode["nodes"] is None:
        return 1
    return max(inode.get("nodes_error_bytes", 0), abs(inode["nodes"].get("0", 0) - inode["size_bytes"] / 2)) / inode["resident_bytes"]


def top(nodes, pid):
    """CPU time of a sample; samples until all figures were right, or how near they came."""
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
    child.communicate()  # what it still writes: of 100 inodes, more than the pipe holds
    return each(used), f"{done} samples" if done else f"{best:.1%} in {MOST}"


def exporter(nodes):
    child = subprocess.Popen([f"{BUILD}/gmem_exporter", "-i", "1", "-C", f"nodes={nodes}", f"--web.listen-address={HOST}:{PORT}"])
    while True:
        try:
            socket.create_connection((HOST, PORT)).close()
            break
        except OSError:
            time.sleep(0.05)  # between two looks at the condition
    used = []
    for _ in range(SKIPPED + SAMPLES + 1):
        used.append(cpu_ms(child.pid))
        time.sleep(1)  # what is measured: a rate
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
