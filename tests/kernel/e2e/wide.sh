#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests the scan of difficult processes: more pins than the scan's ring holds, a large descriptor in a sparse table, mappings among thousands of
# others, and a mapping that moves during the scan. Each sample must find every pin exactly once.
# Needs root, /dev/kvm and a kernel that allows BPF programs and can map guest_memfd. GM_KEEP=DIR keeps the files.
# Prints "ok ..", "not ok ..", "skip .." lines; exit status 0 unless the script itself failed.
set -eu
. "$(dirname "$0")/../../supervise.sh"
supervise --alone "$@"
here=$(cd "$(dirname "$0")" && pwd)
build=${GM_BUILD:-$here/../../../build}
keep=${GM_KEEP:-$(mktemp -d)}
pid=''

cleanup() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || :
	[ -n "${GM_KEEP:-}" ] || rm -rf "$keep"
}
trap cleanup EXIT

# start ARG...: starts wide and waits until it is ready; fails if it ends.
start() {
	"$keep/wide" "$@" >"$keep/ready" 2>"$keep/wide.err" &
	pid=$!
	until grep -q ready "$keep/ready"; do
		kill -0 "$pid" 2>/dev/null || return 1
		sleep 0.05 # between two tests of the condition
	done
}

stop() {
	kill "$pid"
	wait "$pid" 2>/dev/null || :
	pid=''
}

# expect WHAT EXPECTED GOT
expect() {
	if [ "$2" = "$3" ]; then echo "ok wide: $1"; else echo "not ok wide: $1: expected $2 got $3"; fi
}

# Prints the number of lines of the pins report with this kind, for the process PID.
pins() {
	/usr/bin/python3 - "$keep/pins.json" "$pid" "$1" <<-'END'
	import json, sys
	lines = [json.loads(l) for l in open(sys.argv[1])]
	print(sum(l["type"] == "pin" and l.get("pid") == int(sys.argv[2]) and l["what"] == sys.argv[3] for l in lines))
	END
}

many() {
	local dups=8000 far maps=30000
	far=$(($(ulimit -Hn) - 1))
	[ "$far" -lt 900000 ] || far=900000
	start pins "$dups" "$far" "$maps" || { echo "skip wide: $(cat "$keep/wide.err")" && return 1; }
	"$build/gmemreboot" --mode inventory --pins --all --json >"$keep/pins.json" 2>"$keep/pins.err"
	expect "descriptors of a VM, more than the ring holds" $((dups + 1)) "$(pins vm_fd)"
	expect "a descriptor at the end of a table of $((far + 1))" 1 "$(pins fd)"
	expect "mappings among $((2 * maps)) others" 2 "$(pins mapping)"
	stop
}

# Prints the number of samples after the first one with a pin, and of those among them without a pin.
moving() {
	start move 20000 7000 || { echo "not ok wide: a mapping that moves: expected a process got $(cat "$keep/wide.err")" && return; }
	"$build/gmemtop" --mode inventory --json -i 50ms -d 10 >"$keep/move.json" 2>"$keep/move.err"
	/usr/bin/python3 - "$keep/move.json" "wide-$pid" <<-'END'
	import json, sys
	lines = [json.loads(l) for l in open(sys.argv[1])]
	pins = [[p["what"] for p in l.get("pins") or []] for l in lines if l["type"] == "inode" and l["machine"] == sys.argv[2]]
	while pins and not pins[0]:
	    pins.pop(0)
	wrong = [p for p in pins if p != ["mapping"]]
	print(f"# {len(pins)} samples")
	print("ok wide: samples in which a mapping that moves is there, once" if pins and not wrong else
	      "not ok wide: samples in which a mapping that moves is there, once: "
	      f"expected all got {len(wrong)} of {len(pins)} without: {wrong[:3]}")
	END
	stop
}

main() {
	[ "$(id -u)" = 0 ] || { echo "skip wide: not root" && exit 0; }
	[ -e /dev/kvm ] || { echo "skip wide: no /dev/kvm" && exit 0; }
	mkdir -p "$keep"
	"$build/gmemtop" --mode inventory --json -n 1 >"$keep/first.json" 2>"$keep/why" ||
		{ echo "skip wide: gmemtop cannot observe: $(head -n 1 "$keep/why")" && exit 0; }
	gcc -O2 -Wall -o "$keep/wide" "$here/wide.c"
	many || exit 0
	moving
}

main
