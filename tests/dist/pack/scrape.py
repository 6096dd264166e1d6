#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Scrapes an exporter on port 9917 of this network namespace: scrape.py PID

Waits until it is ready or process PID has ended, then prints the metrics. Loopback is brought up first, as a runtime does.
"""
import fcntl
import os
import socket
import struct
import sys
import time
import urllib.error
import urllib.request

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        name, flags = struct.unpack("16sh", fcntl.ioctl(s, SIOCGIFFLAGS, struct.pack("16sh", b"lo", 0)))
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sh", name, flags | IFF_UP))


def get(path):
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://127.0.0.1:9917{path}", timeout=60) as answer:
        return answer.read().decode()


def main():
    loopback_up()
    while os.path.exists(f"/proc/{sys.argv[1]}"):
        try:
            get("/-/ready")
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
            continue
        sys.stdout.write(get("/metrics"))
        return
    sys.exit(f"process {sys.argv[1]} ended")


main()
