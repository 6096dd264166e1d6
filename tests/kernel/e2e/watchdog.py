#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Tests that the exporter notifies a service manager's watchdog in time, whatever its own interval: watchdog.py EXPORTER. Prints a line for the test."""
import os
import socket
import subprocess
import sys
import tempfile

WATCHDOG_USEC = 2000000
INTERVAL = "60"  # seconds; the watchdog must make the exporter wake more often
MOST_SEC = 30
WANTED = 3


def messages(manager):
    """Return the exporter's messages, until they are enough or one is late."""
    got = []
    while got.count("WATCHDOG=1") < WANTED:
        try:
            got += manager.recv(4096).decode().split("\n")
        except TimeoutError:
            break
    return got


def main():
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        path = os.path.join(folder, "notify")
        manager.bind(path)
        manager.settimeout(MOST_SEC)
        os.chmod(path, 0o777)
        env = os.environ | {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": str(WATCHDOG_USEC)}
        child = subprocess.Popen([sys.argv[1], "-i", INTERVAL, f"--web.listen-address=unix:{folder}/http"], env=env)
        got = messages(manager)
        child.terminate()
        child.wait()
    what = f"badinput/gmem_exporter -i {INTERVAL} with a watchdog of {WATCHDOG_USEC} us: "
    right = "READY=1" in got and got.count("WATCHDOG=1") >= WANTED
    print(f"ok {what}notified in time" if right else f"not ok {what}expected READY=1 and {WANTED} of WATCHDOG=1 got {got}")


main()
