#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Loads the exporter with clients and VMs, and judges it: soak.py FOLDER PID SECONDS VMS. See soak.sh.

A scrape is lost if it does not answer 200 with a whole body within Prometheus' own limit of 10 s, which a machine as busy as this one may also cause;
the exit status is 1 then.
"""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time

from scrape import FORMATS, cpu, get, rss, until_ready

SCRAPERS = 20
LIMIT = 10.0
SAMPLE = re.compile(r'^(\w+)\{machine="([^"]*)"[^}]*\} (\S+)$', re.M)


class Soak:
    def __init__(self, folder, pid, seconds, vms):
        self.path, self.pid, self.vms = os.path.join(folder, "sock"), pid, vms
        self.folder, self.end = folder, time.monotonic() + seconds
        self.stop = threading.Event()
        self.lock = threading.Lock()
        self.scrapes, self.lost, self.longest, self.hostile, self.churned = 0, [], 0.0, 0, 0

    def scraper(self, nr):
        accept = list(FORMATS.values())[nr % len(FORMATS)]
        while not self.stop.wait(1):
            try:
                status, body, seconds = get(self.path, "/metrics", accept, "gzip" if nr % 2 else "identity")
                why = None if status == 200 and body else f"status {status}"
            except OSError as e:
                why, seconds = repr(e), LIMIT
            with self.lock:
                self.scrapes += 1
                self.longest = max(self.longest, seconds)
                if why or seconds > LIMIT:
                    self.lost.append(why or f"{seconds:.1f} s")

    def attack(self, data, pause, reads):
        """Connects, sends data in single bytes with pauses, reads little, and begins anew when the server has closed the connection."""
        while not self.stop.is_set():
            s = socket.socket(socket.AF_UNIX)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            s.settimeout(1)
            try:
                s.connect(self.path)
                for i in range(len(data)):
                    s.send(data[i:i + 1])
                    if self.stop.wait(pause):
                        break
                for _ in range(reads):
                    if self.stop.wait(1) or not s.recv(1):
                        break
            except OSError:
                pass
            s.close()
            with self.lock:
                self.hostile += 1
            self.stop.wait(0.1)

    def churn(self):
        """Lets VMs come and go, ten at a time."""
        batch = 0
        while not self.stop.is_set() and (time.monotonic() < self.end or self.churned < self.vms):
            out = subprocess.run(["build/gmemguest", "--scenario", "guest", "--vms", "10", "--pages", "16", "--name", f"soak-{batch % 50}", "--truth", "-"],
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
            batch += 1
            if out.stdout:
                self.churned += json.loads(out.stdout)["counts"]["vm_destroy"]

    def samples(self):
        _, body, _ = get(self.path, "/metrics", "text/plain")
        return [(m[1], m[2], float(m[3])) for m in SAMPLE.finditer(body.decode())]


def expected(folder):
    with open(os.path.join(folder, "truth"), encoding="ascii") as f:
        truth = json.load(f)
    return {v["name"]: v["resident_pages"] * truth["page_size"] for v in truth["vms"]}


def final_numbers(soak, truth):
    """Return what the exporter says of the steady machines, and which others it still has: after the linger time of 5 s there are none."""
    for _ in range(60):
        found, others = {}, set()
        for name, machine, value in soak.samples():
            if name == "gmem_machine_memory_bytes" and machine.startswith("soak-"):
                if machine in truth:
                    found[machine] = found.get(machine, 0) + int(value)
                else:
                    others.add(machine)
        if found == truth and not others:
            break
        time.sleep(1)  # between two tests of the condition
    return found, others


def main():
    folder, pid, seconds, vms = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    until_ready(os.path.join(folder, "sock"))
    soak, truth, memory, begin = Soak(folder, pid, seconds, vms), expected(folder), [], time.monotonic()
    attacks = [(b"GET /metrics HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 500, 0.5, 0), (b"", 0, 60), (b"\x00\xff garbage\r\n\r\n", 0, 5),
               (b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 0, 60), (b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", 0, 9)]
    threads = [threading.Thread(target=soak.scraper, args=(n,)) for n in range(SCRAPERS)]
    threads += [threading.Thread(target=soak.attack, args=a) for a in attacks * 4]
    churn = threading.Thread(target=soak.churn)
    used = cpu(pid)
    for t in threads + [churn]:
        t.start()
    while churn.is_alive():
        memory.append(rss(pid))
        churn.join(1)
    used = cpu(pid) - used
    took = time.monotonic() - begin
    soak.stop.set()
    for t in threads:
        t.join()
    found, others = final_numbers(soak, truth)
    early, late = max(memory[:len(memory) // 3 + 1]), max(memory[len(memory) * 2 // 3:])
    print(f"{took:.0f} s, {soak.churned} VMs came and went, {soak.scrapes} scrapes ({len(soak.lost)} lost, longest {soak.longest:.2f} s), "
          f"{soak.hostile} hostile connections, CPU {100 * used / took:.1f} %, memory {early:.1f} -> {late:.1f} MiB")
    wrong = [f"lost scrapes: {soak.lost[:5]}"] if soak.lost else []
    wrong += [f"memory grew from {early:.1f} to {late:.1f} MiB"] if late > early * 1.1 else []
    wrong += [f"steady machines: expected {truth}, found {found}"] if found != truth else []
    wrong += [f"ended machines still have series: {sorted(others)[:5]}"] if others else []
    for w in wrong:
        print(f"soak.py: {w}", file=sys.stderr)
    sys.exit(1 if wrong else 0)


main()
