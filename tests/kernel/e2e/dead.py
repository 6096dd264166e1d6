#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Tests the exporter's memory after many VMs have ended, each with a process and so a machine of its own: dead.py [BUILD [VMS]]

The exporter keeps a bounded number of ended VMs (docs/metrics.md): at most 64 MiB are resident between two samples, however many
VMs ended. Prints "ok ..", "not ok ..", "skip .." lines."""
import os
import signal
import subprocess
import sys
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "bench"))
import busy  # noqa: E402

BUILD = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "..", "..", "..", "build")
VMS = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
ADDRESS = "127.0.0.1:19937"
MOST_KIB = 64 << 10
TRIES = 600


def say(good, what, *facts):
    print(f"{'ok' if good else 'not ok'} dead: {what}" + ("" if good else f": {facts}"), flush=True)


def scrape():
    """Wait until the exporter serves its metrics; return them."""
    for _ in range(TRIES):
        try:
            return urllib.request.urlopen(f"http://{ADDRESS}/metrics", timeout=60).read().decode()
        except OSError:
            time.sleep(0.05)  # between two tests of the condition
    sys.exit("dead.py: the exporter does not serve")


def value(metrics, name):
    return sum(float(l.split()[-1]) for l in metrics.splitlines() if l.startswith(name + '{kind="vm_create"'))


def created(metrics):
    """Return the number of vm_create events that did not fail: some kernels refuse the first type of VM that busy.py tries."""
    return value(metrics, "gmem_events_total") - value(metrics, "gmem_event_errors_total")


def samples(metrics):
    return next(float(l.split()[-1]) for l in metrics.splitlines() if l.startswith("gmem_exporter_looks_total "))


def scrape_until(condition, metrics):
    """Scrape until a condition of the metrics holds, or for a minute; return the last metrics."""
    for _ in range(TRIES):
        if condition(metrics):
            break
        time.sleep(0.1)  # between two tests of the condition
        metrics = scrape()
    return metrics


def resident_kib(pid):
    return int(next(l for l in open(f"/proc/{pid}/status") if l.startswith("VmRSS:")).split()[1])


def live_once(kvm):
    """Fork a child that creates a VM with a page of guest memory and exits, which ends the VM."""
    _, fd = busy.make(kvm, 1 << 20)
    busy.fallocate(fd, busy.KEEP_SIZE, 0, 4096)
    os._exit(0)


def main():
    if os.getuid() or not os.path.exists("/dev/kvm"):
        print("skip dead: needs root and /dev/kvm")
        return
    tool = subprocess.Popen([f"{BUILD}/gmem_exporter", "-i", "1", f"--web.listen-address={ADDRESS}"])
    before, first = created(scrape()), resident_kib(tool.pid)
    kvm = os.open("/dev/kvm", os.O_RDWR)
    for _ in range(VMS):
        child = os.fork()
        if not child:
            live_once(kvm)
        os.waitpid(child, 0)
    metrics = scrape_until(lambda m: created(m) - before >= VMS, scrape())
    # Up to 16 MiB of a burst's records wait for the end of their sample (user/session/sinks.c).
    scrape_until(lambda m, begin=samples(metrics): samples(m) >= begin + 2, metrics)
    last = resident_kib(tool.pid)
    tool.send_signal(signal.SIGTERM)
    tool.wait()
    print(f"# dead: {VMS} VMs: {first} KiB at the begin, {last} KiB at the end", flush=True)
    say(created(metrics) - before >= VMS, "each VM was seen", created(metrics) - before, VMS)
    say(last <= MOST_KIB, f"no more than {MOST_KIB} KiB resident", last)


main()
