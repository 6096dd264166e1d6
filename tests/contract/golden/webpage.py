#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Tests the web pages of gmemreboot and gmemhist by a parser: webpage.py BUILD WORK

A page must have the numbers of --json of the same recording, object by object; refer to nothing outside itself; contain a hostile name only as
data; have a script that makes no markup, colours with the contrast of WCAG AA, and less than 5 MiB for a thousand reboots.
Prints "ok ..", "not ok ..".
"""
import glob
import html.parser
import json
import os
import re
import subprocess
import sys

BUILD, WORK = sys.argv[1:3]
GOLDEN = os.path.relpath(os.path.dirname(os.path.abspath(__file__)))
FULL = f"{GOLDEN}/full-6.18.rec"
NAMESPACE = "http://www.w3.org/2000/svg"  # a name from which nothing is loaded
HOSTILE = ["</script><script>alert(1)</script>", "<!--<script>", "<img src=x onerror=alert(1)>", "' onmouseover='alert(1)", "]]>&lt;b&gt;", "\\u003c\\\\n",
           "line\u2028two\u2029three", "`+alert(1)+`", "\u202egnp.exe", "__proto__", "a" * 95]
TOOLS = ("gmemreboot", "gmemhist")
MAKES_MARKUP = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|\beval\(|new Function|setAttribute\(\"on"


class Page(html.parser.HTMLParser):
    """A parsed page: elements, attributes, the text of each script and style."""

    def __init__(self, path):
        super().__init__(convert_charrefs=True)
        with open(path, encoding="utf-8") as f:
            self.text = f.read()
        self.tags, self.scripts, self.styles, self.at = [], [], [], None
        self.feed(self.text)
        self.close()
        self.data = [json.loads(s) for a, s in self.scripts if a.get("id") == "data"]
        self.objects = self.data[0] if len(self.data) == 1 else []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.at = [dict(attrs), ""]

    def handle_data(self, data):
        if self.at:
            self.at[1] += data

    def handle_endtag(self, tag):
        if tag in ("script", "style") and self.at:
            (self.scripts if tag == "script" else self.styles).append(tuple(self.at))
            self.at = None

    def of(self, *types):
        return [o for o in self.objects if o.get("type") in types]


def say(what, bad, more=""):
    print(f"not ok golden: html: {what}: {bad}" if bad else f"ok golden: html: {what}{more}")


def run(tool, *args):
    return subprocess.run([f"{BUILD}/{tool}", *args], check=True, capture_output=True, text=True).stdout


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def self_contained(page):
    """Return the parts of a page that refer to something outside it, or could run beside its own script."""
    bad = [f"<{tag} {key}={value}>" for tag, attrs in page.tags for key, value in attrs.items()
           if key in ("src", "href", "srcset", "poster", "action", "background", "style") or key.startswith("on")]
    bad += [f"<{tag}>" for tag, _ in page.tags if tag in ("link", "img", "iframe", "object", "embed", "base", "form", "video", "audio")]
    code = "".join(s for a, s in page.scripts if a.get("id") != "data") + "".join(s for _, s in page.styles)
    bad += re.findall(r"https?://[^\s\"']*|@import|url\((?!#)[^)]*\)|\bfetch\(|XMLHttpRequest|WebSocket|import\(", code.replace(NAMESPACE, ""))
    bad += re.findall(MAKES_MARKUP, code)
    csp = [a["content"] for t, a in page.tags if t == "meta" and a.get("http-equiv") == "Content-Security-Policy"]
    nonces = {a.get("nonce") for a, _ in page.scripts + page.styles if a.get("id") != "data"}
    if len(csp) != 1 or not csp[0].startswith("default-src 'none'") or len(nonces) != 1 or f"'nonce-{nonces.pop()}'" not in csp[0]:
        bad.append("no policy that allows its own script alone")
    if [t for t, _ in page.tags if t == "script"] != ["script"] * 4 or "<" in next(s for a, s in page.scripts if a.get("id") == "data"):
        bad.append("scripts or data are not as they were made")
    return bad


def check_reboots(recording, *options):
    """Compare a page of a recording with the JSON of the same run and of gmemhist, and --html - with the file."""
    name, path = os.path.basename(recording), f"{WORK}/reboot.html"
    printed = lines(run("gmemreboot", "--html", path, "--json", "--replay", recording, *options))
    page = Page(path)
    bad = self_contained(page)
    if page.of("episode", "reboots", "reshuffle", "probe", "loss", "summary") != printed:
        bad.append("other objects than --json prints")
    phases = [o for o in lines(run("gmemhist", "--json", "--replay", recording, *options)) if o["type"] == "phase"]
    if page.of("phase") != phases:
        bad.append("other histograms than gmemhist --json prints")
    with open(path, encoding="utf-8") as f:
        if f.read() != run("gmemreboot", "--html", "-", "--replay", recording, *options):
            bad.append("--html - is another page than --html FILE")
    text = run("gmemreboot", "--replay", recording, *options)
    partial = text.splitlines()[0] if text.startswith("PARTIAL") else ""
    if bool(partial) != bool(page.of("page")[0]["partial"]):
        bad.append("not partial where the text is")
    say(f"{name}: gmemreboot", "; ".join(bad[:5]), f": {len(page.of('episode'))} episodes, {len(phases)} phases, as --json")


def check_hist(recording, *options):
    """Compare a page of histograms with gmemhist's JSON, with and without intervals; columns must add up to the totals."""
    name, path = os.path.basename(recording), f"{WORK}/hist.html"
    printed = lines(run("gmemhist", "--html", path, "--json", "--replay", recording, *options))
    page = Page(path)
    bad = self_contained(page)
    if page.of("phase", "probe", "loss", "summary") != printed:
        bad.append("other objects than --json prints")
    scope = [o for i, o in enumerate(options) if "--by" not in options[max(i - 1, 0):i + 1]]
    ticks, columns = page.of("summary")[0]["ticks"], page.of("interval")
    each = [o for o in lines(run("gmemhist", "0.000001", "--by", "host", "--json", "--replay", recording, *scope)) if "interval_ns" in o]
    shown = [o for c in columns for o in c["phases"]]
    if page.of("page")[0]["ticks_of_column"] == 1 and shown != each:
        bad.append("other intervals than gmemhist 0.000001 --json prints")
    if len(columns) > 120 or len(columns) * page.of("page")[0]["ticks_of_column"] < ticks:
        bad.append(f"{len(columns)} columns of {ticks} ticks")
    for phase in {o["phase"] for o in each}:
        total = [sum(o[k] for o in of if o["phase"] == phase) for of in (shown, each, page.of("host")[0]["phases"]) for k in ("count", "sum_ns")]
        if total[:2] != total[2:4] or total[:2] != total[4:]:
            bad.append(f"{phase} does not add up: {total}")
    with open(path, encoding="utf-8") as f:
        if f.read() != run("gmemhist", "--html", "-", "--replay", recording, *options):
            bad.append("--html - is another page than --html FILE")
    say(f"{name}: gmemhist {' '.join(options)}".rstrip(), "; ".join(bad[:5]), f": {len(page.of('phase'))} phases, {len(columns)} columns of {ticks} ticks, as --json")


