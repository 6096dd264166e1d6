#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Tests a fleet on loopback: exporters, real Prometheus servers with docs/fleet's rules, and queries with known answers.

fleet.py --work DIR [--archive DIR] [--newest DIR] [--receiver DIR] [--panels FILE.yml]

DIR is a folder that tests/contract/fleet/prometheus.sh prints. Hosts of the fleet:

  still      a recording at its end, with the golden numbers
  early      a recording with moving counters: 8 rounds of the golden one, on the same kernel release
  late       a recording with 12 rounds, on another release
  live       this kernel, with gmemguest as its workload, whose own count is the truth

still and early also push by OTLP to the receiver (VictoriaMetrics), which must give the same answers.

The answers come from tests/contract/golden/*.jsonl and from the workload's truth, never from the exporter. Conditions are polled, each up to a
deadline. Prints "ok", "not ok" and "skip" lines. Uses only the standard library.
"""
import argparse
import ctypes
import json
import math
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import recording

TOP = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
GOLDEN = os.path.join(TOP, "tests/contract/golden/full-6.18")
BUILD = os.path.join(TOP, "build")
OLD, NEW = "6.18.15+deb13-amd64", "7.2.0-fleet"
ROUNDS = {"early": 8, "late": 12}
STEP = 2 ** (1 / 8)  # factor between the bounds of a bucket
PAGES = 1021
SLOW = 60  # seconds, the deadline of conditions that should come true soon, as this machine may be busy


# ---- results ----

class Results:
    failed = 0

    @classmethod
    def check(cls, name, got, expected, same=None):
        if same(got, expected) if same else got == expected:
            print(f"ok fleet/{name}", flush=True)
            return True
        cls.failed += 1
        print(f"not ok fleet/{name}: expected {short(expected)} got {short(got)}", flush=True)
        return False

    @staticmethod
    def skip(name, why):
        print(f"skip fleet/{name}: {why}", flush=True)


def short(x):
    text = json.dumps(x, sort_keys=True, default=str)
    return text if len(text) < 600 else text[:600] + ".."


def differences(got, expected):
    """Return only the differences, for a message."""
    keys = [k for k in sorted(set(got) | set(expected), key=str) if got.get(k) != expected.get(k)]
    return {str(k): got.get(k) for k in keys}, {str(k): expected.get(k) for k in keys}


def settle(name, now, expected, seconds=SLOW):
    """Check that now() returns what is expected within so many seconds."""
    got = until(lambda: (lambda g: (g,) if g == expected else None)(now()), seconds)
    check_map(name, got[0] if got else now(), expected)


def check_map(name, got, expected):
    if got == expected and got:
        return Results.check(name, True, True)
    return Results.check(name, *differences(got, expected))


# ---- processes: all end with this one, even if it is killed ----

class Processes:
    def __init__(self, work):
        self.work, self.all = work, []

    def start(self, name, argv, cwd=None):
        log = open(os.path.join(self.work, name + ".log"), "wb")
        libc = ctypes.CDLL(None)
        p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=cwd,
                             preexec_fn=lambda: libc.prctl(1, signal.SIGKILL))  # PR_SET_PDEATHSIG
        p.name, p.log = name, log.name
        log.close()
        self.all.append(p)
        return p

    def end(self):
        for p in self.all:
            if p.poll() is None:
                p.terminate()
        for p in self.all:
            try:
                p.wait(10)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()


def log_of(p):
    with open(p.log, errors="replace") as f:
        return f.read()


def free_ports(n):
    socks = [socket.socket() for _ in range(n)]
    for s in socks:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in socks]
    for s in socks:
        s.close()
    return ports


def until(what, seconds=SLOW, pause=0.2):
    """Call what() until it is true or the time is over; return its last value."""
    end = time.monotonic() + seconds
    while True:
        value = what()
        if value or time.monotonic() > end:
            return value
        time.sleep(pause)


def fetch(url, data=None, accept=None, timeout=20):
    req = urllib.request.Request(url, data=data, headers={"Accept": accept} if accept else {})
    try:
        with urllib.request.urlopen(req, timeout=timeout) as r:
            return r.status, r.headers.get("Content-Type", ""), r.read()
    except urllib.error.HTTPError as e:
        return e.code, "", e.read()
    except OSError:
        return 0, "", b""


# ---- a Prometheus ----

class Prometheus:
    def __init__(self, name, binaries, native, both=False):
        self.name, self.dir, self.native, self.both = name, binaries, native, both
        self.version = open(os.path.join(binaries, "version")).read().strip()
        self.joins = not native or self.at_least(2, 45)  # rules by release need to multiply native histograms
        self.port = None
        self.p = None

    def at_least(self, *version):
        return tuple(int(x) for x in self.version.split(".")[:2]) >= version

    def config(self, hosts):
        lines = ["global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}",
                 "rule_files: [rules.yml, alerts.yml]", "scrape_configs:", "  - job_name: gmem"]
        if self.native and self.at_least(3, 8):
            lines.append("    scrape_native_histograms: true")
        if self.both:
            lines.append(f"    {'always_' if self.at_least(3, 0) else ''}scrape_classic_histograms: true")
        lines.append("    static_configs:")
        for host, port in hosts.items():
            lines.append(f"      - {{targets: ['127.0.0.1:{port}'], labels: {{instance: {host}}}}}")
        return "\n".join(lines) + "\n"

    def start(self, procs, work, hosts, port):
        home = os.path.join(work, self.name)
        os.makedirs(home)
        self.port = port
        with open(os.path.join(home, "prometheus.yml"), "w") as f:
            f.write(self.config(hosts))
        hurried_rules(home)
        argv = [os.path.join(self.dir, "prometheus"), "--config.file=prometheus.yml", "--storage.tsdb.path=data",
                f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"]
        if self.native:
            argv.append("--enable-feature=native-histograms")
        self.p = procs.start(self.name, argv, home)

    def api(self, path, **args):
        data = urllib.parse.urlencode(args).encode() if args else None
        status, _, body = fetch(f"http://127.0.0.1:{self.port}{path}", data)
        if not body or path.startswith("/-/"):
            return status
        return json.loads(body)

    def ready(self):
        return self.api("/-/ready") == 200

    def query(self, expr):
        """Return [(labels, value)]; a value is a number, or a native histogram in the API's form."""
        answer = self.api("/api/v1/query", query=expr)
        if not isinstance(answer, dict) or answer.get("status") != "success":
            raise ValueError(f"{expr}: {answer}")
        return [(r["metric"], float(r["value"][1]) if "value" in r else r["histogram"][1]) for r in answer["data"]["result"]]

    def by(self, expr, *labels):
        """Return {label values: number}; the key of a single label is no tuple."""
        out = {}
        for metric, value in self.query(expr):
            key = tuple(metric.get(x, "") for x in labels)
            out[key[0] if len(key) == 1 else key] = value
        return out

    def count_of(self, selector, metric="gmem_phase_duration_seconds"):
        """Return an expression for the number of observations in either form of histograms."""
        return f"histogram_count({metric}{selector})" if self.native else f"{metric}_count{selector}"

    def sum_of(self, selector, metric="gmem_phase_duration_seconds"):
        return f"histogram_sum({metric}{selector})" if self.native else f"{metric}_sum{selector}"


class Receiver(Prometheus):
    """VictoriaMetrics, which receives OTLP, stores exponential histograms as ranges, and answers like a Prometheus."""

    def __init__(self, binaries):
        self.name, self.dir = "otlp", binaries
        self.version = open(os.path.join(binaries, "version")).read().strip()

    def start(self, procs, work, hosts, port):
        self.port = port
        argv = [os.path.join(self.dir, "victoria-metrics"), f"-httpListenAddr=127.0.0.1:{port}",
                "-storageDataPath=" + os.path.join(work, "otlp"), "-inmemoryDataFlushInterval=1s",
                "-opentelemetry.usePrometheusNaming", "-search.latencyOffset=0s", "-search.disableCache"]
        self.p = procs.start(self.name, argv, work)

    def ready(self):
        return fetch(f"http://127.0.0.1:{self.port}/health")[0] == 200

    def url(self, host):
        return f"http://127.0.0.1:{self.port}/opentelemetry/v1/metrics?extra_label=instance={host}"


def hurried_rules(home):
    """Write docs/fleet's rules with an interval of a second, and alerts without a wait."""
    for name in ("rules.yml", "alerts.yml"):
        text = open(os.path.join(TOP, "docs/fleet", name)).read()
        text = text.replace("interval: 1m", "interval: 1s")
        text = re.sub(r"\n( +)for: \w+", r"\n\1for: 2s", text)
        text = re.sub(r"\n( +)keep_firing_for: \w+", r"\n\1keep_firing_for: 2s", text)
        text = text.replace("> 1024 * 1024 * 1024", "> 1024 * 1024")
        with open(os.path.join(home, name), "w") as f:
            f.write(text)


# ---- truth ----

def golden():
    """Return the host's {phase: {"count", "sum_ns", "buckets": {prometheus index: count}}}, as stored beside the recording."""
    out = {}
    for line in open(GOLDEN + ".hist.jsonl"):
        d = json.loads(line)
        if d["type"] != "phase" or "count" not in d:
            continue
        p = out.setdefault(d["phase"], {"count": 0, "sum_ns": 0, "buckets": {}})
        p["count"] += d["count"]
        p["sum_ns"] += d["sum_ns"]
        for i, n in d["buckets"].items():
            p["buckets"][int(i)] = p["buckets"].get(int(i), 0) + n
    return out


def golden_reboots():
    out = {}
    for line in open(GOLDEN + ".reboot.jsonl"):
        d = json.loads(line)
        if d["type"] == "episode" and d["style"] != "shutdown":
            out[d["style"]] = out.get(d["style"], 0) + 1
    return out


def quantile_bucket(buckets, q):
    """Return the index of the bucket that has the quantile."""
    rank, below = q * sum(buckets.values()), 0
    for i in sorted(buckets):
        below += buckets[i]
        if below >= rank * (1 - 1e-12):
            return i
    return None


def native_of(buckets):
    """Return buckets in the API's form, [[lower, upper, count]], with bounds rounded for comparisons."""
    return [[rounded(STEP ** (i - 1)), rounded(STEP ** i), n] for i, n in sorted(buckets.items())]


def rounded(x):
    return float(f"{x:.10g}")


def with_none(truth, what):
    """Add observed phases that had no event, which are exported, too."""
    return {**{p: rounded(t[what]) for p, t in truth.items()}, "convert": 0, "populate": 0}


def times(truth, rounds):
    return {p: t["count"] * (1 + rounds if p in recording.HOT else 1) for p, t in truth.items() if t["count"]}


# ---- the fleet ----

class Host:
    def __init__(self, name, port):
        self.name, self.port, self.p = name, port, None

    def start(self, procs, args):
        argv = [os.path.join(BUILD, "gmem_exporter"), "--web.listen-address", f"127.0.0.1:{self.port}", *args]
        self.p = procs.start("exporter-" + self.name, argv)

    def metrics(self, accept=None):
        return fetch(f"http://127.0.0.1:{self.port}/metrics", accept=accept)


def why_not_live(work):
    """Return the reason why this kernel cannot be observed; None if it can."""
    if os.geteuid():
        return "not root"
    if not os.path.exists("/dev/kvm"):
        return "no /dev/kvm"
    p = subprocess.run([os.path.join(BUILD, "gmemtop"), "--json", "-n", "1"], capture_output=True, text=True, check=False)
    if p.returncode:
        return "gmemtop cannot observe: " + (p.stderr.splitlines() or ["?"])[0]
    if any('"type":"vm"' in line for line in p.stdout.splitlines()):
        return "other VMs run here: counts would be theirs, too"
    p = subprocess.run([os.path.join(BUILD, "gmemguest"), "--scenario", "guest", "--pages", "5",
                        "--truth", os.path.join(work, "try.json")], capture_output=True, text=True, check=False)
    return None if p.returncode == 0 else "gmemguest cannot run a guest here"


class Workload:
    """A machine that allocates, reboots, and leaves its memory pinned by another process: an orphan."""

    def __init__(self, procs, work):
        self.procs, self.work = procs, work
        self.p = None

    def path(self, name):
        return os.path.join(self.work, name)

    def start(self):
        self.p = self.procs.start("gmemguest", [
            os.path.join(BUILD, "gmemguest"), "--name", "fleet", "--scenario", "fallocate,guest,punch,reboot-recreate,pin-fd",
            "--pages", str(PAGES), "--hold", "--ready", self.path("ready"), "--go", self.path("go"),
            "--truth", self.path("truth.json")])

    def ready(self):
        return os.path.exists(self.path("ready"))

    def truth(self):
        with open(self.path("truth.json")) as f:
            return json.load(f)

    def go_on(self):
        open(self.path("go"), "w").close()


# ---- checks: s is a server ----

def check_still(s, truth):
    """Check that a replay ends with the numbers that are stored beside it."""
    where = '{instance="still"}'
    settle(f"{s.name}: counts of a recording", lambda: s.by(s.count_of(where), "phase"), with_none(truth, "count"))
    sums = {p: rounded(v * 1e9) for p, v in s.by(s.sum_of(where), "phase").items()}
    check_map(f"{s.name}: sums of a recording", sums, with_none(truth, "sum_ns"))
    reboots = {k: v for k, v in s.by(s.count_of(where, "gmem_reboot_duration_seconds"), "style").items() if v}
    check_map(f"{s.name}: reboots of a recording", reboots, golden_reboots())
    reboots = {k: v for k, v in s.by(f"sum by (style) (gmem_machine_reboots_total{where})", "style").items() if v}
    check_map(f"{s.name}: reboots by machine", reboots, golden_reboots())
    got = s.by(f"gmem_kernel_info{where}", "release", "mode", "init_on_alloc")
    check_map(f"{s.name}: the kernel of a recording", got, {(OLD, "full", "yes"): 1})
    named = ('gmem_machine_reboots_total{instance="still",style="recreate"}'
             " * on (instance, machine) group_left (name) gmem_machine_info")
    check_map(f"{s.name}: names by a join", s.by(named, "name"), {"golden-0": 1, "golden-1": 0, "vm-2": 0})


def check_stored(s, truth):
    """Check the format in which histograms were scraped by the form in which they are stored."""
    if s.native:
        got = {}
        for metric, value in s.query('gmem_phase_duration_seconds{instance="still"}'):
            if isinstance(value, dict) and value.get("buckets"):
                got[metric["phase"]] = [[rounded(float(b[1])), rounded(float(b[2])), float(b[3])] for b in value["buckets"]]
        check_map(f"{s.name}: asked for protobuf, stored native buckets, each as in the recording", got,
                  {p: native_of(t["buckets"]) for p, t in truth.items()})
    if s.native and not s.both:
        Results.check(f"{s.name}: stored no classic buckets", s.query('gmem_phase_duration_seconds_bucket'), [])
    if not s.native:
        created = s.query('gmem_phase_duration_seconds_created{instance="still"}')
        Results.check(f"{s.name}: asked for OpenMetrics: has _created", bool(created), True)
        check_classic(s, truth)
    elif s.both:
        check_classic(s, truth)


def check_classic(s, truth):
    got = {}
    for metric, value in s.query('gmem_phase_duration_seconds_bucket{instance="still"}'):
        got[(metric["phase"], math.log2(float(metric["le"])) if metric["le"] != "+Inf" else "inf")] = value
    expected = {}
    for p, t in {**truth, "convert": {"buckets": {}}, "populate": {"buckets": {}}}.items():
        for octave in range(-20, 5, 2):
            expected[(p, float(octave))] = float(sum(n for i, n in t["buckets"].items() if i <= octave * 8))
        expected[(p, "inf")] = float(sum(t["buckets"].values()))
    check_map(f"{s.name}: classic buckets, each exact at its bound", got, expected)


def check_quantiles(s, truth):
    """Check that the quantiles of both forms of histograms are the recording's, as far as their buckets allow."""
    wrong = []
    phases = [p for p, t in truth.items() if t["count"] >= 100]
    where = '{instance="still"}'
    for q in (0.5, 0.9, 0.99):
        native = s.by(f"histogram_quantile({q}, sum by (phase) (gmem_phase_duration_seconds{where}))", "phase") if s.native else {}
        classic = s.by(f"histogram_quantile({q}, sum by (phase, le) (gmem_phase_duration_seconds_bucket{where}))", "phase")
        for p in phases:
            i = quantile_bucket(truth[p]["buckets"], q)
            octave = min(max(2 * math.ceil(i / 16), -20), 4)    # the upper bound of its default bucket
            low = 0 if octave == -20 else 2 ** (octave - 2)
            if s.native and not STEP ** (i - 1) * (1 - 1e-9) <= native.get(p, 0) <= STEP ** i * (1 + 1e-9):
                wrong.append((p, q, "native", native.get(p), STEP ** (i - 1), STEP ** i))
            if (s.both or not s.native) and not low * (1 - 1e-9) <= classic.get(p, 0) <= 2 ** octave * (1 + 1e-9):
                wrong.append((p, q, "classic", classic.get(p), 2 ** (octave - 1), 2 ** octave))
    Results.check(f"{s.name}: quantiles are in the recording's own bucket ({len(phases)} phases)", wrong, [])


def check_moving(s, truth):
    """Check the increase of counters that grow from 0 while they are scraped."""
    for host, rounds in ROUNDS.items():
        expected = times(truth, rounds)
        expr = s.count_of(f'{{instance="{host}",phase!~"convert|populate"}}')
        settle(f"{s.name}: {host}: counts at the end of {rounds} rounds", lambda e=expr: s.by(e, "phase"), expected)
        sel = f'{{instance="{host}",phase="zero"}}'
        least = s.query(f"min_over_time({s.count_of(sel)}[5m:1s])")
        Results.check(f"{s.name}: {host}: its counters were seen at 0", [v for _, v in least], [0.0])
        steps = s.query(f"changes(({s.count_of(sel)})[5m:1s])")
        Results.check(f"{s.name}: {host}: and growing", [v for _, v in steps], [rounds], lambda g, e: bool(g) and g[0] >= e[0] / 2)
    zeroes = s.count_of('{phase="zero",instance!="live"}')
    both = s.by(f"sum by (release) ({zeroes} * on (instance) group_left (release) gmem_kernel_info)", "release")
    check_map(f"{s.name}: sum by release", both,
              {OLD: truth["zero"]["count"] * (2 + ROUNDS["early"]), NEW: truth["zero"]["count"] * (1 + ROUNDS["late"])})


def check_rules(s, truth):
    """Check that metrics which rules.yml records have the labels in their names, and the recording's values."""
    def broken():
        bad = []
        for g in s.api("/api/v1/rules")["data"]["groups"]:
            bad += [(r["name"], r.get("lastError")) for r in g["rules"] if r["health"] != "ok"]
        return bad
    until(lambda: not broken(), 20)
    Results.check(f"{s.name}: each rule can be evaluated", broken(), [])
    wrong = {}
    names = set()
    for metric, _ in s.query('{__name__=~".+:.+:.+"}'):
        name = metric.pop("__name__")
        names.add(name)
        if set(metric) != set(name.split(":")[0].split("_")):
            wrong[name] = sorted(metric)
    Results.check(f"{s.name}: each recorded metric has the labels of its level ({len(names)})", wrong, {})
    if not s.joins:
        return
    for q, suffix in ((0.5, "p50_5m"), (0.99, "p99_5m")):
        got = s.by(f'release_phase:gmem_phase_duration_seconds:{suffix}{{release="{NEW}",phase=~"zero|map|guest_fault"}}', "phase")
        wrong = {p: v for p, v in got.items() if not in_bucket(v, truth[p]["buckets"], q, s.native)}
        Results.check(f"{s.name}: {suffix} by release", (len(got), wrong), (3, {}))
    # The time of a page does not depend on the number of rounds: it is zero's mean, on a release that no other host has
    want = truth["zero"]["sum_ns"] / truth["zero"]["count"] / 1e9
    got = s.by(f'release_phase:gmem_phase_duration_seconds:mean1h{{phase="zero"}}', "release").get(NEW)
    Results.check(f"{s.name}: mean cost of a page by release", got, want, near)
    page = want + truth["alloc"]["sum_ns"] / truth["alloc"]["count"] / 1e9
    got = s.by("release:gmem_page_cost_seconds:mean1h", "release").get(NEW)
    Results.check(f"{s.name}: what a page costs that re-use would save", got, page, near)


def near(got, expected):
    """Compare roughly, as sums and counts are two rules, and a scrape may come between their evaluations."""
    return got is not None and abs(got - expected) <= 0.05 * abs(expected)


def in_bucket(value, buckets, q, native):
    i = quantile_bucket(buckets, q)
    low, high = (STEP ** (i - 1), STEP ** i) if native else (2.0 ** (math.ceil(i / 8) - 1), 2.0 ** math.ceil(i / 8))
    return low * (1 - 1e-6) <= value <= high * (1 + 1e-6)


def check_fleet_wide(s, hosts):
    check_map(f"{s.name}: all are up", s.by('up{job="gmem"}', "instance"), {h: 1 for h in hosts})
    got = s.by('min_over_time(up{job="gmem"}[10m])', "instance")
    check_map(f"{s.name}: and were told as down before", got, {h: 0 for h in hosts})
    check_map(f"{s.name}: kernels", s.by('count by (release) (gmem_kernel_info{instance!="live"})', "release"), {OLD: 2, NEW: 1})
    observed = 'instance:gmem_phase_observed:avg{instance!="live"} * 19'
    settle(f"{s.name}: phases observed, of 19", lambda: {k: round(v, 6) for k, v in s.by(observed, "instance").items()},
           {"still": 18, "early": 18, "late": 18})


def check_live(s, t):
    """Check the live host against the workload's own count."""
    where = '{instance="live"}'
    page, counts = t["page_size"], t["counts"]
    orphans = sum(i["resident_pages"] for i in t["inodes"] if i["alive"]) * page
    alive = [i for i in t["inodes"] if i["alive"]]
    want = {
        "allocated": counts["allocated_pages"] * page, "freed": counts["freed_pages"] * page, "orphaned": orphans,
        "size": sum(i["size_bytes"] for i in alive), "inodes": len(alive), "vms": sum(v["alive"] for v in t["vms"]),
        "create": counts["create"], "fallocate": counts["fallocate"], "punch": counts["punch"],
    }
    exprs = {
        "allocated": f"gmem_allocated_bytes_total{where}", "freed": f"gmem_freed_bytes_total{where}",
        "orphaned": 'sum(gmem_memory_bytes{instance="live",state="orphaned"})', "size": f"gmem_memory_size_bytes{where}",
        "inodes": 'gmem_objects{instance="live",kind="inode"}', "vms": 'gmem_objects{instance="live",kind="vm"}',
        **{p: s.count_of(f'{{instance="live",phase="{p}"}}') for p in ("create", "fallocate", "punch")},
    }

    def now():
        return {k: (s.query(e) or [({}, None)])[0][1] for k, e in exprs.items()}
    settle(f"{s.name}: live: bytes, objects and calls are the workload's own", now, want)
    settle(f"{s.name}: live: orphaned by what keeps it", lambda: s.by(f"gmem_orphaned_bytes{where}", "reason"),
           {"fd": orphans, "mapping": 0, "unknown": 0})
    by_name = ('sum by (instance, machine) (gmem_machine_memory_bytes{instance="live",state="orphaned"}) '
               "* on (instance, machine) group_left (name) gmem_machine_info > 0")
    check_map(f"{s.name}: live: orphaned by machine's name", s.by(by_name, "name"), {"fleet-0": orphans})
    settle(f"{s.name}: live: rule on orphaned memory", lambda: s.by(f"instance:gmem_orphaned_bytes:sum{where}", "instance"),
           {"live": orphans})


def check_pushed(r, scraped, truth):
    """Check that pushed values are those that were scraped, and those of the recordings."""
    early = {**times(truth, ROUNDS["early"]), "convert": 0, "populate": 0}
    for host, expected in (("still", with_none(truth, "count")), ("early", early)):
        counts = f'gmem_phase_duration_seconds_count{{instance="{host}"}}'
        settle(f"otlp: {host}: counts", lambda c=counts: r.by(c, "phase"), expected)
    got = {}
    for (phase, bounds), n in r.by('gmem_phase_duration_seconds_bucket{instance="still"}', "phase", "vmrange").items():
        low, high = (float(x) for x in bounds.split("..."))
        got.setdefault(phase, {})[round(math.log2(high) * 8)] = n if abs(high / low / STEP - 1) < 1e-3 else bounds
    check_map("otlp: still: exponential buckets, each as in the recording", got, {p: t["buckets"] for p, t in truth.items()})
    sums = {p: rounded(v * 1e9) for p, v in r.by('gmem_phase_duration_seconds_sum{instance="still"}', "phase").items() if v}
    check_map("otlp: still: sums", sums, {p: rounded(t["sum_ns"]) for p, t in truth.items()})
    zeroes = ('sum by (release) (gmem_phase_duration_seconds_count{phase="zero"}'
              " * on (instance) group_left (release) gmem_kernel_info)")
    check_map("otlp: sum by release", r.by(zeroes, "release"), {OLD: truth["zero"]["count"] * (2 + ROUNDS["early"])})
    for s in scraped:
        settle(f"otlp: the same metrics as {s.name} scraped", lambda: names(r), names(s))
        sent = s.by('gmem_exporter_otlp_batches_sent_total{instance="early"}', "instance")
        Results.check(f"{s.name}: batches that were pushed are counted", sent.get("early", 0) >= ROUNDS["early"] / 2, True)
        dropped = s.by("gmem_exporter_otlp_batches_dropped_total", "instance")
        check_map(f"{s.name}: none was given up", dropped, {"still": 0, "early": 0})


def names(s):
    """Return the names of a host's metrics, without the suffixes of a histogram's form."""
    found = {m["__name__"] for m, _ in s.query('group by (__name__) ({instance="early",__name__=~"gmem_.*|process_.*"})')}
    found = {re.sub("(_duration_seconds)_(bucket|sum|count)$", r"\1", n) for n in found if not n.endswith("_created")}
    # An old recording has no parts of faults: the metric exists only until its first fault, and for some minutes more
    # on a server that does not learn that it ended.
    return {n: 1 for n in found - {"gmem_fault_part_seconds_total"}}


def alerts(s, name):
    return [a for a in s.api("/api/v1/alerts")["data"]["alerts"] if a["labels"]["alertname"] == name and a["state"] == "firing"]


def check_alert_fires(s, t):
    size = sum(i["resident_pages"] for i in t["inodes"] if i["alive"]) * t["page_size"] / 1048576
    until(lambda: alerts(s, "GmemOrphanedMemory"), 30)
    got = alerts(s, "GmemOrphanedMemory")
    words = got[0]["annotations"]["description"] if got else ""
    Results.check(f"{s.name}: alert on orphaned memory fires, once", [a["labels"]["instance"] for a in got], ["live"])
    expected = rf"on live .* Kept by: fd \({size:.4g}MiB\)\. Whose it was: fleet-0 \({size:.4g}MiB\)\."
    Results.check(f"{s.name}: and says what keeps whose memory", bool(re.search(expected, words)) or words, True)


def check_alert_ends(s):
    until(lambda: not alerts(s, "GmemOrphanedMemory"))
    Results.check(f"{s.name}: alert ends when the memory is released", alerts(s, "GmemOrphanedMemory"), [])
    left = s.query('gmem_allocated_bytes_total{instance="live"} - gmem_freed_bytes_total')
    Results.check(f"{s.name}: and all of it is freed", [v for _, v in left], [0.0])


def check_down(s, host):
    until(lambda: alerts(s, "GmemExporterDown"))
    got = [a["labels"]["instance"] for a in alerts(s, "GmemExporterDown")]
    Results.check(f"{s.name}: alert when an exporter ends", got, [host])
    Results.check(f"{s.name}: and its numbers are gone at once", s.query(f'gmem_objects{{instance="{host}"}}'), [])


# Panels on things that do not happen here: failures, OTLP, last week, and statistics of programs, which an option enables.
# The golden recording is an old one, without operations, parts of faults, or the cost of programs.
MAY_BE_EMPTY = ("> 0", "offset 1w", "otlp", "gmem_bpf_", "ALERTS", "gmem_operations", "gmem_fault_part", "gmem_machine_attribute", "gmem_machine_held_twice", "gmem_machine_left_shared", "- gmem_machine_last",
                "gmem_machine_untracked")


def check_panels(s, path, live):
    """Check that each expression of the dashboard has an answer that is not empty."""
    exprs = [json.loads(line.split("expr: ", 1)[1]) for line in open(path) if line.strip().startswith("expr: ")]
    wrong, empty = [], []
    for expr in exprs:
        try:
            if not s.query(expr) and not any(m in expr for m in MAY_BE_EMPTY):
                empty.append(expr)
        except ValueError as e:
            wrong.append(str(e))
    if s.native and not s.both:
        empty = [e for e in empty if "_bucket" not in e and (s.joins or not e.startswith("release"))]
    if not s.native:
        empty = [e for e in empty if not e.startswith("sum(rate(gmem_phase_duration_seconds{")]
    if not live:
        empty = []
    Results.check(f"{s.name}: each panel is answered ({len(exprs)} expressions)", wrong, [])
    Results.check(f"{s.name}: and shows something", empty, [])


def check_text(hosts, binaries):
    """Check each exporter's text by promtool."""
    for h in hosts.values():
        status, kind, body = h.metrics("text/plain")
        got = (status, kind.split(";")[0], len(body) > 1000)
        Results.check(f"{h.name}: text when asked for text", got, (200, "text/plain", True))
        for path, version in binaries.items():
            p = subprocess.run([os.path.join(path, "promtool"), "check", "metrics"], input=body, capture_output=True, check=False)
            Results.check(f"{h.name}: promtool {version} check metrics", (p.returncode, (p.stdout + p.stderr).decode()), (0, ""))


# ---- main ----

def start_servers(procs, work, a, ports, hosts):
    servers = []
    if a.archive:
        servers.append(Prometheus("classic", a.archive, native=False))
        servers.append(Prometheus("native", a.archive, native=True))
    if a.newest:
        servers.append(Prometheus("newest", a.newest, native=True, both=True))
    receiver = Receiver(a.receiver) if a.receiver else None
    for s in servers + ([receiver] if receiver else []):
        s.start(procs, work, {h.name: h.port for h in hosts.values()}, ports.pop())
    for s in servers + ([receiver] if receiver else []):
        if not until(s.ready):
            Results.check(f"{s.name}: {s.version} gets ready", log_of(s.p)[-300:], "")
            sys.exit(1)
        print(f"# {s.name}: {os.path.basename(os.path.realpath(s.dir))}", flush=True)
    for s in servers:
        until(lambda s=s: len(s.query('up{job="gmem"} == 0')) == len(hosts))
    return servers, receiver


def start_hosts(procs, work, hosts, servers, receiver):
    def push(host):
        return ["-i", "1", "--otlp", receiver.url(host)] if receiver else []
    for name, rounds in ROUNDS.items():
        recording.make(GOLDEN + ".rec", os.path.join(work, name + ".rec"), NEW if name == "late" else OLD, rounds)
    if "live" in hosts:
        hosts["live"].start(procs, [])
        until(lambda: hosts["live"].metrics()[0] == 200)
    hosts["still"].start(procs, ["--replay", GOLDEN + ".rec", *push("still")])
    for name in ROUNDS:
        args = ["--replay", os.path.join(work, name + ".rec"), "--speed", "1"]
        hosts[name].start(procs, args + (push(name) if name == "early" else []))
    for s in servers:
        until(lambda s=s: len(s.query('up{job="gmem"} == 1')) == len(hosts))
    return [h for h in hosts.values() if h.p.poll() is not None]


def run(a, procs):
    work = a.work
    if not a.archive and not a.newest:
        Results.skip("scrapes", "no Prometheus")
        return
    why = why_not_live(work)
    who = ["still", *ROUNDS] + ([] if why else ["live"])
    if why:
        Results.skip("live", why)
    ports = free_ports(len(who) + 4)
    hosts = {n: Host(n, ports.pop()) for n in who}
    servers, receiver = start_servers(procs, work, a, ports, hosts)
    dead = start_hosts(procs, work, hosts, servers, receiver)
    if dead:
        Results.check("exporters run", [(h.name, log_of(h.p)[-300:]) for h in dead], [])
        return
    load = Workload(procs, work) if "live" in hosts else None
    if load:
        load.start()
    truth = golden()
    for s in servers:
        check_fleet_wide(s, hosts)
        check_still(s, truth)
        check_stored(s, truth)
        check_quantiles(s, truth)
    for s in servers:
        check_moving(s, truth)
        check_rules(s, truth)
    if receiver:
        check_pushed(receiver, servers, truth)
    if load:
        if not until(load.ready) or load.p.poll() is not None:
            Results.check("the workload runs", log_of(load.p)[-300:], "")
            return
        t = load.truth()
        for s in servers:
            check_live(s, t)
            check_alert_fires(s, t)
    if a.panels:
        for s in servers:
            check_panels(s, a.panels, load is not None)
    check_text(hosts, {s.dir: s.version for s in servers})
    ended = {h.name: (h.p.returncode, log_of(h.p)[-300:]) for h in hosts.values() if h.p.poll() is not None}
    Results.check("exporters run on, all the time", ended, {})
    if load:
        load.go_on()
        for s in servers:
            check_alert_ends(s)
    hosts["late"].p.terminate()
    for s in servers:
        check_down(s, "late")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--work", required=True)
    p.add_argument("--archive")
    p.add_argument("--newest")
    p.add_argument("--receiver")
    p.add_argument("--panels")
    a = p.parse_args()
    procs = Processes(a.work)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        run(a, procs)
    finally:
        procs.end()


if __name__ == "__main__":
    main()
