#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Provokes failures of real hosts while the tools run: inject.sh OUTDIR [NAME...]
#
# inject.py judges the files in OUTDIR; the script itself only fails if a condition takes too long. It runs on a host and, by busybox sh, in a test
# kernel (tests/kernel/vm/inject.sh). gmemguest, the tools and bpftool must be in the PATH. Without NAME, it runs all of
#   ring    a stopped tool, and more events than its ring can hold
#   full    more VMs and inodes than the maps in the kernel can hold, and then fewer
#   churn   GM_CHURN (10000) VMs that start and end beside two tools
#   cpus    CPUs that go offline and online (with GM_CPUS=1, if the host allows it)
#   kills   GM_KILLS (100) tools, each killed at a random moment (GM_SEED)
set -u
SELF=$0
. "${0%/*}/await.sh"
VMS=8
NAMES="ring full churn cpus kills"

ticks() { # FILE N: succeeds if gmemtop's lines have N samples
	[ "$(grep -c '^{"type":"tick"' "$1")" -ge "$2" ]
}

await_two_samples() {
	await "two more samples" ticks "$1" $(($(grep -c '^{"type":"tick"' "$1") + 2))
}

# workload NAME ARG...: runs gmemguest; its truth is NAME.truth, its output NAME.out.
workload() {
	work=$1
	shift
	gmemguest "$@" --truth "$work.truth" >"$work.out" 2>&1
	echo $? >"$work.status"
}

resident() { # PID: prints its resident memory in KiB
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status"
}

# Prints the number of elements of a tool's map.
elements() {
	bpftool -j map dump name "$1" 2>/dev/null | grep -o '"key":' | wc -l
}

# Succeeds if both tools have deleted all objects from their maps.
no_objects() {
	[ "$(elements gm_vms)$(elements gm_files)$(elements gm_inodes)" = 000 ]
}

# under WITHIN OPTION...: runs within_WITHIN as the COMMAND of gmemsnoop, which is the COMMAND of gmemtop: both are attached before it begins.
under() {
	within=$1
	shift
	gmemtop --json -i 0.5 "$@" -- sh "$SELF" --snoop "$within" "$@" >top.json 2>top.err
	echo $? >top.status
}

snoop() {
	within=$1
	shift
	echo $PPID >top.pid
	gmemsnoop --json "$@" -- sh "$SELF" --within "$within" >snoop.json 2>snoop.err
	echo $? >snoop.status
}

# Prints the process ids of the two tools. Each is the parent of the shell that it started.
tools() {
	cat top.pid snoop.pid
}

is_later_than() {
	[ "$(cut -d. -f1 /proc/uptime)" -gt "$1" ]
}

held() {
	[ -e ready.1 ]
}

within_ring() {
	await "gmemtop's first sample" ticks top.json 1
	# A VM that the tools track, and whose end will be lost.
	workload old --scenario guest --vms 1 --pages 127 --name old --hold --ready ready.1 --go go.1 &
	old=$!
	await "a VM" held
	await_two_samples top.json
	# shellcheck disable=SC2046 # a word each
	kill -STOP $(tools)
	workload guest --scenario guest,punch,rebind,reboot-recreate --reboots 100 --vms $VMS --pages 8
	: >go.1
	wait $old
	# shellcheck disable=SC2046 # a word each
	kill -CONT $(tools)
	await_two_samples top.json
	# A scan reports the lost ends within 14 s; afterwards new VMs are seen again.
	begin=$(cut -d. -f1 /proc/uptime)
	await "the time in which scans report ends" is_later_than $((begin + 14))
	workload after --scenario guest,punch --vms 1 --pages 127 --name after
	await_two_samples top.json
}

do_ring() {
	under ring --strict -C ring=65536
}

within_full() {
	await "gmemtop's first sample" ticks top.json 1
	workload guest --vms $VMS --one-process --scenario guest
	await "space in the maps" no_objects
	workload after --vms 2 --one-process --scenario guest,punch --name after
	await_two_samples top.json
}

do_full() {
	under full --strict -C max-vms=3 -C max-files=3
	# VMs older than the tool, which its first scan finds.
	gmemguest --vms $VMS --one-process --scenario guest --hold --ready ready --go go --truth old.truth >old.out 2>&1 &
	guest=$!
	await "the VMs" test -e ready
	gmemtop --json -n 1 -C max-vms=3 -C max-files=3 >old.json 2>old.err
	echo $? >old.status
	: >go
	wait $guest
}

no_elements() {
	no_objects && [ "$(elements gm_vm_hists)" = 0 ] # full maps leave elements of untracked VMs in gm_vm_hists, so no_objects() does not count it
}

