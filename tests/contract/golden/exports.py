#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks that gmemrecord's exports of a recording agree with the tools: exports.py BUILD RECORDING

json: events are gmemsnoop's, vms and inodes gmemtop's, episodes gmemreboot's, line by line. csv: cells, by Python's own reader, are those of
the JSON events. perfetto: each event with a duration is a slice of its thread with the same begin and end; tracks.py checks the rest.
anonymize: none of the input's names is in the bytes, and every tool prints the same but for the names, which map one to one.
Prints the formats that agree; exit status 1 and a line for each difference.
"""

import collections
import csv
import io
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import tracks  # noqa: E402

wrong = tracks.wrong


expect = tracks.expect


def run(build, tool, *args):
    return subprocess.run([os.path.join(build, tool), *args], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def lines(data):
    return [json.loads(l) for l in data.decode().splitlines()]


def of(kind, found):
    return [l for l in found if l["type"] == kind]


def check_json(build, rec):
    got = lines(run(build, "gmemrecord", "--export", "json", rec))
    for kind, tool in (("event", "gmemsnoop"), ("vm", "gmemtop"), ("inode", "gmemtop"), ("tick", "gmemtop"), ("phase", "gmemtop"),
                       ("episode", "gmemreboot"), ("probe", "gmemtop"), ("loss", "gmemtop")):
        more = ["-i", "1"] if tool == "gmemtop" else []
        want = of(kind, lines(run(build, tool, "--json", *more, "--replay", rec)))
        expect(f"json: lines of type {kind}", of(kind, got) == want, f"{len(want)} lines of {tool}", f"{len(of(kind, got))} others")
    return got


def cell(event, column):
    v = event.get({"length_pages": "npages"}.get(column, column))
    return "" if v is None else str(v)


def check_csv(build, rec, events):
    rows = list(csv.DictReader(io.StringIO(run(build, "gmemrecord", "--export", "csv", rec).decode(), newline="")))
    expect("csv: rows", len(rows) == len(events), len(events), len(rows))
    for row, e in zip(rows, events):
        for column in ("ts_ns", "kind", "dur_ns", "self_ns", "ret"):
            expect(f"csv: {column}", row[column] == cell(e, column), cell(e, column), row[column])
        for column in ("vm", "file", "inode", "pid", "tid"):
            expect(f"csv: {column}", row[column] == (str(e[column]) if e[column] else ""), e[column], row[column])
        for column in ("machine", "comm"):
            plain = row[column][1:] if row[column][:1] == "'" else row[column]
            expect(f"csv: {column}", plain == e[column], e[column], row[column])
        expect("csv: no formula", row["comm"][:1] not in "=+-@" or not row["comm"], "text", row["comm"])
        if e["kind"] == "fault":
            expect("csv: parts", sum(int(row[p + "_ns"]) for p in ("alloc", "zero", "prepare", "map", "other")) == e["dur_ns"], e, row)
    return len(rows)


def check_perfetto(build, rec, found):
    trace, text = tracks.check(build, rec)
    got = collections.Counter((*trace.threads[s.track], s.name, s.begin, s.end) for s in trace.slices if s.track in trace.threads)
    want = collections.Counter((e["pid"], e["tid"], e["phase"] if e["kind"] == "fault" else e["kind"],
                                e["ts_ns"] - e.get("dur_ns", 0), e["ts_ns"]) for e in of("event", found) if e["pid"])
    parts = {"alloc", "zero", "prepare", "map", "other"}
    expect("perfetto: slices", all(got[k] >= n for k, n in want.items()), "all events", [k for k, n in want.items() if got[k] < n][:3])
    more = got - want
    expect("perfetto: slices beside them", all(k[2] in parts for k in more), "parts of faults", list(more)[:3])
    episodes = sum(1 for s in trace.slices if s.category.startswith("episode"))
    expect("perfetto: episodes", episodes == len(of("episode", found)), len(of("episode", found)), episodes)
    return sum(want.values()), text


def words_of(found):
    """Return the names that anonymize must replace: machines and processes."""
    words = {l[k] for l in found for k in ("machine", "comm") if l.get(k)}
    return {w for w in words if not w.startswith(("vm-", "pid-"))}


def check_anonymous(build, rec, found):
    with tempfile.TemporaryDirectory() as d:
        key, a, b, c = (os.path.join(d, n) for n in ("key", "a.rec", "b.rec", "c.rec"))
        with open(key, "w", encoding="ascii") as f:
            f.write("a secret")
        run(build, "gmemrecord", "--anonymize", "--key", key, rec, "-o", a)
        run(build, "gmemrecord", "--anonymize", "--key", key, rec, "-o", b)
        run(build, "gmemrecord", "--anonymize", rec, "-o", c)
        data = {n: open(n, "rb").read() for n in (a, b, c)}
        expect("anonymize: the same key, the same bytes", data[a] == data[b], "equal files", "others")
        expect("anonymize: another key, other names", data[a] != data[c], "another file", "the same")
        for w in words_of(found):
            for n in (a, c):
                expect("anonymize: names in the file", w.encode() not in data[n], "none", w)
        names = {}
        for tool in ("gmemsnoop", "gmemtop", "gmemreboot", "gmemhist"):
            compare_but_names(tool, lines(run(build, tool, "--json", "--replay", rec)), lines(run(build, tool, "--json", "--replay", a)),
                              names)
        expect("anonymize: two names, two pseudonyms", len(set(names.values())) == len(names), len(names), len(set(names.values())))


def compare_but_names(tool, was, is_, names):
    """Compare outputs but for machines and comms, which must map one to one, in order of machines if lines are sorted by name."""
    expect(f"anonymize: lines of {tool}", len(was) == len(is_), len(was), len(is_))
    for x, y in zip(was, is_):
        compare_value(tool, x, y, names, None)


def compare_value(where, x, y, names, key):
    if isinstance(x, dict) and isinstance(y, dict):
        expect(f"anonymize: fields of {where}", x.keys() == y.keys(), list(x), list(y))
        for k in x:
            compare_value(f"{where}.{k}", x[k], y.get(k), names, k)
    elif isinstance(x, list) and isinstance(y, list):
        expect(f"anonymize: items of {where}", len(x) == len(y), len(x), len(y))
        for p, q in zip(x, y):
            compare_value(where, p, q, names, key)
    elif key in ("machine", "machine_key", "comm", "owner", "holder") and x != y:
        expect(f"anonymize: {where}: one name, one pseudonym", names.setdefault((key, x), y) == y, names[(key, x)], y)
    else:
        expect(f"anonymize: {where}", x == y, x, y)


def main():
    build, rec = sys.argv[1:3]
    found = check_json(build, rec)
    rows = check_csv(build, rec, of("event", found))
    slices, text = check_perfetto(build, rec, found)
    check_anonymous(build, rec, found)
    for w in dict.fromkeys(wrong):
        print(w)
    if wrong:
        sys.exit(1)
    print(f"{len(found)} lines, {rows} rows, {slices} slices; {text}; no name is left")


if __name__ == "__main__":
    main()
