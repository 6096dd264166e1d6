#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Part of scale.sh: nodes.py BUILD INODES MIB. A row: busy inodes (busy.py) on two nodes that are made up. CPU time of a sample of gmemtop and of gmem_exporter at one
node and at two, and after how many seconds the figures of all inodes are right within 1 % of what is resident, and say so."""
import json
import os
import signal
import socket
import subprocess
import sys
import time

BUILD, NR, MIB = sys.argv[1], sys.argv[2], sys.argv[3]
FEW, MANY = 3, 13
HOST, PORT = "127.0.0.1", 19931


def top(nodes, looks):
    child = subprocess.Popen([f"{BUILD}/gmemtop", "--json", "-i", "1", "-n", str(looks), "-C", f"nodes={nodes}"], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = status
    return used.ru_utime + used.ru_stime


def exporter(nodes, seconds):
    child = subprocess.Popen([f"{BUILD}/gmem_exporter", "-i", "1", "-C", f"nodes={nodes}", f"--web.listen-address={HOST}:{PORT}"])
    while True:
        try:
            socket.create_connection((HOST, PORT)).close()
            break
        except OSError:
            time.sleep(0.05)  # between two looks at the condition
    time.sleep(seconds)  # what is measured: a rate, by the difference of two lengths
    child.send_signal(signal.SIGTERM)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = status
    return used.ru_utime + used.ru_stime


def a_sample(run, nodes):
    return (run(nodes, MANY) - run(nodes, FEW)) / (MANY - FEW) * 1e3


def right(inode):
    if inode["nodes"] is None:
        return False
    bound = inode["resident_bytes"] / 100
    return inode.get("nodes_error_bytes", 0) <= bound and abs(inode["nodes"].get("0", 0) - inode["size_bytes"] / 2) <= bound


def until_right():
    child = subprocess.Popen([f"{BUILD}/gmemtop", "--json", "-i", "1", "-n", "120", "-C", "nodes=2"], stdout=subprocess.PIPE)
    inodes, ticks = [], 0
    for line in child.stdout:
        l = json.loads(line)
        if l["type"] == "inode" and l["alive"] and l["size_bytes"] == int(MIB) << 20:
            inodes.append(right(l))
        if l["type"] == "tick":
            if inodes and all(inodes):
                break
            inodes, ticks = [], ticks + 1
    child.terminate()
    child.wait()
    return ticks


def main():
    busy = subprocess.Popen([sys.executable, os.path.join(os.path.dirname(__file__), "busy.py"), NR, MIB, "0.1", "/dev/stdout"],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    busy.stdout.readline()
    figures = [a_sample(top, 1), a_sample(top, 2), a_sample(exporter, 1), a_sample(exporter, 2)]
    print(f"{NR + ' x ' + MIB + ' MiB':<16}" + "".join(f"{f:>11.1f} ms" for f in figures) + f"{until_right():>10} s", flush=True)
    busy.stdin.close()
    busy.wait()


main()