within_churn() {
	reboots=$(((${GM_CHURN:-10000} + VMS - 1) / VMS - 1))
	top=$(cat top.pid)
	workload before --scenario reboot-recreate --reboots $((reboots / 10)) --vms $VMS --pages 4
	await_two_samples top.json
	resident "$top" >rss.before
	workload guest --scenario reboot-recreate --reboots $reboots --vms $VMS --pages 4
	await_two_samples top.json
	await_two_samples top.json
	resident "$top" >rss.after
	await "the last ends" no_elements
	for map in gm_vms gm_files gm_inodes gm_vm_hists; do
		echo "$map $(elements $map)"
	done >elements
}

do_churn() {
	under churn
}

# flip FILE: takes CPU 1 offline and online until FILE exists.
flip() {
	flips=0
	until [ -e "$1" ]; do
		echo 0 >/sys/devices/system/cpu/cpu1/online && flips=$((flips + 1))
		echo 1 >/sys/devices/system/cpu/cpu1/online
	done
	echo $flips >flips
}

within_cpus() {
	echo 1 >/sys/devices/system/cpu/cpu1/online # it was offline when the tools started
	flip end &
	flipping=$!
	workload guest --scenario guest,punch,rebind,reboot-recreate --reboots 20 --vms 2 --vcpus 2 --pages 127
	: >end
	wait $flipping
	await_two_samples top.json
}

do_cpus() {
	if [ -z "${GM_CPUS:-}" ]; then
		echo "CPUs of a machine that others may use do not go offline (GM_CPUS=1)" >skip
		return
	fi
	if ! echo 0 2>/dev/null >/sys/devices/system/cpu/cpu1/online; then
		echo "no CPU can go offline here" >skip
		return
	fi
	under cpus
}

programs() {
	bpftool prog show 2>&1 | grep -o 'name gm_[a-z_0-9]*'
	bpftool link show 2>/dev/null | grep -o 'prog_name gm_[a-z_0-9]*'
	bpftool map show 2>/dev/null | grep -o 'name gm_[a-z_0-9]*'
}

nothing_left() {
	[ -z "$(programs)" ]
}

# draw_kill I: prints the tool of the I-th kill, and its lifetime in ms.
draw_kill() {
	awk -v i="$1" -v seed="${GM_SEED:-1}" 'BEGIN { srand(seed * 1000 + i); print int(rand() * 7) + 1, int(rand() * rand() * '"${GM_LIVES_MS:-2000}"') }'
}

kill_once() {
	read -r which life_ms <<-N
		$(draw_kill "$1")
	N
	case $which in
	1) set -- gmemtop -b -i 0.1 ;;
	2) set -- gmemsnoop ;;
	3) set -- gmemhist -i 0.1 ;;
	4) set -- gmemreboot ;;
	5) set -- gmemrecord -o "kill.$1.rec" ;;
	6) set -- gmemcheck ;;
	7) set -- gmem_exporter --textfile "kill.$1.prom" -i 0.1 ;;
	esac
	"$@" >/dev/null 2>&1 &
	tool=$!
	sleep $((life_ms / 1000)).$(printf %03d $((life_ms % 1000))) # the drawn lifetime: no wait for a condition
	kill -9 $tool 2>/dev/null
	wait $tool 2>/dev/null
	echo "$? $life_ms $*" >>kills.list
}

do_kills() {
	[ ! -d /sys/module/kvm ] || cat /sys/module/kvm/refcnt >refs.before 2>/dev/null
	gmemguest --scenario reboot-recreate,punch,rebind --reboots "${GM_KILL_REBOOTS:-2000}" --vms 2 --pages 64 --truth guest.truth >guest.out 2>&1 &
	guest=$!
	n=0
	while [ $n -lt "${GM_KILLS:-100}" ]; do
		n=$((n + 1))
		kill_once $n
	done
	wait $guest
	echo $? >guest.status
	await "the kernel's deferred free" nothing_left
	programs >left
	[ ! -d /sys/module/kvm ] || cat /sys/module/kvm/refcnt >refs.after 2>/dev/null
	for rec in kill.*.rec; do
		[ -e "$rec" ] || continue
		gmemrecord --info "$rec" >/dev/null 2>>info.err
		echo "$? $(wc -c <"$rec") $rec" >>info.list
	done
	ls >files
}

case $SELF in /*) ;; *) SELF=$PWD/$SELF ;; esac
case ${1:-} in
--snoop) shift && snoop "$@" && exit 0 ;;
--list) echo "$NAMES" | tr ' ' '\n' && exit 0 ;;
--within) echo $PPID >snoop.pid && "within_$2" && exit 0 ;;
'' | -*) sed -n '4,14s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
mkdir -p "$1"
OUTDIR=$(cd "$1" && pwd)
shift
for name in ${*:-$NAMES}; do
	mkdir -p "$OUTDIR/$name"
	cd "$OUTDIR/$name" || exit 1
	: >lines
	"do_$name"
	echo "# $name done at $(cut -d' ' -f1 /proc/uptime)"
done
