#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Tests that a tool which is stopped while it attaches its hooks does not run COMMAND: stopped.py TOOL. Prints a line for the test.

Otherwise COMMAND would run unobserved, and the tool report that nothing happened.
"""
import os
import signal
import subprocess
import sys
import tempfile
import time


def catches_sigterm(pid):
    with open(f"/proc/{pid}/status") as f:
        caught = next(line for line in f if line.startswith("SigCgt:"))
    return int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1


def main():
    what = f"badinput/{os.path.basename(sys.argv[1])} -- COMMAND, stopped while it attaches: "
    with tempfile.TemporaryDirectory() as folder:
        mark = os.path.join(folder, "ran")
        tool = subprocess.Popen([sys.argv[1], "--json", "--", "touch", mark], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while tool.poll() is None and not catches_sigterm(tool.pid):
            time.sleep(0.001)  # between two tests of the condition
        tool.send_signal(signal.SIGTERM)
        said = tool.communicate()[1]
        ran = os.path.exists(mark)
    right = not ran and tool.returncode == 1 and "COMMAND was not started" in said
    print(f"ok {what}COMMAND does not run" if right else f"not ok {what}expected status 1 and no command got {tool.returncode}, ran: {ran}, {said!r}")


main()
