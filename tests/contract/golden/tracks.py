#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A trace's tracks of VMs and inodes, its flows and counters say what the JSON lines of the recording say: tracks.py BUILD RECORDING...

The trace is read by the published schemas (tests/contract/proto) and played on stacks as Perfetto does. Compared with gmemrecord --export json:
each VM and inode has one track, below its machine; its life is one slice with the times of its creation and its end, or says that
these are not observed, or has a slice "bound" where a sample found them; each call is a slice or an instant of the track of its VM and of its inode
with the same times and pages; each reboot has one flow, from the old VM to the new one's first bind; counters, which hold until the next value, are
the sums of the samples. No uuid is in two recordings, and none comes twice. Prints what agrees; exit status 1 and a line for each
difference.
"""

import collections
import decimal
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "proto"))
import decode  # noqa: E402

BEGIN, END, INSTANT, COUNTER = 1, 2, 3, 4
PAGES = {"release": "resident_pages", "evict": "freed_pages", "fallocate": "allocated_pages", "punch": "freed_pages", "bind": "pages", "unbind": "pages",
         "mmap": "pages", "convert": "pages", "memory_failure": "pages", "zap": "pages", "populate": "pages"}
Slice = collections.namedtuple("Slice", "track name category begin end args flows ends instant")
wrong = []


def expect(what, good, expected, got):
    if not good:
        wrong.append(f"{what}: expected {str(expected)[:300]} got {str(got)[:300]}")
    return good


def value(note):
    return getattr(note, note.WhichOneof("value"))


class Perfetto:
    """A trace as tracks by uuid, slices by track, counters by (machine, name)."""

    def __init__(self, data):
        self.names, self.parents, self.threads = {}, {}, {}
        self.slices, self.counters = [], collections.defaultdict(list)
        events = collections.defaultdict(list)
        for packet in decode.parse(decode.schema("perfetto").Trace, data).packet:
            if packet.HasField("track_descriptor"):
                self.describe(packet.track_descriptor)
            elif packet.HasField("track_event"):
                expect("perfetto: clock", packet.timestamp_clock_id == 3, 3, packet.timestamp_clock_id)
                expect("perfetto: tracks are described first", packet.track_event.track_uuid in self.names, "described", packet.track_event)
                events[packet.track_event.track_uuid].append((packet.timestamp, packet.track_event))
        for uuid, found in events.items():
            self.play(uuid, found)

    def describe(self, d):
        expect("perfetto: a track is described once", d.uuid and d.uuid not in self.names, "once", d.uuid)
        expect("perfetto: parents come first", not d.parent_uuid or d.parent_uuid in self.names, "known", d.parent_uuid)
        self.names[d.uuid], self.parents[d.uuid] = d.name, d.parent_uuid
        if d.HasField("thread"):
            self.threads[d.uuid] = (d.thread.pid, d.thread.tid)
        elif not d.HasField("process"):
            expect("perfetto: tracks of one name stay apart", d.sibling_merge_behavior == d.SIBLING_MERGE_BEHAVIOR_NONE, "none", d)

    def play(self, uuid, events):
        stack, last = [], 0
        for ts, e in events:
            expect("perfetto: times of a track", uuid in self.threads or ts >= last, last, (self.names[uuid], ts))
            last = ts
            if e.type == COUNTER:
                self.counters[self.names[self.parents[uuid]], self.names[uuid]].append((ts, e.counter_value or e.double_counter_value))
            elif e.type != END:
                args = {n.name: value(n) for n in e.debug_annotations}
                made = (uuid, e.name, e.categories[0], ts, args, list(e.flow_ids), list(e.terminating_flow_ids))
                if e.type == INSTANT:
                    self.add(made, ts, True)
                else:
                    stack.append(made)
            elif expect("perfetto: an end without a begin", stack, "none", ts):
                self.add(stack.pop(), ts, False)
        expect("perfetto: slices that never end", not stack, "none", stack)

    def add(self, made, end, instant):
        uuid, name, category, begin, args, flows, ends = made
        self.slices.append(Slice(uuid, name, category, begin, end, args, flows, ends, instant))


def track_of(trace, kind, ident):
    """The slices of "VM 3", and the name of its machine."""
    found = [u for u, n in trace.names.items() if n == f"{kind} {ident}" and u not in trace.threads]
    if not expect(f"perfetto: tracks of {kind} {ident}", len(found) == 1, 1, len(found)):
        return [], ""
    return [s for s in trace.slices if s.track == found[0]], trace.names.get(trace.parents[found[0]], "")


def by_scan(e):
    return e.get("noticed") == "scan"


def check_life(what, slices, obj, ends, first, last):
    """One slice from creation to end; what a sample found is a slice of its own."""
    life = [s for s in slices if s.category == "life"]
    if not expect(f"{what}: lives", len(life) == 1, 1, len(life)):
        return
    life, old = life[0], obj["old"] or obj["born_ns"] < first
    expect(f"{what}: begin", life.begin == max(obj["born_ns"], first), obj["born_ns"], life.begin)
    expect(f"{what}: begun", (life.args["begun"] == "before the recording") == old, old, life.args["begun"])
    bound = [s for s in slices if s.category == "bound"]
    begins = [s for s in bound if "began" in s.name]
    expect(f"{what}: a begin between samples", bool(begins) == (life.args["begun"] == "between two samples"), life.args["begun"], begins)
    until = [s for s in bound if "ended" in s.name]
    expect(f"{what}: an end between samples", bool(until) == (life.args["ended"] == "between two samples"), life.args["ended"], until)
    end = until[0].end if until else life.end
    if obj["alive"]:
        expect(f"{what}: still there", life.args["ended"] == "not in the recording" and end >= last, last, (life.args["ended"], end))
    elif ends:
        expect(f"{what}: end", end == ends[-1]["ts_ns"], ends[-1]["ts_ns"], end)
        expect(f"{what}: ended", by_scan(ends[-1]) == bool(until), ends[-1], life.args["ended"])
    else:
        expect(f"{what}: an end that no event reports", until, "a bound", life.args["ended"])


def drawn(s):
    """(name, begin, end) of a call on a track, by its notes where it is an instant."""
    if str(s.args.get("time", "")).startswith("found by a sample"):
        return s.name, "sample", s.end
    dur = s.args.get("dur_ns", s.end - s.begin)
    return s.name, s.begin, s.begin + (0 if dur == "n/a" else dur)


def call_of(e):
    return e["kind"], "sample" if by_scan(e) else e["ts_ns"] - e.get("dur_ns", 0), e["ts_ns"]


def pages_of(e):
    name = PAGES.get(e["kind"])
    return name, e.get(name, "n/a") if name else None


def check_calls(what, slices, events):
    """Each event once, with its pages."""
    got = collections.defaultdict(list)
    calls = [s for s in slices if s.category == "call"]
    for s in calls:
        got[drawn(s)].append(s)
    for e in events:
        if expect(f"{what}: calls", got[call_of(e)], call_of(e), sorted(got, key=str)[:4]):
            s = got[call_of(e)].pop()
            name, pages = pages_of(e)
            expect(f"{what}: pages of {e['kind']}", not name or s.args[name] == pages, pages, s.args)
    return [s for left in got.values() for s in left]


def check_objects(trace, found, kind, key, end_kind):
    """All tracks of VMs, or of inodes."""
    objects = {o[key]: o for o in found if o["type"] == key}
    ticks = [t["ts_ns"] for t in found if t["type"] == "tick"]
    first = min([e["ts_ns"] for e in found if "ts_ns" in e] + [o["born_ns"] for o in objects.values() if not o["old"]])
    events = [e for e in found if e["type"] == "event" and e["kind"] != "fault"]
    for ident, o in objects.items():
        slices, machine = track_of(trace, kind, ident)
        expect(f"perfetto: machine of {kind} {ident}", machine == o["machine"], o["machine"], machine)
        own = [e for e in events if e[key] == ident]
        life = [s for s in slices if s.category == "life"]
        begin = life[0].begin if o["old"] and life else first
        check_life(f"perfetto: {kind} {ident}", slices, o, [e for e in own if e["kind"] == end_kind], begin, ticks[-1])
        more = check_calls(f"perfetto: {kind} {ident}", slices, own)
        known = {call_of(e) for e in events if not e[key]}  # an event without a VM is drawn on its memory's VM
        expect(f"perfetto: {kind} {ident}: calls beside the events", all(drawn(s) in known for s in more), "none", more[:2])
    return len(objects)


def vm_of(trace, s):
    return int(re.fullmatch(r"VM (\d+)", trace.names[s.track])[1])


def check_flows(trace, found):
    """One for each reboot whose new VM's bind or reset, and an act of whose old VM before, were seen."""
    begins, ends = {}, {}
    for s in trace.slices:
        begins.update({f: s for f in s.flows})
        ends.update({f: s for f in s.ends})
    expect("perfetto: flows have both ends", begins.keys() == ends.keys(), sorted(begins), sorted(ends))
    got = collections.Counter()
    for f in begins.keys() & ends.keys():
        a, b = begins[f], ends[f]
        expect("perfetto: flows run forward", a.begin <= b.begin, a.begin, b.begin)
        expect("perfetto: flows end at a bind or reset", b.name in ("bind", "reset", "punch"), "a bind", b.name)
        got[vm_of(trace, a), vm_of(trace, b), drawn(b)[2]] += 1
        released = [s for s in trace.slices if s.track == a.track and s.name == "release" and s.begin <= b.begin]
        expect("perfetto: flows begin at the release", not released or a in released or a.track == b.track, released[-1:], a)
    want = collections.Counter()
    events = [e for e in found if e["type"] == "event" and e["kind"] != "fault" and not by_scan(e)]
    for e in [l for l in found if l["type"] == "episode" and l["new_vm"] and l["first_bind_ns"]]:
        if any(c["vm"] == e["new_vm"] and c["ts_ns"] == e["first_bind_ns"] and c["kind"] in ("bind", "reset", "punch") for c in events):
            want[e["old_vm"], e["new_vm"], e["first_bind_ns"]] += 1
    expect("perfetto: flows", got == want, want - got, got - want)
    return got


