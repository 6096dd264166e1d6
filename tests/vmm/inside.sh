#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Runs inside the test machine (busybox sh): a stock QEMU whose guest lives in gmem, under the tools.
#
#   inside.sh HOW RESETS MEM   HOW: rebuilt, inplace or link
#
# $OUT gets the shim's log (shim.jsonl), what QMP said (qmp.jsonl), the guest's console (guest.console), and what each tool saw. The tools
# run the workload as their COMMAND: it begins when all of them are attached, and they end when it has ended.
set -u
SELF=$0
LIMIT=300 # seconds, for any one condition
PATIENCE=40 # seconds, for a boot: it takes 4 to 11
MARK="gm: the guest is up"
missed=0

now() { cut -d. -f1 /proc/uptime; }

# within SECONDS COMMAND...: whether COMMAND succeeds by then. The workload ends when QEMU ends first.
within() {
	deadline=$(($(now) + $1))
	shift
	until "$@"; do
		readlink "/proc/$vmm/exe" >/dev/null || give_up "QEMU ended, before: $*"
		[ "$(now)" -lt "$deadline" ] || return 1
		sleep 0.5 # between two looks at the condition
	done
}

give_up() {
	echo "$*" >"$OUT/gave_up"
	kill -9 "$vmm" 2>/dev/null
	exit 1
}

# await WHAT COMMAND...: until COMMAND succeeds; ends the workload when it does not.
await() {
	what=$1
	shift
	within "$LIMIT" "$@" || give_up "no $what"
	echo "$what: $(cut -d' ' -f1 /proc/uptime) s" >/dev/console
}

# What QMP has said so far, whole lines, is in qmp.jsonl: a command is answered when there is one more "return".
answers() { grep -c '"return"' "$OUT/qmp.jsonl"; }
answered() { [ "$(answers)" -gt "$1" ]; }
qmp() { # COMMAND [ARGUMENTS]
	before=$(answers)
	echo "{\"execute\":\"$1\"${2:+,\"arguments\":$2}}" >/tmp/qmp.in
	await "an answer to $1" answered "$before"
}

boots() { grep -c "$MARK" "$OUT/guest.console"; }
booted() { [ "$(boots)" -ge "$1" ]; }

# Waits for the guest to be up for the n-th time. On a busy host the guest, which is emulated twice, may hang while it boots: that is written
# down, and the run goes on, for what is counted is counted all the same.
await_boot() {
	if within "$PATIENCE" booted $(($1 - missed)); then
		echo "boot $1: $(cut -d' ' -f1 /proc/uptime) s" >/dev/console
		return
	fi
	missed=$((missed + 1))
	echo "the guest hung in boot $1, by emulation" | tee -a "$OUT/hung" >/dev/console
	qmp human-monitor-command '{"command-line":"info registers"}' # for the reader of a kept run
}

noted() { grep -q '"op":"resident"' "$OUT/shim.jsonl"; }
ticks() { grep -c '^{"type":"tick"' "$OUT/top.json"; }
more_ticks() { [ "$(ticks)" -ge "$1" ]; }

# The last whole sample knows who pins the memory: tasks are not scanned for every sample.
pinned() {
	awk '/"type":"tick"/ { last = n; n = 0 } /"type":"inode".*"machine":"real1".*"pins":\[.*"what"/ { n++ } END { exit !last }' "$OUT/top.json"
}

# With the vCPUs stopped nothing moves: what the tool shows then has to be what the kernel says then.
hold() {
	qmp stop
	kill -USR2 "$vmm"
	await "the shim's count of resident pages" noted
	await "two further samples" more_ticks $(($(ticks) + 2))
	await "a sample with pins" pinned
	ls -l "/proc/$vmm/fd" >"$OUT/vmm.fds"
	cat "/proc/$vmm/maps" >"$OUT/vmm.maps"
	echo "$vmm" >"$OUT/vmm.pid"
	qmp cont
}

start_vmm() {
	machine=pc,smm=off,hpet=off
	[ "$1" = inplace ] || machine=$machine,x-change-vmfd-on-reset=on
	[ "$1" != link ] || export GM_SHIM=link
	mkfifo /tmp/qmp.in /tmp/qmp.out
	: >"$OUT/qmp.jsonl"
	: >"$OUT/guest.console"
	cat /tmp/qmp.out >>"$OUT/qmp.jsonl" &
	GM_SHIM_LOG="$OUT/shim.jsonl" /vmm/qemu/ld.so --library-path /vmm/qemu/lib --preload /vmm/gmemshim.so /vmm/qemu/qemu-system-x86_64 \
		-L /vmm/qemu/share -machine "$machine" -accel kvm -cpu qemu64,+tsc-deadline -m "$2" -smp 1 -nodefaults -display none -no-user-config \
		-chardev file,id=serial,path="$OUT/guest.console" -serial chardev:serial -kernel /vmm/vmlinuz -initrd /vmm/initramfs \
		-append "console=ttyS0 quiet no_timer_check tsc=nowatchdog" \
		-chardev pipe,id=qmp,path=/tmp/qmp -mon chardev=qmp,mode=control -name guest=real1,debug-threads=on >"$OUT/vmm.log" 2>&1 &
	vmm=$!
}

# A reset's RESET events all come before the guest is up again: the firmware's own second reset does, too.
workload() {
	start_vmm "$1" "$3"
	qmp qmp_capabilities
	await_boot 1
	hold
	n=0
	while [ "$n" -lt "$2" ]; do
		n=$((n + 1))
		qmp system_reset
		await_boot $((n + 1))
	done
	echo '{"execute":"quit"}' >/tmp/qmp.in
	wait "$vmm"
	echo $? >"$OUT/vmm.status"
}

# observe HOW RESETS MEM: both tools live, the one run by the other, the workload by that.
observe() {
	gmemtop --json -i 1 --record "$OUT/top.rec" -- sh "$SELF" --snoop "$@" >"$OUT/top.json" 2>"$OUT/top.err"
	echo $? >"$OUT/top.status"
}

snoop() {
	gmemsnoop --json -i 10 -- sh "$SELF" --workload "$@" >"$OUT/snoop.json" 2>"$OUT/snoop.err"
	echo $? >"$OUT/snoop.status"
}

case $1 in
--snoop) shift && snoop "$@" ;;
--workload) shift && workload "$@" ;;
*) observe "$@" ;;
esac