def check_diff(a, b):
    """Compare a page of a comparison with its JSON, and the histograms of each side with gmemhist's."""
    path = f"{WORK}/diff.html"
    printed = lines(run("gmemhist", "--html", path, "--json", "--diff", a, b))
    page = Page(path)
    bad = self_contained(page)
    if page.of("diff") != printed:
        bad.append("other objects than --diff --json prints")
    for side, recording in zip(page.of("side"), (a, b)):
        phases = [o for o in lines(run("gmemhist", "--by", "host", "--json", "--replay", recording)) if o["type"] == "phase" and "na" not in o]
        for o in phases:
            o.pop("split", None)
        if side["phases"] != phases or side["recording"] != recording:
            bad.append(f"side {side['side']} has other histograms than gmemhist --json prints")
    with open(path, encoding="utf-8") as f:
        if f.read() != run("gmemhist", "--html", "-", "--diff", a, b):
            bad.append("--html - is another page than --html FILE")
    say(f"{os.path.basename(a)} and {os.path.basename(b)}: gmemhist --diff", "; ".join(bad[:5]), f": {len(printed)} phases, as --json")


def check_compare(a, b):
    """A page of compared reboots against its JSON."""
    path, options = f"{WORK}/compare.html", ("--compare", a, b)
    printed = lines(run("gmemreboot", "--html", path, "--json", *options))
    page = Page(path)
    bad = self_contained(page)
    if page.of("reboot_diff", "fail_if") != printed:
        bad.append("other objects than --compare --json prints")
    text = run("gmemreboot", *options)
    if page.of("page")[0]["sides"] + page.of("page")[0]["answer"] != text[:text.index("\n\n") + 1]:
        bad.append("another answer than the text's")
    with open(path, encoding="utf-8") as f:
        if f.read() != run("gmemreboot", "--html", "-", *options):
            bad.append("--html - is another page than --html FILE")
    say(f"{os.path.basename(a)} and {os.path.basename(b)}: gmemreboot --compare", "; ".join(bad[:5]), f": {len(printed)} quantities, as --json")


def check_hostile():
    """Check hostile names, set by a machine map (which writes controls by their bytes): a page has each unchanged, and only in its data."""
    found = []
    for i, name in enumerate(HOSTILE):
        with open(f"{WORK}/map", "w", encoding="utf-8") as f:
            f.write(f'"{name}" comm=*\n')
        path = f"{WORK}/hostile{i}.html"
        for tool in TOOLS:
            run(tool, "--html", path, "--machine-map", f"{WORK}/map", "--replay", FULL)
            page = Page(path)
            names = {o.get("machine") for o in page.of("episode", "phase")} - {None}
            shown = {o["machine"] for o in lines(run(tool, "--json", "--machine-map", f"{WORK}/map", "--replay", FULL)) if "machine" in o}
            bad = self_contained(page)
            if names != shown:
                bad.append(f"{names} in the page, {shown} in --json")
            if name not in names and name.isprintable():
                bad.append(f"the map did not name anything: {names}")
            if any(n in page.text.replace(json.dumps(n)[1:-1], "") for n in names if "<" in n):
                bad.append("a name is in the page as it is")
            found += [f"{tool}: {name!r}: {b}" for b in bad]
    say("hostile names", "; ".join(found[:3]), f": {len(HOSTILE)} of them, each in the data alone")


