#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Presses keys in gmemtop --replay on a terminal and reads its screen: replay_keys.py BUILD RECORDING

First appends ticks to the recording, by the format's description (docs/recording-format.md). Each step waits for words on the screen; a
timeout of one minute is a failure. Prints "ok .." and "not ok .." lines.
"""
import os
import struct
import sys
import tempfile
import zlib

from terminal import Terminal


def records(data):
    at = struct.unpack_from("<I", data, 8)[0]
    while at < len(data):
        _, length, _, nr = struct.unpack_from("<IIII", data, at)
        pos = at + 32
        for _ in range(nr):
            size, kind, _, ts = struct.unpack_from("<IHHQ", data, pos)
            yield kind, ts
            pos += size
        at += 32 + length


def longer(path, out, ticks):
    """Copy the recording to out and append so many ticks, a second apart."""
    data = bytearray(open(path, "rb").read())
    kind, ts = list(records(data))[-1]      # a recording ends with a tick
    for seq in range(2, ticks + 2):
        ts += 10**9
        payload = struct.pack("<IHHQQII", 32, kind, 0, ts, seq, int(seq == ticks + 1), 0)
        rest = struct.pack("<IQQ", 1, ts, ts)
        data += struct.pack("<III", 0x4b434d47, len(payload), zlib.crc32(rest + payload)) + rest + payload
    struct.pack_into("<Q", data, 24, len(data))
    open(out, "wb").write(data)


STEPS = [   # name of the step, keys, words that must be on the screen then
    ("begins at the pace it was recorded", "", ["REPLAY", "1x"]),
    ("is paused", " ", ["paused"]),
    ("the beginning", "^", ["paused", "sample 1 "]),
    ("a step forward", "f", ["paused", "sample 2 "]),
    ("three more", "fff", ["paused", "sample 5 "]),
    ("a step back", "b", ["paused", "sample 4 "]),
    ("ten seconds on", ")", ["paused", "sample 14 "]),
    ("a minute on", "}", ["paused", "sample 74 "]),
    ("ten seconds back, by the arrow", "\x1bOD", ["paused", "sample 64 "]),
    ("a minute back", "{", ["paused", "sample 4 "]),
    ("the reboot before", "N", ["paused", "sample 1 "]),
    ("there is none before that", "N", ["no reboot before this", "sample 1 "]),
    ("the end", "$", ["end", "sample 301 "]),
    ("a step back from the end", "b", ["paused", "sample 300 "]),
    ("the prompt", ":", ["go to:"]),
    ("what is no time", "soon\r", ["no such time", "sample 300 "]),
    ("help lists the keys", "h", ["one sample forward, back", "REPLAY"]),
    ("and goes", "h", ["MACHINE"]),
    ("to the end again", "$", ["end", "sample 301 "]),
    ("from there again from the beginning", " ", ["REPLAY", "1x"]),
    ("faster", "]]]]]]]", ["max"]),
    ("to the end by itself, and stays", "", ["end", "sample 301 "]),
]


def main():
    build, recording = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "long.rec")
        longer(recording, path, 300)
        t = Terminal([os.path.join(build, "gmemtop"), "--replay", path])
        for what, keys, words in STEPS:
            t.press(keys)
            if t.wait(*words):
                print(f"ok replay keys: {what}")
                continue
            print(f"not ok replay keys: {what}: expected {words} on the screen:")
            print("\n".join("# " + line for line in t.screen().splitlines()))
            break
        rows = t.screen().splitlines()[4:8]
        whole = [r for r in rows if r.startswith(("n/a: ", "MACHINE ", "golden-"))]
        print("ok replay keys: the page below" if len(whole) == 3 else f"not ok replay keys: the page below: {rows}")
        t.press("q")
        status = t.end()
        print("ok replay keys: q ends it" if status == 0 else f"not ok replay keys: q ends it: status {status}")


main()
