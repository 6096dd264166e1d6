#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Tests that a tool which was started with SIGHUP ignored does not end by SIGHUP: nohup.py TOOL RECORDING. Prints a line for the test."""
import os
import signal
import subprocess
import sys
import time

SPEED = "0.1"  # slow enough that the replay lasts until the signal


def is_ready(pid):
    """Return true if the tool has its signal handlers: SIGTERM is caught."""
    with open(f"/proc/{pid}/status") as f:
        caught = next(line for line in f if line.startswith("SigCgt:"))
    return int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1


def main():
    tool = subprocess.Popen([sys.argv[1], "--json", "--speed", SPEED, "--replay", sys.argv[2]], stdout=subprocess.PIPE,
                            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    while tool.poll() is None and not is_ready(tool.pid):
        time.sleep(0.01)  # between two tests of the condition
    tool.send_signal(signal.SIGHUP)
    got = tool.communicate()[0]
    want = subprocess.run([sys.argv[1], "--json", "--replay", sys.argv[2]], stdout=subprocess.PIPE, check=True).stdout
    what = f"badinput/{os.path.basename(sys.argv[1])} under nohup, and SIGHUP: "
    right = tool.returncode == 0 and got == want
    print(f"ok {what}goes on to the end" if right else f"not ok {what}expected {len(want)} bytes, status 0 got {len(got)}, {tool.returncode}")


main()
