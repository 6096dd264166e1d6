#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs a program on a pseudo terminal and reads its screen. A module of replay_keys.py, mouse_keys.py and top_keys.py."""
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

LIMIT_S = 60


class Terminal:
    """A program on a pseudo terminal, with its screen as lines of text. Understands the few sequences of TERM=vt100."""

    def __init__(self, argv, width=80, height=24, term="vt100"):
        self.width, self.height = width, height
        self.cell = [[" "] * width for _ in range(height)]
        self.x = self.y = 0
        self.top, self.bottom = 0, height - 1   # first and last line of the scrolling region
        self.rest = self.raw = ""   # raw: all that was read
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.environ.update(TERM=term, LC_ALL="C", TZ="UTC")
            os.execv(argv[0], argv)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def csi(self, args, final):
        nums = [int(a) if a.isdigit() else 0 for a in args.split(";")]
        n = nums[0] or 1
        if final in "Hf":
            self.y, self.x = n - 1, (nums[1] or 1) - 1 if len(nums) > 1 else 0
        elif final == "r":
            self.top, self.bottom = (n - 1, nums[1] - 1) if len(nums) > 1 else (0, self.height - 1)
            self.x = self.y = 0
        elif final in "ABCD":
            self.y += {"A": -n, "B": n}.get(final, 0)
            self.x += {"C": n, "D": -n}.get(final, 0)
        elif final in "JK":
            self.erase(final, nums[0])
        self.x = max(0, min(self.x, self.width - 1))
        self.y = max(0, min(self.y, self.height - 1))

    def line(self, step):
        """Move the cursor a line down or up; at the edge of the scrolling region, scroll that."""
        if self.y == (self.bottom if step > 0 else self.top):
            del self.cell[self.top if step > 0 else self.bottom]
            self.cell.insert(self.y, [" "] * self.width)
        else:
            self.y = max(0, min(self.y + step, self.height - 1))

    def erase(self, final, how):
        begin = self.x if how == 0 else 0
        end = self.x + 1 if how == 1 else self.width
        self.cell[self.y][begin:end] = [" "] * (end - begin)
        if final == "J":
            for y in range(self.height):
                if how == 2 or (how == 0 and y > self.y) or (how == 1 and y < self.y):
                    self.cell[y] = [" "] * self.width

    def feed(self, text):
        self.raw += text
        text = self.rest + text
        i = 0
        while i < len(text):
            c = text[i]
            if c == "\x1b":
                end = i + 1
                if text[end:end + 1] == "[":
                    end += 1
                    while end < len(text) and not "@" <= text[end] <= "~":
                        end += 1
                elif text[end:end + 1] in ("(", ")"):
                    end += 1
                if end >= len(text):
                    break
                if text[i + 1] == "[":
                    self.csi(text[i + 2:end].lstrip("?"), text[end])
                elif text[i + 1] == "M":
                    self.line(-1)
                i = end + 1
                continue
            if c == "\r":
                self.x = 0
            elif c == "\n":
                self.line(1)
            elif c == "\t":
                self.x = min((self.x // 8 + 1) * 8, self.width - 1)
            elif c == "\b":
                self.x = max(0, self.x - 1)
            elif c >= " ":
                self.cell[self.y][min(self.x, self.width - 1)] = c
                self.x += 1
            i += 1
        self.rest = text[i:]

    def screen(self):
        return "\n".join("".join(row).rstrip() for row in self.cell)

    def press(self, keys):
        os.write(self.fd, keys.encode())

    def wait(self, *words):
        """Wait until all words are on the screen."""
        end = time.monotonic() + LIMIT_S
        while not all(w in self.screen() for w in words):
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.monotonic()))
            if not ready:
                return False
            try:
                self.feed(os.read(self.fd, 65536).decode("utf-8", "replace"))
            except OSError:
                return all(w in self.screen() for w in words)
        return True

    def end(self):
        """Wait until the program has ended by itself; return its exit status."""
        while True:
            ready, _, _ = select.select([self.fd], [], [], LIMIT_S)
            try:
                if not ready or not os.read(self.fd, 65536):
                    break
            except OSError:
                break
        if not ready:
            os.kill(self.pid, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
