#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Draws a terminal's screen as a picture: svg.py TITLE < text with SGR sequences (tmux capture-pane -e -p) > picture.svg"""
import html
import re
import sys
import unicodedata

CHAR_W, LINE_H, PAD = 8.4, 18, 12
NBSP = "&#160;"    # browsers merge spaces, even with xml:space
PAPER, INK = "#16181d", "#d8dee9"
COLORS = ["#3b4252", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d8dee9",
          "#5c6370", "#ff7b86", "#b5e890", "#ffd88a", "#82c7ff", "#e09af2", "#7fd9e4", "#ffffff"]


def color(n):
    """Return one of a terminal's 256 colours."""
    if n < 16:
        return COLORS[n]
    if n >= 232:
        return "#" + f"{8 + 10 * (n - 232):02x}" * 3
    n -= 16
    return "#" + "".join(f"{0 if c == 0 else 55 + 40 * c:02x}" for c in (n // 36, n // 6 % 6, n % 6))


class Pen:
    def __init__(self):
        self.reset()

    def reset(self):
        self.fg = self.bg = None
        self.bold = self.inverse = False

    def apply(self, codes):
        codes = [int(c or 0) for c in codes.split(";")]
        while codes:
            c = codes.pop(0)
            if c == 0:
                self.reset()
            elif c == 1:
                self.bold = True
            elif c in (7, 27):
                self.inverse = c == 7
            elif c == 22:
                self.bold = False
            elif 30 <= c <= 37 or 90 <= c <= 97:
                self.fg = c - 30 if c < 90 else c - 82
            elif 40 <= c <= 47 or 100 <= c <= 107:
                self.bg = c - 40 if c < 100 else c - 92
            elif c in (39, 49):
                setattr(self, "fg" if c == 39 else "bg", None)
            elif c in (38, 48) and codes[:1] == [5]:
                setattr(self, "fg" if c == 38 else "bg", codes[1])
                del codes[:2]

    def colors(self):
        fg, bg = INK if self.fg is None else color(self.fg), PAPER if self.bg is None else color(self.bg)
        return (bg, fg) if self.inverse else (fg, bg)


def cells(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def main():
    title, lines = sys.argv[1], sys.stdin.read().rstrip("\n").split("\n")
    pen, body, widest = Pen(), [], 0
    for row, line in enumerate(lines):
        x = 0
        for piece in re.findall(r"\x1b\[[0-9;]*m|[^\x1b]+", line):
            if piece.startswith("\x1b"):
                pen.apply(piece[2:-1])
                continue
            fg, bg = pen.colors()
            left, top, width = PAD + x * CHAR_W, PAD + row * LINE_H, cells(piece) * CHAR_W
            if bg != PAPER:
                body.append(f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{LINE_H}" fill="{bg}"/>')
            if piece.strip():
                weight = ' font-weight="bold"' if pen.bold else ""
                body.append(f'<text x="{left:.1f}" y="{top + 13.5}" fill="{fg}"{weight} textLength="{width:.1f}">{html.escape(piece).replace(" ", NBSP)}</text>')
            x += cells(piece)
        widest = max(widest, x)
    w, h = widest * CHAR_W + 2 * PAD, len(lines) * LINE_H + 2 * PAD
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{w:.0f}" height="{h}" viewBox="0 0 {w:.0f} {h}" role="img">')
    print(f"<title>{html.escape(title)}</title>")
    print(f'<rect width="100%" height="100%" rx="6" fill="{PAPER}"/>')
    print('<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" xml:space="preserve" lengthAdjust="spacingAndGlyphs">')
    print("\n".join(body))
    print("</g>\n</svg>")


main()
