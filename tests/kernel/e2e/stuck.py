#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Tests that a tool whose reader reads nothing ends by a repeated SIGTERM: stuck.py TOOL RECORDING. Prints a line for the test."""
import fcntl
import os
import signal
import struct
import subprocess
import sys
import termios
import time

F_SETPIPE_SZ, SIZE = 1031, 4096
SIGNAL_SEC = 0.25  # between two signals
MOST_SEC = 15


def fill(fd, tool):
    """Wait until the pipe is full, or the tool has ended."""
    got = struct.pack("i", 0)
    while struct.unpack("i", got)[0] < SIZE and tool.poll() is None:
        time.sleep(0.01)  # between two tests of the condition
        got = fcntl.ioctl(fd, termios.FIONREAD, got)


def main():
    reads, writes = os.pipe()
    fcntl.fcntl(reads, F_SETPIPE_SZ, SIZE)
    tool = subprocess.Popen([sys.argv[1], "--json", "--replay", sys.argv[2]], stdout=writes)
    os.close(writes)
    fill(reads, tool)
    end = time.monotonic() + MOST_SEC
    while tool.poll() is None and time.monotonic() < end:
        tool.send_signal(signal.SIGTERM)
        time.sleep(SIGNAL_SEC)
    what = f"badinput/{os.path.basename(sys.argv[1])} with a reader that reads nothing, and SIGTERM again and again: "
    print(f"ok {what}ended by it" if tool.poll() == -signal.SIGTERM else f"not ok {what}expected status {-signal.SIGTERM} got {tool.poll()}")
    tool.kill()


main()
