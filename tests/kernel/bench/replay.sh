#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Measures how fast recordings are read, and how long they are: records VMS (50) VMs of this host in SAMPLES (3000) samples, one a millisecond, then
# times the tools that read the recording.
#   replay.sh        prints a table of medians of ROUNDS (5) runs
set -eu
cd "$(dirname "$0")/../../.."
PATH=$PWD/build:$PATH
VMS=${VMS:-50} SAMPLES=${SAMPLES:-3000} ROUNDS=${ROUNDS:-5}
dir=$(mktemp -d)
trap 'touch "$dir/go"; wait; rm -rf "$dir"' EXIT

gmemguest --scenario guest --vms "$VMS" --pages 16 --hold --ready "$dir/ready" --go "$dir/go" >/dev/null 2>&1 &
until [ -e "$dir/ready" ]; do
	kill -0 $! 2>/dev/null || { echo "replay.sh: gmemguest ended: is there /dev/kvm?" >&2; exit 1; }
	sleep 0.1 # between two tests of the condition
done
gmemrecord -i 1ms -n "$SAMPLES" -o "$dir/none.rec" 2>/dev/null
for codec in zlib zstd; do
	gmemrecord "$dir/none.rec" --compress $codec -o "$dir/$codec.rec" 2>/dev/null
done
records=$(gmemrecord --info --json "$dir/none.rec" | sed 's/.*"records":\([0-9]*\).*/\1/')

# median COMMAND...: prints the median of its wall-clock time, in ns.
median() {
	local i t0
	for i in $(seq "$ROUNDS"); do
		t0=$(date +%s%N)
		"$@" >/dev/null 2>&1
		echo $(($(date +%s%N) - t0))
	done | sort -n | sed -n "$((ROUNDS / 2 + 1))p"
}

row() { # WHAT COMMAND...
	local what=$1 ns
	shift
	ns=$(median "$@")
	printf '%-44s %10d %12d\n' "$what" $((ns / 1000000)) $((records * 1000 / (ns / 1000000 + 1)))
}

printf '%s records of %s samples of %s VMs; Linux %s, %s CPUs, %s\n\n' "$records" "$SAMPLES" "$VMS" "$(uname -r)" "$(nproc)" \
	"$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)"
printf '%-44s %10s %12s\n' "" "ms" "records/s"
for codec in none zlib zstd; do
	row "gmemsnoop --replay ($codec): reader, model" gmemsnoop --replay "$dir/$codec.rec"
done
row "gmemhist --replay: and histograms" gmemhist --replay "$dir/none.rec"
row "gmemtop -b --replay: and $SAMPLES frames" gmemtop -b --replay "$dir/none.rec"
row "gmemtop --json --replay: and all lines" gmemtop --json --replay "$dir/none.rec"
row "gmemrecord IN -o OUT: a copy" gmemrecord "$dir/none.rec" -o "$dir/copy.rec"
row "gmemrecord IN -o OUT --compress zstd" gmemrecord "$dir/none.rec" -o "$dir/copy.rec" --compress zstd
row "gmemrecord --cut: the last second" gmemrecord --cut=-1s.. "$dir/none.rec" -o "$dir/copy.rec"
printf '\n%-44s %10s %12s\n' "" "bytes" "a record"
for codec in none zlib zstd; do
	bytes=$(stat -c %s "$dir/$codec.rec")
	printf '%-44s %10d %12s\n' "$codec" "$bytes" "$(awk "BEGIN { printf \"%.1f\", $bytes / $records }")"
done
