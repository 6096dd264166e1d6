#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Clicks and presses F keys in gmemtop --replay on a terminal, and reads its screen: mouse_keys.py BUILD RECORDING

The terminal is a vt100 with a mouse, which tic(1) makes for this run. Every wait is for something on the screen; one that does not come
within a minute is a failure. Prints "ok .." and "not ok .." lines.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

from terminal import Terminal

ENTRY = "vt100-mouse|a vt100 that reports its mouse,\n\tkmous=\\E[M,\n\tuse=vt100,\n"
CLICK, RELEASE, WHEEL_UP, WHEEL_DOWN = 0, 3, 64, 65
F = {1: "\x1bOP", 3: "\x1bOR", 4: "\x1bOS", 5: "\x1bOt", 6: "\x1bOu", 9: "\x1bOw", 10: "\x1bOx"}


def mouse(button, x, y):
    """A button pressed and released at column x and line y, both from 0, as xterm reports it; a wheel is not released."""
    at = chr(33 + x) + chr(33 + y)
    return f"\x1b[M{chr(32 + button)}{at}" + ("" if button in (WHEEL_UP, WHEEL_DOWN) else f"\x1b[M{chr(32 + RELEASE)}{at}")


class Test:
    def __init__(self, t):
        self.t, self.failed = t, False

    def row(self, word):
        """The line of the screen that begins with the word."""
        return next(i for i, line in enumerate(self.t.screen().split("\n")) if line.startswith(word))

    def step(self, what, keys, *words, never=None):
        """Sends keys; then the words must come, and what must not be there is not."""
        if self.failed:
            return
        self.t.press(keys)
        found = self.t.wait(*words) and not (never and re.search(never, self.t.screen()))
        print(f"{'ok' if found else 'not ok'} mouse and F keys: {what}")
        if not found:
            self.failed = True
            print("\n".join("# " + line for line in self.t.screen().splitlines()))

    def click(self, what, x, line, *words, **more):
        if not self.failed:
            self.step(what, mouse(CLICK, x, line), *words, **more)


def run(test):
    test.step("the end", "$", "end", "MACHINE", "golden-1", "F1Help")
    head = test.row("MACHINE")
    test.click("a head sorts", 2, head, "MACHINE^")
    test.click("the same head turns the order round", 2, head, "MACHINEv")
    test.click("a row, twice: its page", 3, head + 2, "MACHINE")
    test.click("the second click opens it", 3, head + 2, "PHASE", "golden-1  gmemguest")
    test.step("q leaves the page", "q", "MACHINEv")
    test.step("F1", F[1], "keys and columns", "1-")
    test.step("the wheel scrolls", mouse(WHEEL_DOWN, 3, 5), "4-")
    test.step("and back", mouse(WHEEL_UP, 3, 5), "1-")
    test.step("F3 searches", F[3] + "zap99\r", "ZAP99", "n N next")
    test.step("Esc leaves the page", "\x1b", "MACHINEv", never="keys and columns")
    test.step("F5", F[5], "- golden-1", "`- vm 4")
    test.step("a row is folded", "-", "+ golden-1", "(1 row)")
    test.step("it is unfolded", "+", "- golden-1", "`- vm 4")
    test.step("all rows are folded", "*", "+ golden-1")
    test.step("F9", F[9], "reboots of golden-1")
    test.step("back", "\x1b", "+ golden-1")
    test.step("F6", F[6], "sort by (Enter)", "1-")
    test.step("back", "q", "+ golden-1")
    test.step("and back", "q", "MACHINEv")
    test.step("F4", F[4] + "n-1\r", 'filter "n-1"', "shown: 1 of 3 machines", never="golden-0")
    test.click("the label of F4 in the bottom line", 19, test.t.height - 1, "filter: n-1_")
    test.step("Esc drops the filter", "\x1b", "golden-0", never="shown:")


def terminfo(folder):
    """Sets TERM to a vt100 with a mouse, in the folder."""
    path = os.path.join(folder, "entry")
    with open(path, "w", encoding="ascii") as f:
        f.write(ENTRY)
    subprocess.run(["tic", "-x", "-o", folder, path], check=True)
    os.environ["TERMINFO"] = folder


def main():
    build, recording = sys.argv[1:3]
    if not shutil.which("tic"):
        print("skip mouse and F keys: there is no tic(1)")
        return
    with tempfile.TemporaryDirectory() as tmp:
        terminfo(tmp)
        argv = [os.path.join(build, "gmemtop"), "--replay", recording]
        t = Terminal(argv, term="vt100-mouse")
        run(Test(t))
        t.press(F[10])
        status = t.end()
        print("ok mouse and F keys: F10 ends it" if status == 0 else f"not ok mouse and F keys: F10 ends it: status {status}")
        t = Terminal([*argv, "--no-mouse"], term="vt100-mouse")
        test = Test(t)
        test.step("without a mouse", "$", "end", "MACHINE", "golden-1")
        seen = "\x1b[?1000h" in t.raw
        print(f"{'not ok' if seen else 'ok'} mouse and F keys: --no-mouse leaves it to the terminal")
        t.press("q")
        t.end()


main()
