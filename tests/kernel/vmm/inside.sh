#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Runs a stock QEMU whose guest's memory is gmem under the tools, inside the test machine (busybox sh):
#
#   inside.sh HOW RESETS MEM [record]   HOW: rebuilt, inplace or link; record: gmemrecord observes as well, into example.gmrec
#
# $OUT gets the shim's log (shim.jsonl), QMP's messages (qmp.jsonl), the guest's console (guest.console), and each tool's output. The tools
# run the workload as their COMMAND: it begins when all of them are attached, and they end when it has ended.
set -u
# shellcheck source=tests/kernel/vmm/drive.sh
. /vmm/drive.sh
SELF=$0
BOOT_LIMIT=40 # seconds for a boot, which takes 4 to 11
dir=$OUT
missed=0

# Waits until the guest has booted for the n-th time. On a busy host the guest, which is emulated twice, may hang while it boots: the script
# notes that, and the run goes on, as the counts are still exact.
await_boot() {
	if within "$BOOT_LIMIT" booted $(($1 - missed)); then
		echo "boot $1: $(cut -d' ' -f1 /proc/uptime) s" >/dev/console
		return
	fi
	missed=$((missed + 1))
	echo "the guest hung in boot $1, by emulation" | tee -a "$OUT/hung" >/dev/console
	qmp human-monitor-command '{"command-line":"info registers"}' # helps to analyse a kept run
}

ticks() { grep -c '^{"type":"tick"' "$OUT/top.json"; }
more_ticks() { [ "$(ticks)" -ge "$1" ]; }

# Succeeds if the last complete sample has the memory's pins: not every sample scans tasks.
pinned() {
	awk '/"type":"tick"/ { last = n; n = 0 } /"type":"inode".*"machine":"real1".*"pins":\[.*"what"/ { n++ } END { exit !last }' "$OUT/top.json"
}

# Stops the vCPUs, so that the tool's next sample must equal the kernel's figures.
hold() {
	qmp stop
	ask_for_count
	await "two further samples" more_ticks $(($(ticks) + 2))
	await "a sample with pins" pinned
	ls -l "/proc/$vmm/fd" >"$OUT/vmm.fds"
	cat "/proc/$vmm/maps" >"$OUT/vmm.maps"
	echo "$vmm" >"$OUT/vmm.pid"
	qmp cont
}

# start HOW MEM: starts QEMU.
start() {
	rebuild=,x-change-vmfd-on-reset=on
	[ "$1" != inplace ] || rebuild=
	start_vmm real1 "$1" "$rebuild" "$2" -kernel /vmm/vmlinuz -initrd /vmm/initramfs -append "console=ttyS0 quiet no_timer_check tsc=nowatchdog"
}

# All RESET events of a reset come before the guest has booted again, also those of the firmware's own second reset.
workload() {
	start "$1" "$3"
	await_boot 1
	hold
	n=0
	while [ "$n" -lt "$2" ]; do
		n=$((n + 1))
		qmp system_reset
		await_boot $((n + 1))
	done
	end_vmm
}

# observe HOW RESETS MEM: runs the workload as COMMAND of gmemsnoop, and that as COMMAND of gmemtop.
observe() {
	gmemtop --json -i 1 --record "$OUT/top.rec" -- sh "$SELF" --snoop "$@" >"$OUT/top.json" 2>"$OUT/top.err"
	echo $? >"$OUT/top.status"
}

# record HOW RESETS MEM: the same below gmemrecord, which measures what a report of reboots wants to know; gmemtop does not.
record() {
	gmemrecord -o "$OUT/example.gmrec" -i 1 --compress zlib -- sh "$SELF" "$1" "$2" "$3" 2>"$OUT/record.err"
}

snoop() {
	gmemsnoop --json -i 10 -- sh "$SELF" --workload "$@" >"$OUT/snoop.json" 2>"$OUT/snoop.err"
	echo $? >"$OUT/snoop.status"
}

case $1 in
--snoop) shift && snoop "$@" ;;
--workload) shift && workload "$@" ;;
*) if [ "${4:-}" = record ]; then record "$@"; else observe "$@"; fi ;;
esac
