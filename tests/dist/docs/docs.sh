#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests README.md and docs/: examples print what the page shows, their recordings are complete, and links lead to existing files, also when they are
# installed: docs.sh
# Needs no root and no KVM. Prints "ok ..", "not ok ..".
set -u
cd "$(dirname "$0")/../../.." || exit 1
group=docs
. tests/result.sh

tests/dist/docs/examples.py check
tests/dist/docs/recordings.sh
result "README.md has at most 150 lines" "$(wc -l <README.md | awk '$1 > 150 { print $1 }')"
make -s install DESTDIR="$work" prefix=/usr >"$work/log" 2>&1
result "make install" "$([ -e "$work/usr/share/doc/gmemscope/README.md" ] || tail -n 3 "$work/log")"
result "links between the installed documents" "$(tests/dist/docs/links.py "$work/usr/share/doc/gmemscope")"
