#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Presses 100 keys a second in gmemtop on a terminal while guests reboot, and reads its screen: top_keys.py BUILD

All frames with one tick number must show the same, since a frame is drawn from one sample. No guest of this workload leaves memory behind, so no
orphan stays: on a busy host a few samples may find an inode whose last file has ended and whose pages the kernel is still freeing. Needs root and a
kernel that can be observed. Prints "ok .." and "not ok .." lines.
"""
import collections
import itertools
import os
import re
import select
import subprocess
import sys
import time

from terminal import LIMIT_S, Terminal

KEYS_PER_S = 100
TICKS = 12              # the least number of samples
FRAMES = 300            # the least number of frames
WIDTH, HEIGHT = 132, 40
UP, DOWN = "\x1bOA", "\x1bOB"   # these change the selection: attributes, no text
STAYS = 4               # an orphan in so many consecutive samples stays
SPACE_EVERY = 170       # after so many keys, a space pauses the display; half as many later another one continues it
WORKLOAD = ("--loop", "600", "--vms", "6", "--name", "keys", "--pages", "2000")

# body: all lines but the first, which may have PAUSED, and the last, which lists the keys.
Frame = collections.namedtuple("Frame", "tick paused body")


def frame_of(screen):
    lines = screen.split("\n")
    found = re.match(r"gmemtop( PAUSED)?  .*sample (\d+)", lines[0])
    if not found:
        return None
    return Frame(int(found.group(2)), bool(found.group(1)), tuple(line.ljust(WIDTH) for line in lines[1:-1]))


def wait(t, until):
    """Feed the terminal with all output until then."""
    while (now := time.monotonic()) < until:
        if not select.select([t.fd], [], [], until - now)[0]:
            break
        t.feed(os.read(t.fd, 65536).decode("utf-8", "replace"))


def press_keys(t):
    """Press keys until enough frames were seen, for at most a minute; return the frame before each key."""
    end, at, frames, ticks = time.monotonic() + LIMIT_S, time.monotonic(), [], set()
    for nr in itertools.count(1):
        at = max(at + 1 / KEYS_PER_S, time.monotonic())
        wait(t, at)
        frame = frame_of(t.screen())
        if frame:
            frames.append(frame)
            ticks.add(frame.tick)
        if time.monotonic() > end or (len(ticks) >= TICKS and len(frames) >= FRAMES):
            return frames
        t.press(" " if nr % SPACE_EVERY in (0, SPACE_EVERY // 2) else UP if nr % 2 else DOWN)


def most_seen(frames):
    return collections.Counter(f.body for f in frames).most_common(1)[0][0]


def is_drawn_from(body, whole):
    """Return true if each character is that of a frame of whole: body is one of these, or partly drawn."""
    return all(any(c == w for w in ws) for rows in zip(body, *whole) for c, *ws in zip(*rows))


def mixed_frames(frames):
    """Yield the frames that differ from the most frequent frame with their tick number, and are not partly drawn."""
    runs = [list(run) for _, run in itertools.groupby(frames, key=lambda f: f.tick)]
    whole = [most_seen(run) for run in runs]
    for i, run in enumerate(runs[1:], 1):  # of the first sample's frames, what they may be drawn over is not known
        for f in run:
            if not is_drawn_from(f.body, whole[max(i - 1, 0):i + 2]):
                yield f, whole[i]


def lasting_orphans(frames):
    """Return the frames with an orphan that was in the STAYS - 1 samples before, too: on a busy host a teardown takes more than one."""
    named = {f.tick: {line.split()[0] for line in f.body if "(orphan)" in line} for f in frames}
    ticks = sorted(named)
    stays = {last for *before, last in zip(*(ticks[i:] for i in range(STAYS))) if set.intersection(named[last], *(named[b] for b in before))}
    return [f for f in frames if f.tick in stays]


def show(lines):
    print("\n".join("#   " + line.rstrip() for line in lines if line.strip()))


def judge(frames):
    ticks, paused = len({f.tick for f in frames}), sum(f.paused for f in frames)
    what = f"of {len(frames)} frames, {paused} of them frozen, of {ticks} samples,"
    enough = ticks >= TICKS and len(frames) >= FRAMES and paused
    print(f"{'ok' if enough else 'not ok'} native/keys: {what} which is enough")
    orphans = lasting_orphans(frames)
    print(f"{'not ok' if orphans else 'ok'} native/keys: {what} {len(orphans)} show an orphan that stays (the workload has none)")
    for f in orphans[:1]:
        show(f.body)
    mixed = list(mixed_frames(frames))
    print(f"{'not ok' if mixed else 'ok'} native/keys: {what} {len(mixed)} are not of one sample")
    for f, whole in mixed[:1]:
        show([line for pair in zip(whole, f.body) if pair[0] != pair[1] for line in pair])


def shown_tick(t):
    frame = frame_of(t.screen())
    return frame.tick if frame else 0


def change_interval(t):
    """Whether minus and plus change the interval, and samples go on to come: at the longest one, then at the shortest."""
    t.press("+++++++++")
    ok = t.wait("every 1m00s")
    t.press("---------")
    ok = ok and t.wait("every 100ms")
    tick, end = shown_tick(t), time.monotonic() + LIMIT_S
    while ok and shown_tick(t) < tick + 3 and time.monotonic() < end:
        wait(t, time.monotonic() + 0.1)
    ok = ok and shown_tick(t) >= tick + 3
    print(f"{'ok' if ok else 'not ok'} native/keys: + and - change the interval, and the next samples come at once")


def main():
    build = sys.argv[1]
    guest = subprocess.Popen([os.path.join(build, "gmemguest"), *WORKLOAD], stdout=subprocess.DEVNULL)
    try:
        t = Terminal([os.path.join(build, "gmemtop"), "-i", "1", "--history", "0"], WIDTH, HEIGHT)
        judge(press_keys(t) if t.wait("keys-5", "ALLOC/s") else [])
        change_interval(t)
        t.press("q")
        status = t.end()
        print("ok native/keys: q ends it" if status == 0 else f"not ok native/keys: q ends it: status {status}")
    finally:
        guest.terminate()
        guest.wait()


main()