def check_counters(trace, found):
    """The value of each counter at each sample is the machine's sum there."""
    sums, checked = collections.Counter(), 0
    machines = {m for m, name in trace.counters if name.startswith("resident")}
    at_least = {m for m, name in trace.counters if name == "resident (at least)"}
    for points in trace.counters.values():
        expect("perfetto: a counter's times", points == sorted(points, key=lambda p: p[0]), "in order", points[:3])
    for l in found:
        if l["type"] == "vm" and l["alive"]:
            sums[l["machine"]] += l["resident_bytes"]
            expect("perfetto: partial memory is a bound", "memory_partial" not in l or l["machine"] in at_least, l["machine"], at_least)
        elif l["type"] == "tick":
            for m in machines:
                points = [v for (name, c), p in trace.counters.items() if name == m and c.startswith("resident") for t, v in p if t <= l["ts_ns"]]
                if points:
                    checked += expect(f"perfetto: resident bytes of {m} at {l['ts_ns']}", points[-1] == sums[m], sums[m], points[-1])
            expect("perfetto: machines without a counter", not sums.keys() - machines, "none", sums.keys() - machines)
            sums.clear()
    return checked


# ---- the trace event format ----

KINDS = {"free": "evict", "destroy": "vm_destroy"}  # lines of the ledger that are named otherwise than their events


