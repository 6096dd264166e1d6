#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Goes back in a live gmemtop on a terminal while guests reboot, and reads its screen: history_keys.py BUILD

Each step waits for what it needs on the screen; a timeout of one minute is a failure. Needs root and a kernel that can be observed. Prints
"ok .." and "not ok .." lines.
"""
import os
import re
import select
import subprocess
import sys
import time

from terminal import LIMIT_S, Terminal

WORKLOAD = ("--loop", "600", "--vms", "2", "--name", "past", "--pages", "500")
PAST = "back to live"


def say(t, ok, what):
    print(f"{'ok' if ok else 'not ok'} native/history: {what}")
    if not ok:
        print("\n".join("# " + line for line in t.screen().splitlines() if line.strip()))


def sample(t):
    found = re.search(r"sample (\d+)", t.screen())
    return int(found.group(1)) if found else 0


def wait_for(t, test):
    end = time.monotonic() + LIMIT_S
    while not test() and time.monotonic() < end:
        if select.select([t.fd], [], [], 0.1)[0]:
            t.feed(os.read(t.fd, 65536).decode("utf-8", "replace"))
    return test()


def main():
    build = sys.argv[1]
    guest = subprocess.Popen([os.path.join(build, "gmemguest"), *WORKLOAD], stdout=subprocess.DEVNULL)
    try:
        t = Terminal([os.path.join(build, "gmemtop"), "-i", "0.2"], 100, 24)
        say(t, wait_for(t, lambda: sample(t) >= 12), "samples come")
        t.press(" ")
        say(t, wait_for(t, lambda: PAST in t.screen()), "Space shows the newest sample as the past")
        at = sample(t)
        t.press("b")
        say(t, wait_for(t, lambda: sample(t) == at - 1), "b goes a sample back")
        t.press("bbb")
        say(t, wait_for(t, lambda: sample(t) == at - 4), "and three more")
        t.press("ff")
        say(t, wait_for(t, lambda: sample(t) == at - 2), "f goes forward")
        t.press("^")
        say(t, wait_for(t, lambda: sample(t) == 1), "^ goes to the first that is kept")
        t.press("b")
        say(t, wait_for(t, lambda: "this is the beginning" in t.screen()), "before which there is none")
        say(t, wait_for(t, lambda: re.search(r"\d+s ago", t.screen())), "the header says how long ago that was")
        t.press("$")
        say(t, wait_for(t, lambda: PAST not in t.screen() and sample(t) > at), "$ goes back to live")
        t.press("b")
        say(t, wait_for(t, lambda: PAST in t.screen()), "b shows the past from the live screen, too")
        t.press("(")
        say(t, wait_for(t, lambda: PAST in t.screen()), "ten seconds back")
        t.press(" ]]]]]]]")
        say(t, wait_for(t, lambda: PAST not in t.screen()), "played on and faster, it comes to the live samples by itself")
        t.press("q")
        status = t.end()
        print("ok native/history: q ends it" if status == 0 else f"not ok native/history: q ends it: status {status}")
        t = Terminal([os.path.join(build, "gmemtop"), "-i", "0.2", "--history", "0"], 100, 24)
        say(t, wait_for(t, lambda: sample(t) >= 3), "without a history samples come")
        t.press("b")
        say(t, wait_for(t, lambda: "nothing is kept to go back" in t.screen()), "b says that nothing is kept")
        t.press("Q")
        t.end()
    finally:
        guest.terminate()
        guest.wait()


main()
