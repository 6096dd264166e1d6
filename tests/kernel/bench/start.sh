#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Measures how long the tools take to start, and where that time goes: start.sh [--native] [--base DIR]
#
# Without an option it boots a machine that counts instructions (tests/kernel/vm, one CPU, 1 ns is one instruction): its times repeat, and a change
# of one in a hundred is no noise. --native measures on this kernel, as root and with real-time priority, so that other tasks delay
# it little (those that hold back RCU still do). Each tool starts ROUNDS times and prints its table of steps (-vv);
# the medians count.
#
#   --base DIR  the tools of another build as well, in turn with those of build/: prints the median of the ratios of each pair
#   --steps     prints all steps of each tool, not only the sums
#   MODES=".."  only these modes (auto tracepoint), ROUNDS=N (default 3; --native: 7), GM_KERNEL=ID (7.3)
set -eu
cd "$(dirname "$0")/../../.."
. tests/kernel/vm/lib.sh
native='' base='' steps=''
while [ $# -gt 0 ]; do
	case $1 in
	--native) native=1 ;;
	--steps) steps=--steps ;;
	--base) base=$(cd "$2" && pwd) && shift ;;
	*) sed -n '4,16s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
	esac
	shift
done
ROUNDS=${ROUNDS:-${native:+7}}
ROUNDS=${ROUNDS:-3}
MODES=${MODES:-auto tracepoint}
keep=${GM_KEEP:-$(mktemp -d)}
[ -n "${GM_KEEP:-}" ] || trap 'rm -rf "$keep"' EXIT
mkdir -p "$keep/out"

# The script that runs each tool: script OUT ROUNDS MODES BUILD...; a build is NAME=DIR.
inside() {
	cat <<-'END'
		out=$1 rounds=$2 modes=$3 REALTIME=${REALTIME:-}
		shift 3
		# A row: tool, and what lets it end after its first sample.
		tools() {
			cat <<-'TOOLS'
				gmemtop -b -n 1
				gmemhist -d 0.1
				gmemreboot -d 0.1
				gmemsnoop -d 0.1
				gmemrecord -o /tmp/start.rec -d 0.1
				gmem_exporter --textfile /tmp/start.prom --web.listen-address unix:/tmp/start.sock -n 1
			TOOLS
		}
		once() { # BUILD TOOL MODE ROUND ARG...
			dir=${1#*=} to=$out/${1%%=*}.$2.$3.$4
			tool=$2 mode=$3
			shift 4
			rm -f /tmp/start.*
			$REALTIME "$dir/$tool" "$@" --mode $mode -vv >/dev/null 2>"$to" || echo "failed: status $?" >>"$to"
		}
		for mode in $modes; do
			tools | while read -r tool args; do
				round=0
				while [ $round -lt $rounds ]; do
					round=$((round + 1))
					for build in "$@"; do once "$build" $tool $mode $round $args; done
				done
			done
		done
		uname -r >"$out/kernel"
	END
}

inside >"$keep/script"
if [ -n "$native" ]; then
	REALTIME="chrt -f 1" sh "$keep/script" "$keep/out" "$ROUNDS" "$MODES" ${base:+"base=$base"} "now=$PWD/build"
	where=native
else
	status=0
	files=()
	# --bin would put both builds into one folder
	[ -z "$base" ] || for tool in "$base"/gmem*; do files+=(--file "$tool:/base/${tool##*/}"); done
	tests/kernel/vm/boot.sh --kernel "${GM_KERNEL:-7.3}" --icount --mem 1536 --out "$keep/out" --timeout "${GM_TIMEOUT:-1200}" --bin build ${files[@]+"${files[@]}"} \
		-- "$keep/script" /out "$ROUNDS" "$MODES" ${base:+base=/base} now=/bin >"$keep/log" 2>&1 || status=$?
	[ $status = 0 ] || { no_machine bench/start "$status" "$keep/log" && exit $status; }
	where='counted instructions, 1 ns each'
fi
python3 tests/kernel/bench/start.py $steps "$keep/out" "$where"