class Chrome:
    """A trace in the trace event format: names of processes and threads, and the events by phase."""

    def __init__(self, text):
        self.processes, self.threads = {}, {}
        self.by_phase = collections.defaultdict(list)
        for e in json.loads(text, parse_float=decimal.Decimal)["traceEvents"]:
            where = e["pid"], e["tid"]
            if e["ph"] == "M":
                names, key = (self.processes, e["pid"]) if e["name"] == "process_name" else (self.threads, where)
                expect("trace: a track is named once", key not in names, "once", e)
                names[key] = e["args"]["name"]
                continue
            e["begin"] = int(decimal.Decimal(e["ts"]) * 1000)
            e["end"] = e["begin"] + int(decimal.Decimal(e.get("dur", 0)) * 1000)
            expect("trace: ids fit", all(0 <= n < 1 << 31 for n in where), "31 bits", where)
            self.by_phase[e["ph"]].append(e)

    def track(self, kind, ident):
        found = [w for w, n in self.threads.items() if n == f"{kind} {ident}"]
        return found[0] if expect(f"trace: tracks of {kind} {ident}", len(found) == 1, 1, found) else None

    def on(self, where, category=None):
        return [e for e in self.by_phase["X"] + self.by_phase["i"] if (e["pid"], e["tid"]) == where and category in (None, e["cat"])]

    def check_nests(self):
        tracks = collections.defaultdict(list)
        for e in self.by_phase["X"]:
            tracks[e["pid"], e["tid"]].append((e["begin"], -e["end"]))
        for where, spans in tracks.items():
            ends = []
            for begin, end in sorted(spans):
                while ends and ends[-1] <= begin:
                    ends.pop()
                expect("trace: slices of a track nest", not ends or -end <= ends[-1] or where in self.real(), ends, (self.threads.get(where), begin, -end))
                ends.append(-end)

    def real(self):
        """Threads of the kernel: two CPUs' clocks may differ."""
        return {(e["pid"], e["tid"]) for e in self.by_phase["X"] if e["pid"] < 1 << 22}


