#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Chooses columns in gmemtop --replay on a terminal, and reads its screen and its settings file: settings_keys.py BUILD RECORDING

Each step waits for words on the screen; a timeout of one minute is a failure. Prints "ok .." and "not ok .." lines.
"""
import os
import stat
import sys
import tempfile

from terminal import Terminal

DOWN, RIGHT = "\x1bOB", "\x1bOC"
OLD = "# mine\ntheme = mono\nnewer.key = 1\ncolumns.memory = MACHINE RES NEWER\ncolour = red\n"


def say(ok, what, more=""):
    print(f"ok settings: {what}" if ok else f"not ok settings: {what}: {more}")


def screen_is(t, what, *words):
    say(t.wait(*words), what, f"expected {words} on the screen:\n" + "\n".join("# " + line for line in t.screen().splitlines()))


def heads(t):
    return next((line.split() for line in t.screen().splitlines() if line.startswith("MACHINE")), [])


def quit_top(t, what):
    t.press("Q")
    status = t.end()
    say(status == 0, what, f"status {status}")


def first_run(top, home, path):
    """Choose columns without a file; find them in the file."""
    t = Terminal(top, width=100, env={"XDG_CONFIG_HOME": home})
    screen_is(t, "begins with the columns of memory", "MACHINE", "SIZE")
    t.press("c")
    screen_is(t, "c opens the page", "columns of set memory, 1 of 2", "[x] SIZE", "available:")
    t.press(DOWN + " ")
    screen_is(t, "Space removes a column", "[ ] PID")
    t.press("sfew\r")
    screen_is(t, "s saves them as another set", "columns of set few, 3 of 3")
    t.press(RIGHT + "q")
    screen_is(t, "the page says where they are saved", "columns are saved to ", "gmemtop.conf")
    t.press("j")
    screen_is(t, "once", "F1Help")
    say("columns are saved" not in t.screen() and "PID" not in heads(t), "the main page has the columns", heads(t))
    quit_top(t, "Q ends it")
    text = open(path).read()
    say("set = few\n" in text and "columns.few = MACHINE SIZE" in text and "PID" not in text.split("columns.few")[1], "the file has the set", text)
    say(stat.S_IMODE(os.stat(path).st_mode) == 0o600, "the file is for its owner only", oct(os.stat(path).st_mode))


def second_run(top, home):
    t = Terminal(top, width=100, env={"XDG_CONFIG_HOME": home})
    screen_is(t, "the next run begins with the set", "MACHINE", "SIZE")
    say("PID" not in heads(t), "which lacks the column", heads(t))
    quit_top(t, "Q ends the next run")
    t = Terminal(top + ["--no-settings"], width=100, env={"XDG_CONFIG_HOME": home})
    screen_is(t, "--no-settings has the column", "MACHINE", "PID")
    t.press("c" + DOWN + " q")
    screen_is(t, "and saves nothing", "columns are not saved: --no-settings")
    quit_top(t, "Q ends it without settings")


def bad_file(top, path):
    """Two lines are wrong, and a column of one that is not: gmemtop begins, says so at its end, and keeps them when it saves."""
    open(path, "w").write(OLD)
    t = Terminal(top + ["--settings", path])
    screen_is(t, "a file with wrong lines: it begins, and says so", "MACHINE", "settings: 3 lines ignored")
    t.press("c" + DOWN + " q")
    screen_is(t, "and saves", "columns are saved to ")
    t.press("Q")
    say(t.end() == 0, "Q ends it with wrong lines")
    say(open(path).read() == OLD.replace("MACHINE RES NEWER", "MACHINE") + "set = memory\n", "lines that it does not know stay", open(path).read())


def theme_of(top, **env):
    """The colours that it asks for."""
    t = Terminal(top, term="xterm-256color", env=env)
    t.wait("MACHINE")
    raw = t.raw
    quit_top(t, f"Q ends it: {' '.join(top[3:])} {env}")
    return "light" if "\x1b[37m\x1b[44m" in raw else "terminal" if "\x1b[30m\x1b[42m" in raw else "mono"


def themes(top, home, path):
    open(path, "w").write("theme = light\n")
    for what, wanted, got in (
            ("no setting", "terminal", theme_of(top)),
            ("NO_COLOR", "mono", theme_of(top, NO_COLOR="1")),
            ("an empty NO_COLOR", "terminal", theme_of(top, NO_COLOR="")),
            ("settings before NO_COLOR", "light", theme_of(top, NO_COLOR="1", XDG_CONFIG_HOME=home)),
            ("the option before settings", "mono", theme_of(top + ["--theme", "mono"], XDG_CONFIG_HOME=home))):
        say(wanted == got, f"theme by {what}", f"{got}, not {wanted}")


def main():
    build, recording = sys.argv[1:3]
    os.environ.pop("NO_COLOR", None)
    with tempfile.TemporaryDirectory() as home:
        top = [os.path.join(build, "gmemtop"), "--replay", recording]
        path = os.path.join(home, "gmemscope", "gmemtop.conf")
        first_run(top, home, path)
        second_run(top, home)
        bad_file(top, path)
        themes(top, home, path)


main()
