#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests tools with programs that skip runs: skips.sh [MODE...]
#
# Builds the tools with programs that return at once in one run of 4 (make SKIP=4; bpf/gm_bpf.h), as if the kernel skipped the run, and runs the
# scenario churn in each MODE (default: tracepoint). The tools may report events late or without times, but not wrongly.
# Needs what native.sh needs. GM_KEEP=DIR keeps the files. Prints "ok ..", "not ok ..", "skip .." lines.
set -eu
. "$(dirname "$0")/../../supervise.sh"
supervise --alone "$@"
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../../..
N=4

# wrap DIR MODE: makes wrappers in DIR that run the tools in this mode.
wrap() {
	local tool
	mkdir -p "$1"
	for tool in gmemtop gmemsnoop gmemcheck; do
		printf '#!/bin/sh\nexec %s/%s --mode %s "$@"\n' "$top/build/skip" "$tool" "$2" >"$1/$tool"
		chmod 755 "$1/$tool"
	done
}

main() {
	local keep mode
	[ $# -gt 0 ] || set -- tracepoint
	if [ "$(id -u)" != 0 ] || [ ! -e /dev/kvm ]; then
		echo "skip skips/all: not root, or no /dev/kvm"
		return
	fi
	make -s -C "$top" -j2 SKIP=$N B=build/skip tools || { echo "not ok skips/all: make SKIP=$N" && return; }
	keep=${GM_KEEP:-$(mktemp -d)}
	[ -n "${GM_KEEP:-}" ] || trap 'rm -rf "$keep"' EXIT
	for mode; do
		wrap "$keep/bin-$mode" "$mode"
		PATH=$keep/bin-$mode:$top/build:$PATH SKIPS=$N sh "$here/scenarios.sh" "$keep/$mode" churn
		"$here/check.py" "$keep/$mode" --label "skips-$mode"
	done
}

main "$@"