def chrome_call(e):
    kind = KINDS.get(e["name"], e["name"])
    begin, end = (e["begin"], e["begin"] + e["args"].get("dur_ns", e["end"] - e["begin"]))
    return kind, "sample" if e["args"].get("time") == "found by a sample" else begin, end


def check_chrome_calls(chrome, found):
    """Each call is an event of the recording, on its thread and on the tracks of its VM and its inode."""
    known = {(call_of(e), e["pid"], e["tid"]) for e in found if e["type"] == "event"}
    times = {(call_of(e)[0], e["ts_ns"]) for e in found if e["type"] == "event"}
    calls = [e for e in chrome.by_phase["X"] + chrome.by_phase["i"] if e["cat"] in ("old", "new") and e["name"] != "faults"]
    for e in calls:
        if e["pid"] < 1 << 22:
            expect("trace: calls of threads", (chrome_call(e), e["pid"], e["tid"]) in known, "an event", e)
            for kind in [k for k in ("vm", "inode") if e["args"][k]]:
                where = chrome.track("VM" if kind == "vm" else kind, e["args"][kind])
                expect(f"trace: calls of a {kind}", any(chrome_call(x)[2] == chrome_call(e)[2] and x["name"] == e["name"] for x in chrome.on(where)), e, where)
        else:
            expect("trace: calls of objects", (chrome_call(e)[0], chrome_call(e)[2]) in times, "an event", e)
    return len(calls)


def check_chrome_lives(chrome, found, episodes):
    objects = {o["vm"]: o for o in found if o["type"] == "vm"}
    for ident in {e[k] for e in episodes for k in ("old_vm", "new_vm")} - {0, None}:
        where = chrome.track("VM", ident)
        life = chrome.on(where, "life")
        if not where or not expect(f"trace: lives of VM {ident}", len(life) == 1, 1, life):
            continue
        o, ends = objects[ident], [e["ts_ns"] for e in found if e.get("kind") == "vm_destroy" and e["vm"] == ident]
        until = [e for e in chrome.on(where, "bound") if "ended" in e["name"]]
        expect(f"trace: machine of VM {ident}", chrome.processes[where[0]] == o["machine"], o["machine"], chrome.processes[where[0]])
        expect(f"trace: begin of VM {ident}", life[0]["begin"] == o["born_ns"] or o["old"], o["born_ns"], life[0]["begin"])
        expect(f"trace: end of VM {ident}", not ends or (until or life)[0]["end"] == ends[-1], ends, (life, until))
        expect(f"trace: VM {ident} goes on", o["alive"] == (life[0]["args"]["ended"] == "not in the recording"), o["alive"], life)


