#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Measures gmemtop's steps and jumps in a replay: steer.sh
#
# Writes recordings of SECONDS_LONG (3600) seconds of VMS ("50 1000") VMs of a made-up host, one sample a second, and steers through each. Prints a
# table: ms of CPU time, including the frame; two figures are the median and the longest of 9. Judges no figure.
set -eu
cd "$(dirname "$0")/../../.."
VMS=${VMS:-50 1000} SECONDS_LONG=${SECONDS_LONG:-3600}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

make -s -f tests/Makefile build/bench/steer
printf 'Linux %s, %s CPUs, %s; %s s\n\n' "$(uname -r)" "$(nproc)" "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)" "$SECONDS_LONG"
printf '%-28s %8s %16s %16s %16s %8s %8s %8s %6s\n' "VMs, records" "to end" "a tick back" "a minute back" "reboot before" "to 1/4" "to 3/4" "to end" "MiB"
for vms in $VMS; do
	build/bench/steer make "$dir/raw.rec" "$vms" "$SECONDS_LONG"
	build/gmemrecord "$dir/raw.rec" -o "$dir/hour.rec" 2>/dev/null # adds keyframes, which every recording of a tool has
	records=$(build/gmemrecord --info --json "$dir/hour.rec" | sed 's/.*"records":\([0-9]*\).*/\1/')
	build/bench/steer time "$vms, $records" "$dir/hour.rec"
done
