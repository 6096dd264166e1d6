#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Finds broken relative links in the documents of the top folder and docs/, and names of documents, also in man pages, that do not exist: links.py [FOLDER]

FOLDER has README.md and docs/: the sources (the default), or the installed documentation folder. A link must lead to an installed file in it (*.md,
LICENSE, docs/, examples/), and its #anchor to a heading. Prints a line for each broken one.
"""
import glob
import os
import re
import sys


def anchors(path):
    """Return the anchors that GitHub makes from headings."""
    with open(path, encoding="utf-8") as f:
        text = re.sub(r"^```.*?^```", "", f.read(), flags=re.M | re.S)
    return {re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", title).lower()).strip().replace(" ", "-") for title in re.findall(r"^#+ +(.*?) *$", text, re.M)}


def main():
    top = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")
    os.chdir(top)
    top_pages = sorted(glob.glob("*.md"))
    for page in top_pages + sorted(glob.glob("docs/**/*.md", recursive=True)):
        with open(page, encoding="utf-8") as f:
            text = re.sub(r"^```.*?^```", "", f.read(), flags=re.M | re.S)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            where = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
            if not os.path.exists(where):
                print(f"{page}: {target}: no such file")
            elif where not in top_pages + ["LICENSE"] and not where.startswith(("docs", "examples")):
                print(f"{page}: {target}: is not installed with this page")
            elif anchor and anchor not in anchors(where):
                print(f"{page}: {target}: no such heading")
    for page in top_pages + sorted(glob.glob("docs/**/*.*", recursive=True) + glob.glob("tools/*.8")):
        if page.endswith((".gmrec", ".svg")):
            continue
        with open(page, encoding="utf-8") as f:
            for name in re.findall(r"\b(?:docs|examples)/[\w/.-]*\w\.(?:md|json|yml|yaml|svg|gmrec|service)\b", f.read()):
                if not os.path.exists(name):
                    print(f"{page}: {name}: no such document")


if __name__ == "__main__":
    main()