def check_chrome_flows(chrome, episodes, want):
    """The flows are those of the other format; each begins and ends with a call of its VM, or leaves the old VM's life at the reboot's begin."""
    episode = {e["episode"]: e for e in episodes}
    begins, ends = ({e["id"]: e for e in chrome.by_phase[ph]} for ph in "sf")
    expect("trace: flows have both ends", begins.keys() == ends.keys() and begins.keys() <= episode.keys(), sorted(begins), sorted(ends))
    found = [episode[i] for i in ends.keys() & episode.keys()]
    got = collections.Counter((e["old_vm"], e["new_vm"], e["first_bind_ns"]) for e in found)
    expect("trace: flows are those of perfetto", got == want, want - got, got - want)
    for e in found:
        begin, end = begins[e["episode"]], ends[e["episode"]]
        for x, vm in (begin, e["old_vm"]), (end, e["new_vm"]):
            where = x["pid"], x["tid"]
            expect("trace: flows join the two VMs", where == chrome.track("VM", vm), vm, chrome.threads.get(where))
            calls = [c for c in chrome.on(where) if c["cat"] in ("old", "new") and x["begin"] in (c["begin"], c["end"])]
            alive = any(c["begin"] <= x["begin"] <= c["end"] for c in chrome.on(where, "life"))
            expect("trace: flows join calls", calls or (x is begin and alive and x["begin"] == e["start_ns"]), "a call, or a life", x)
        released = [c for c in chrome.on(chrome.track("VM", e["old_vm"]), "old") if c["name"] == "release" and e["start_ns"] <= c["begin"] <= end["begin"]]
        expect("trace: flows begin at the release", not released or begin["begin"] in [c["begin"] for c in released], released[-1:], begin)
        expect("trace: flows run forward", begin["begin"] <= end["begin"], begin, end)
    return len(begins)


def check_chrome_counters(chrome, found):
    sums = collections.Counter()
    points = collections.defaultdict(list)
    for e in chrome.by_phase["C"]:
        points[chrome.processes[e["pid"]]].append((e["begin"], e["args"]["bytes"]))
    for l in found:
        if l["type"] == "vm" and l["alive"]:
            sums[l["machine"]] += l["resident_bytes"]
        elif l["type"] == "tick":
            for m, p in points.items():
                now = [v for t, v in p if t <= l["ts_ns"]]
                expect(f"trace: resident bytes of {m} at {l['ts_ns']}", (now or [0])[-1] == sums[m], sums[m], now[-1:])
            sums.clear()


def check_chrome(build, rec, found, flows):
    with tempfile.TemporaryDirectory() as d:
        name = os.path.join(d, "trace.json")
        lines = subprocess.run([os.path.join(build, "gmemreboot"), "--json", "--trace", name, "--replay", rec], check=True, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL).stdout.decode().splitlines()
        with open(name, encoding="utf-8") as f:
            chrome = Chrome(f.read())
    episodes = [l for l in map(json.loads, lines) if l["type"] == "episode"]
    chrome.check_nests()
    drawn_ones = [e for e in chrome.by_phase["X"] + chrome.by_phase["i"] if e["cat"].startswith("episode")]
    expect("trace: reboots", len(drawn_ones) == len(episodes), len(episodes), len(drawn_ones))
    check_chrome_lives(chrome, found, episodes)
    check_chrome_counters(chrome, found)
    return f"{check_chrome_calls(chrome, found)} calls and {check_chrome_flows(chrome, episodes, flows)} flows of reboots"


# ---- both ----

def export(build, rec, form):
    return subprocess.run([os.path.join(build, "gmemrecord"), "--export", form, rec], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def check(build, rec):
    data = export(build, rec, "perfetto")
    expect("perfetto: the same bytes again", data == export(build, rec, "perfetto"), "equal", "others")
    trace = Perfetto(data)
    found = [json.loads(l) for l in export(build, rec, "json").decode().splitlines()]
    vms = check_objects(trace, found, "VM", "vm", "vm_destroy")
    inodes = check_objects(trace, found, "inode", "inode", "evict")
    flows, values = check_flows(trace, found), check_counters(trace, found)
    return trace, f"{vms} VMs, {inodes} inodes, {len(flows)} flows, {values} values of counters; {check_chrome(build, rec, found, flows)}"


def main():
    seen, texts = set(), []
    for rec in sys.argv[2:]:
        trace, text = check(sys.argv[1], rec)
        expect("perfetto: uuids of two recordings", not seen & trace.names.keys(), "none in both", len(seen & trace.names.keys()))
        seen |= trace.names.keys()
        texts.append(text)
    for w in dict.fromkeys(wrong):
        print(w)
    if wrong:
        sys.exit(1)
    print("; ".join(texts))


if __name__ == "__main__":
    main()