def luminance(colour):
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a, b):
    a, b = sorted((luminance(a), luminance(b)), reverse=True)
    return (a + 0.05) / (b + 0.05)


def check_contrast():
    """Check the contrast of WCAG 2 AA: 4.5 for text, 3 for drawings. An area whose colour has less must have an edge."""
    run("gmemreboot", "--html", f"{WORK}/contrast.html", "--replay", FULL)
    style = Page(f"{WORK}/contrast.html").styles[0][1]
    sets = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{(.*?)\}", style, re.S)]
    bad, least = [], 99
    for theme, c in zip(("light", "dark", "print"), sets):
        pairs = [(t, on, 4.5) for t in ("ink", "dim", "good") for on in ("bg", "card", "chip")] + [("warn", "warn-bg", 4.5), ("warn", "chip", 4.5), ("ink", "warn-bg", 4.5), ("bg", "ink", 4.5), ("dim", "rest", 4.5)]
        pairs += [(k[3:], k, 4.5) for k in c if k.startswith("on-")]
        pairs += [(k[3:], "card", 3) for k in c if k.startswith("on-") and k != "on-rest"] + [("line", "card", 3), ("line", "bg", 3)]
        if "focus" in c:
            pairs += [("focus", "card", 3), ("focus", "chip", 3)]
        for a, b, need in pairs:
            least = min(least, contrast(c[a], c[b]) / need)
            if contrast(c[a], c[b]) < need:
                bad.append(f"{theme}: {a} on {b}: {contrast(c[a], c[b]):.2f}")
    say("contrast", ("" if len(sets) == 3 else "not three themes") or "; ".join(bad), f": at least {least:.2f} times what WCAG AA asks for")


def check_thousand():
    """Check a page with more reboots than it keeps, of a recording that is merged with itself twice."""
    many, more, path = f"{WORK}/many.rec", f"{WORK}/more.rec", f"{WORK}/thousand.html"
    for of, to in ((FULL, many), (many, more)):
        if os.path.exists(to):
            os.unlink(to)
        run("gmemrecord", *[of] * 16, "-o", to)
    printed = lines(run("gmemreboot", "--html", path, "--json", "--replay", more))
    page = Page(path)
    episodes, size = [o for o in printed if o["type"] == "episode"], os.path.getsize(path)
    bad = "" if page.of("episode") == episodes and len(episodes) >= 1000 else f"{len(page.of('episode'))} episodes of {len(episodes)}"
    say("a thousand reboots", bad or ("" if size < 5 << 20 else f"{size} bytes"), f": {len(episodes)} in {size} bytes")


def check_file():
    """Check that FILE is written completely or not at all: a failing run leaves the old file."""
    path = f"{WORK}/kept.html"
    bad = []
    for tool in TOOLS:
        with open(path, "w", encoding="utf-8") as f:
            f.write("before")
        with open(f"{WORK}/damaged.rec", "wb") as f:
            f.write(open(FULL, "rb").read(40) + b"x" * 40)
        failed = subprocess.run([f"{BUILD}/{tool}", "--html", path, "--replay", f"{WORK}/damaged.rec"], capture_output=True, text=True, check=False)
        with open(path, encoding="utf-8") as f:
            if failed.returncode and f.read() != "before":
                bad.append(f"{tool}: a failure changed the file")
        if glob.glob(path + ".*"):
            bad.append(f"{tool}: a temporary file stays")
        nowhere = subprocess.run([f"{BUILD}/{tool}", "--html", f"{WORK}/no/such/folder.html", "--replay", FULL], capture_output=True, text=True, check=False)
        if nowhere.returncode != 1 or "cannot write" not in nowhere.stderr or nowhere.stdout:
            bad.append(f"{tool}: no folder: status {nowhere.returncode}, {nowhere.stderr.strip()}")
    say("the file", "; ".join(bad), ": whole or not at all")


def main():
    os.makedirs(WORK, exist_ok=True)
    for recording in [FULL, *sorted(glob.glob(f"{GOLDEN}/vmm/*.gmrec")), f"{GOLDEN}/versions/2.1-zlib.rec"]:
        check_reboots(recording)
        check_hist(recording)
    check_hist(FULL, "--by", "vm", "--phase", "zero,alloc,bind")
    check_hist(FULL, "--vm", "golden-1")
    check_diff(f"{GOLDEN}/vmm/rebuilt-7.3.gmrec", f"{GOLDEN}/vmm/rebuilt-6.18.gmrec")
    check_compare(f"{GOLDEN}/compare/init1.gmrec", f"{GOLDEN}/compare/init0.gmrec")
    check_compare(FULL, FULL)
    check_reboots(FULL, "--vm", "golden-0")
    check_hostile()
    check_contrast()
    check_thousand()
    check_file()


main()
