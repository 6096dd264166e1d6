#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""String literals of C files, for dialect.sh: messages, --help, HELP of metrics, reasons.

literals.py FILE...	prints "FILE:LINE: text" of each literal; adjacent ones are one text
"""
import re
import sys

TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def literals(source):
    """(offset, text) of each literal; what stands between two adjacent ones is blank."""
    begin, text, end = 0, "", -1
    for token in TOKEN.finditer(source):
        if token[0][0] != '"':
            continue
        if end >= 0 and not source[end:token.start()].strip():
            text += token[0][1:-1]
        else:
            if text:
                yield begin, text
            begin, text = token.start(), token[0][1:-1]
        end = token.end()
    if text:
        yield begin, text


def main():
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as f:
            source = f.read()
        for offset, text in literals(source):
            print(f"{path}:{source.count(chr(10), 0, offset) + 1}: {text}")


main()
