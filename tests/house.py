#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Prints which folder of user/ includes which, and which files of a folder need each other in a circle.

house.py [--lines] [--circles FOLDER...] [--draw]
  (no option)	arrows between folders, by the #include lines
  --draw	the arrows by level, in the format of docs/dev/house.md
  --circles	files of these folders that need each other, by the symbols of their objects (build/obj); status 1 if there is a circle
  --lines	files and lines of each folder
"""
import collections
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LAYERS = ["base", "record", "model", "kernel", "past", "report", "session", "top", "exporter", "recorder"]


def includes():
    """Return {folder: {folders that its files include}}; tools/ counts as a folder."""
    arrows = collections.defaultdict(set)
    for path in [*ROOT.glob("user/*/*.[ch]"), *ROOT.glob("tools/*.c")]:
        here = path.parent.name
        for folder in re.findall(r'^#include "([a-z]+)/', path.read_text(), re.M):
            if folder != here:
                arrows[here].add(folder)
    return arrows


def symbols(objects):
    """Return the symbols of each object by nm(1): {object: (defined, needed)}."""
    out = {}
    for path in objects:
        defined, needed = set(), set()
        for line in subprocess.run(["nm", path], capture_output=True, text=True, check=True).stdout.splitlines():
            kind, name = line.split()[-2:]
            (needed if kind in "Uw" else defined if kind.isupper() else set()).add(name)
        out[path.stem] = defined, needed
    return out


def calls(folder):
    """Return {file: {other files of the folder that define its symbols}}."""
    sources = {p.stem for p in (ROOT / "user" / folder).glob("*.c")}	# build/ may have objects of deleted files
    known = symbols(p for p in sorted((ROOT / "build/obj/user" / folder).glob("*.o")) if p.stem in sources)
    home = {name: stem for stem, (defined, _) in known.items() for name in defined}
    return {stem: {home[n] for n in needed if n in home} - {stem} for stem, (_, needed) in known.items()}


def circles(graph):
    """Return the groups of two or more nodes that reach each other (Tarjan's strongly connected components)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph[node]):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = []
            while not group or group[-1] != node:
                group.append(stack.pop())
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def print_circles(folders):
    bad = False
    for folder in folders:
        graph = calls(folder)
        for group in circles(graph):
            bad = True
            print(f"{folder}: {' '.join(group)}")
            for stem in group:
                print(f"    {stem} needs {' '.join(sorted(graph[stem] & set(group)))}")
    return bad


def print_lines():
    for folder in LAYERS:
        paths = list((ROOT / "user" / folder).glob("*.[ch]"))
        print(f"{folder:10} {len(paths):4} files {sum(len(p.read_text().splitlines()) for p in paths):6} lines")


def levels(arrows):
    """Return {folder: number of folders below it on the longest way down}. The graph must have no circle."""
    found = {}

    def level(folder, above):
        if folder in above:
            sys.exit(f"folders include each other in a circle: {' -> '.join([*above, folder])}")
        if folder not in found:
            found[folder] = 1 + max((level(f, (*above, folder)) for f in arrows.get(folder, ())), default=-1)
        return found[folder]

    for folder in [*LAYERS, "tools"]:
        level(folder, ())
    return found


def draw():
    """Return a text line for each folder with the folders that it includes, the highest level first."""
    arrows = includes()
    by_level = collections.defaultdict(list)
    for folder, level in levels(arrows).items():
        by_level[level].append(folder)
    for level in sorted(by_level, reverse=True):
        for folder in by_level[level]:
            below = sorted(arrows.get(folder, ()), key=LAYERS.index, reverse=True)
            print(f"    {level:2}  {folder:9} {'-> ' + ' '.join(below) if below else ''}".rstrip())


def main(args):
    if args[:1] == ["--circles"]:
        return print_circles(args[1:] or LAYERS)
    if args == ["--lines"]:
        return print_lines()
    if args == ["--draw"]:
        return draw()
    for folder, to in sorted(includes().items(), key=lambda x: [*LAYERS, "tools"].index(x[0])):
        print(f"{folder:10} -> {' '.join(sorted(to, key=LAYERS.index))}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
