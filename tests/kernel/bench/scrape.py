#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Scrapes over a unix socket and prints a row for each format: scrape.py SOCKET PID VMS ROUNDS. See scrape.sh."""

import gzip
import http.client
import os
import socket
import statistics
import sys
import time

FORMATS = {"text": "text/plain;version=0.0.4", "openmetrics": "application/openmetrics-text;version=1.0.0",
           "protobuf": "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"}
FRESH = 1.0  # seconds for which the exporter answers from its last sample


class Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


def get(path, url, accept, encoding="identity"):
    c = Connection(path)
    t0 = time.perf_counter()
    c.request("GET", url, headers={"Accept": accept, "Accept-Encoding": encoding})
    r = c.getresponse()
    body = r.read()
    t1 = time.perf_counter()
    c.close()
    return r.status, body, t1 - t0


def until_ready(path):
    for _ in range(600):
        try:
            if get(path, "/-/ready", "*/*")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)  # between two tests of the condition
    sys.exit("scrape.py: the exporter is not ready")


def cpu(pid):
    with open(f"/proc/{pid}/schedstat", encoding="ascii") as f:
        return int(f.read().split()[0]) / 1e9


def rss(pid):
    """Return the resident memory of the process alone, and with the ring buffers that it shares with the kernel."""
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        kib = {l.split(":")[0]: int(l.split()[1]) for l in f if l.startswith("Rss") or l.startswith("VmRSS")}
    return kib["VmRSS"] / 1024


def main():
    path, pid, vms, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    until_ready(path)
    series = sum(1 for l in get(path, "/metrics", FORMATS["text"])[1].splitlines() if not l.startswith(b"#"))
    for name, accept in FORMATS.items():
        times, used, body, packed = [], [], b"", b""
        for _ in range(rounds):
            time.sleep(FRESH)  # so that this scrape takes a sample of its own, as scrapes every 15 s do
            before = cpu(pid)
            status, body, t = get(path, "/metrics", accept)
            assert status == 200
            times.append(t)
            used.append(cpu(pid) - before)
        packed = get(path, "/metrics", accept, "gzip")[1]
        assert gzip.decompress(packed)
        print(f"{vms:<5} {name:<12} {series:>9} {len(body):>9} {len(packed):>8} {statistics.median(times) * 1e3:>6.1f}ms "
              f"{max(times) * 1e3:>6.1f}ms {statistics.median(used) * 1e3:>6.1f}ms {rss(pid):>6.1f}MiB", flush=True)


if __name__ == "__main__":
    main()
