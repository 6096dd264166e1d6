#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Runs the workload gmemguest under the tools and keeps all that comes of it:
#   scenarios.sh [--disposable] [--budget SEC] OUTDIR [NAME...]
#
# --disposable: this machine is thrown away afterwards, so pages of its memory may be poisoned.
# --budget: none is begun after so many seconds: those that are left are skipped, with the reason. In the order named.
#
# It judges nothing: check.py does, from the files in OUTDIR/NAME. The same script runs on a host and, by
# busybox sh, in a test kernel (tests/vm/matrix.sh). gmemguest and the tools must be in the PATH. No NAME: all.
#
# Files of one run of a tool, by the run's prefix (snoop, top, ...):
#   P.json P.err P.status            what the tool printed, and its exit status
#   P.truth P.hold.truth             the workload's ground truth: at its end, at its hold
#   P.guest.out P.guest.err P.guest.status   the workload's own output
#   P.rec P.replay.json              a recording, and the tool run again from it
# A tool run has its own workload and so its own truth.

set -u
SELF=$0
LIMIT=120		# seconds, for any one command: more is a bug
SLOW=			# gmemsnoop's option to show every fault, where it has one
BUDGET=			# seconds from the start on; empty: none
ROOM=			# options of gmemtop where do_run is used
POISON=			# replaces POISON in the table
PRIMES="127 251 257 263 509 521 1021 1031"	# of the eight VMs of late and live8

# Name, kind (a shell function of this script, do_KIND), arguments for gmemguest, and what it is for.
table() {
	cat <<-'END'
	guest        | run      | --scenario guest                              | first touch by the guest
	host         | run      | --scenario host,punch-leave                   | first touch by the host; the guest's then allocates nothing
	fallocate    | run      | --scenario fallocate                          | pages allocated by one, cleared by another
	prefault     | run      | --scenario prefault                           | allocation outside of any fault
	punch        | run      | --scenario punch,punch-leave                  | pages freed and allocated again
	rebind       | run      | --scenario rebind,second,punch-unbound,bind-refused | faults that find the page; binds that fail
	mmap         | run      | --scenario mmap                               | a mapping as the only pin
	orders       | run      | --scenario close-orders                       | destruction inside release, or not
	reboots      | run      | --scenario reboot-recreate,reboot-overlap,reboot-inplace --reboots 2 | incarnations of one machine
	process      | run      | --scenario reboot-process --reboots 2         | a machine that comes back in another process
	kill         | run      | --scenario kill                               | SIGKILL: no close at all
	leave        | run      | --scenario leave                              | freed in another process than the owner's
	race         | run      | --scenario race,migrate --vcpus 2             | two vCPUs at one page; tasks moved between CPUs
	busy         | run      | --scenario invalidate,kill-busy               | punched under the guest; SIGKILL in the middle of faults
	fail         | run      | --scenario fail-closed,fail-enomem,fail-hwpoison POISON | faults that fail: file closed, no memory, page poisoned
	many         | run      | --scenario guest,punch,rebind --vms 8 --vcpus 2 --pages 509 | several at once
	room         | room     | --scenario guest,punch --vms 2                | histograms with and without a place of their own (GM_HOT_PLACES)
	plain        | run      | --scenario plain,guest --vms 2                | ordinary memory is none of it
	private      | run      | --scenario private                            | private memory, conversion
	link         | run      | --scenario link                               | an inode of two VMs
	link-private | run      | --scenario link-private                       | the same, private
	same         | same     | --scenario guest,punch,fallocate,reboot-recreate --vms 2 --pages 127 --hold-at start,work --hold-sec 1 | what each tool says live it says from the recording
	replay       | replay   | --scenario guest,punch,rebind --vms 2         | a recording says what the live run said
	sample       | sample   | --scenario guest,second,host,fail-closed --vms 2 --pages 509 | a fault in four as an event, and what became of the others
	record       | record   | --scenario guest,fallocate,punch,rebind --vms 2 | gmemrecord: a recording says what there was, to every tool
	flight       | flight   | --scenario reboot-recreate --reboots 2        | the ring: kept by a rule, by a signal, read after kill -9
	modes        | modes    | --scenario guest,punch,fallocate --vms 2      | what each mode can show is the same
	late         | late     |                                               | VMs older than the tool
	uncleared    | uncleared | --scenario fallocate-hold --vms 2            | pages that fallocate put there before the tool came, cleared by faults that it sees
	live8        | live8    |                                               | eight VMs, state at a tick
	orphan       | orphan   | --scenario leave                              | memory without a VM's process
	hist         | hist     | --scenario guest,fallocate,punch,second --vms 2 | gmemhist: totals, and intervals that add up to them
	metrics      | metrics  | --scenario guest,fallocate,punch,second --vms 2 | gmem_exporter: sums at the end, state at the hold, reboots
	episodes     | episodes | recreate overlap inplace process link         | reboots, one style after the other
	pins         | pins     | guest pin-fd pin-mmap pin-view pin-vm pin-vcpu pin-vcpu-mmap pin-stats pin-vcpu-stats pin-device pin-flight | what keeps memory and VMs
	kill9        | kill9    |                                               | a killed tool leaves nothing in the kernel
	idle         | idle     |                                               | a host without VMs
	END
}

# ---- waiting ----

# await WHAT COMMAND...: until COMMAND succeeds; gives up after LIMIT seconds.
await() {
	what=$1 tries=$((LIMIT * 10))
	shift
	until "$@"; do
		tries=$((tries - 1))
		if [ $tries -le 0 ]; then
			echo "# gave up waiting for $what"
			return 1
		fi
		sleep 0.1 # between two looks at the condition
	done
}

# ---- running ----

# The workload as the tools start it: guest_main PREFIX ARG...
guest_main() {
	prefix=$1
	shift
	gmemguest "$@" --truth "$prefix.truth" >"$prefix.guest.out" 2>"$prefix.guest.err"
	echo $? >"$prefix.guest.status"
}

# observe PREFIX ARGS TOOL...: TOOL, looking while the workload runs. ARGS are the workload's, split at blanks.
observe() {
	observed=$1 args=$2
	shift 2
	# shellcheck disable=SC2086 # split is meant
	timeout $LIMIT "$@" -- sh "$SELF" --guest "$observed" $args >"$observed.json" 2>"$observed.err"
	echo $? >"$observed.status"
}

# A tool alone: plain PREFIX TOOL...
plain() {
	plain=$1
	shift
	timeout $LIMIT "$@" >"$plain.json" 2>"$plain.err"
	echo $? >"$plain.status"
}

# The eight VMs of prime sizes, as one command: each a gmemguest of its own, with truth DIR/eight.N.truth.
# On alternating CPUs where that can be had, so that on a machine with two nodes both are used.
eight_main() {
	n=0
	for pages in $PRIMES; do
		pin=
		if taskset 2 true 2>/dev/null; then
			pin="taskset $((n % 2 + 1))"
		fi
		# shellcheck disable=SC2086 # split is meant
		$pin sh "$SELF" --guest "$1/eight.$n" --scenario guest --pages "$pages" --name "eight-$n" \
			--hold --ready "$1/ready.$n" --go "$1/go.$n" &
		n=$((n + 1))
	done
	wait
}

eight_are_ready() {
	[ ! -e "$1/top.status" ] || return 0
	for n in 0 1 2 3 4 5 6 7; do
		[ -e "$1/ready.$n" ] || [ -e "$1/eight.$n.guest.status" ] || return 1
	done
}

keep_truth_of_hold() {
	for n in 0 1 2 3 4 5 6 7; do
		[ ! -e "$1/eight.$n.truth" ] || cp "$1/eight.$n.truth" "$1/eight.$n.hold.truth"
	done
}

let_eight_go() {
	for n in 0 1 2 3 4 5 6 7; do
		: >"$1/go.$n"
	done
}

# ticks FILE: how many looks are complete in gmemtop's output: a tick line ends each.
ticks() {
	grep -c '^{"type":"tick"' "$1"
}

more_ticks() {
	[ "$(ticks "$1")" -ge "$2" ] || [ -e "$3" ]
}

# The second look after now began after now: waits until it is complete, and keeps what there is as FILE.hold.
keep_a_look() {
	now=$(ticks "$1.json")
	await "a look of $1" more_ticks "$1.json" $((now + 2)) "$1.status"
	cp "$1.json" "$1.hold.json"
}

# Whether the last complete look has the pins of all eight: the walk over all tasks, which finds them, is costly and
# so not made at every look.
all_pinned() {
	[ ! -e "$1.status" ] || return 0
	awk '/"type":"tick"/ { last = n; n = 0 }
		/"type":"inode".*"machine":"eight-.*"pins":\[.*"what"/ { n++ }
		END { exit last != 8 }' "$1.json"
}

ready_or_over() {
	[ -e "$1" ] || [ -e "$2" ]
}

# held PREFIX ARGS TOOL...: like observe, with a look at the hold kept in PREFIX.hold.json.
held() {
	held=$1 args=$2
	shift 2
	observe "$held" "$args --hold --ready $held.ready --go $held.go" "$@" &
	job=$!
	await "the hold of $held" ready_or_over "$held.ready" "$held.status"
	if [ -e "$held.truth" ] && [ ! -e "$held.status" ]; then
		cp "$held.truth" "$held.hold.truth"
		keep_a_look "$held"
	fi
	: >"$held.go"
	wait $job
}

# ---- kinds of scenarios: each is called with its folder and the workload's arguments ----

do_run() {
	# shellcheck disable=SC2086 # split is meant
	observe "$1/snoop" "$2" gmemsnoop --json $SLOW
	[ -z "$SLOW" ] || : >"$1/slow"
	# shellcheck disable=SC2086 # split is meant
	observe "$1/top" "$2" gmemtop --json -i 1 $ROOM --record "$1/top.rec"
	plain "$1/top.replay" gmemtop --json -i 1 --replay "$1/top.rec"
}

# Two VMs, of which the 2nd has no place: its id is not below that number.
do_room() {
	ROOM="-C max-vms=2"
	do_run "$@"
	ROOM=
}

do_replay() {
	# shellcheck disable=SC2086 # split is meant
	observe "$1/snoop" "$2" gmemsnoop --json $SLOW --record "$1/snoop.rec"
	[ -z "$SLOW" ] || : >"$1/slow"
	# shellcheck disable=SC2086 # split is meant
	plain "$1/snoop.replay" gmemsnoop --json $SLOW --replay "$1/snoop.rec"
	held "$1/top" "$2" gmemtop --json -i 0.3 --record "$1/top.rec"
	plain "$1/top.replay" gmemtop --json -i 0.3 --replay "$1/top.rec"
	plain "$1/crossed" gmemsnoop --json --replay "$1/top.rec"
}

# again PREFIX ARGS TOOL...: a tool live, recording; then the same from its recording, as fast as it can be read and paced.
again() {
	again=$1 args=$2
	shift 2
	observe "$again" "$args" "$@" --record "$again.rec"
	from_recording "$again" "$@"
}

from_recording() {
	again=$1
	shift
	plain "$again.replay" "$@" --replay "$again.rec"
	plain "$again.paced" "$@" --replay "$again.rec" --speed 50
}

# alone PREFIX TOOL...: the same of a tool that ends by itself.
alone() {
	alone=$1
	shift
	plain "$alone" "$@" --record "$alone.rec"
	from_recording "$alone" "$@"
}

# Every tool and every form of its output: byte by byte the same from a recording. What ends by itself looks at VMs that
# were there before it.
do_same() {
	observe_all "$1" "$2"
	guest_main "$1/held" --scenario guest --vms 2 --pages 127 --hold --ready "$1/ready" --go "$1/go" &
	guest=$!
	await "the hold" ready_or_over "$1/ready" "$1/held.guest.status"
	alone "$1/check" gmemcheck --json
	alone "$1/count" gmemtop --json -i 0.3 -n 3
	alone "$1/frames-count" gmemtop -b -i 0.3 -n 3
	alone "$1/frames-time" gmemtop -b -d 1
	alone "$1/hist-count" gmemhist --json 0.3 3
	alone "$1/pins" gmemreboot --pins --all --json -n 2 -i 0.3
	: >"$1/go"
	wait $guest
}

observe_all() {
	# shellcheck disable=SC2086 # split is meant
	again "$1/snoop" "$2" gmemsnoop --json $SLOW
	again "$1/snoop-text" "$2" gmemsnoop
	again "$1/top" "$2" gmemtop --json -i 0.3
	again "$1/top-default" "$2" gmemtop --json
	again "$1/frames" "$2" gmemtop -b -i 0.3
	again "$1/hist" "$2" gmemhist --json
	again "$1/hist-csv" "$2" gmemhist --csv
	again "$1/hist-intervals" "$2" gmemhist 0.3 --json
	again "$1/hist-text" "$2" gmemhist 0.3
	again "$1/reboot" "$2" gmemreboot --json
	again "$1/reboot-text" "$2" gmemreboot
	again "$1/one-vm" "$2" gmemtop --json -i 0.3 --vm guest-1
	again "$1/metrics" "$2" gmem_exporter --once
	for run in metrics metrics.replay metrics.paced; do
		mv "$1/$run.json" "$1/$run.all.json"
		not_of_itself "$1/$run.all.json" "$1/$run.json"
	done
}

# as_if_live PREFIX FROM TOOL...: a tool that reads the recording of the run FROM, judged like one that looked itself.
as_if_live() {
	as=$1 from=$2
	shift 2
	for end in truth guest.status guest.err guest.out; do
		cp "$from.$end" "$as.$end"
	done
	plain "$as" "$@" --replay "$from.gmrec"
}

do_record() {
	for how in none zlib zstd; do
		observe "$1/rec-$how" "$2" gmemrecord --json -i 0.3 -o "$1/rec-$how.gmrec" --compress $how
		mv "$1/rec-$how.err" "$1/rec-$how.words"
	done
	as_if_live "$1/snoop" "$1/rec-none" gmemsnoop --json
	as_if_live "$1/top" "$1/rec-zstd" gmemtop --json -i 0.3
	plain "$1/top.replay" gmemtop --json -i 0.3 --replay "$1/rec-zstd.gmrec" --speed 50
	as_if_live "$1/hist" "$1/rec-zlib" gmemhist --json
	as_if_live "$1/reboot" "$1/rec-none" gmemreboot --json
}

ring_ticks() {
	gmemtop --json -i 0.3 --replay "$1" 2>/dev/null | grep -c '"type":"tick"'
}

ring_ticked() {
	[ "$(ring_ticks "$1")" -ge "$2" ] || [ -e "$3" ]
}

# The first kept file, under a name that is known.
kept_as() {
	for f in "$1"/kept-*; do
		cp "$f" "$2"
		return
	done
}

is_kept() {
	kept_as "$1" "$2" 2>/dev/null && [ -s "$2" ]
}

# Not by its name alone: others may record on this host.
signal_recorder() {
	for pid in $(pgrep -f "flight $2"); do
		[ "$(cat "/proc/$pid/comm")" = gmemrecord ] && kill "-$1" "$pid"
	done
}

# A recorder that is asked by a signal while the workload holds, and then killed; the guest goes on.
do_flight() {
	observe "$1/rule" "$2" gmemrecord --json -i 0.3 --flight "$1/ring" --max 8M --no-keep-at-exit \
		--trigger 'vm_destroy > 0' --after 0s --quiet-for 1h
	kept_as "$1/ring" "$1/rule.gmrec"
	ls "$1/ring" >"$1/rule.ring"
	plain "$1/rule.kept" gmemsnoop --json --replay "$1/rule.gmrec"
	observe "$1/asked" "--scenario guest,fallocate --vms 2 --hold --ready $1/asked.ready --go $1/asked.go" \
		gmemrecord --json -i 0.3 --flight "$1/ring2" --max 8M &
	job=$!
	await "the hold" ready_or_over "$1/asked.ready" "$1/asked.status"
	cp "$1/asked.truth" "$1/asked.hold.truth"
	now=$(ring_ticks "$1/ring2")
	await "two more looks" ring_ticked "$1/ring2" $((now + 2)) "$1/asked.status"
	signal_recorder USR1 "$1/ring2"
	await "what is kept" is_kept "$1/ring2" "$1/asked.gmrec"
	await "two looks behind a keyframe" ring_ticked "$1/ring2" $((now + 6)) "$1/asked.status"
	signal_recorder KILL "$1/ring2"
	wait $job
	plain "$1/asked.kept" gmemtop --json -i 0.3 --replay "$1/asked.gmrec"
	plain "$1/killed" gmemtop --json -i 0.3 --replay "$1/ring2"
	: >"$1/asked.go"
	await "the guest's end" test -e "$1/asked.guest.status"
	rm -rf "$1/ring" "$1/ring2"
}

do_sample() {
	# shellcheck disable=SC2086 # split is meant
	observe "$1/sample" "$2" gmemsnoop --json $SLOW --sample 4
}

do_modes() {
	for mode in full kprobe tracepoint inventory; do
		held "$1/$mode" "$2" gmemtop --json -i 0.3 --mode $mode
	done
}

do_late() {
	eight_main "$1" &
	job=$!
	await "eight VMs" eight_are_ready "$1"
	keep_truth_of_hold "$1"
	plain "$1/top" gmemtop --json -n 1
	plain "$1/inventory" gmemtop --json -n 1 --mode inventory
	let_eight_go "$1"
	wait $job
}

# The rest of a workload that holds, as a command: end_hold PREFIX
end_hold() {
	: >"$1.go"
	await "the end of $1" guest_ended "$1"
}

do_uncleared() {
	# shellcheck disable=SC2086 # split is meant
	guest_main "$1/hist" $2 --hold --ready "$1/hist.ready" --go "$1/hist.go" &
	await "the hold of $1/hist" ready_or_over "$1/hist.ready" "$1/hist.guest.status"
	plain "$1/hist" gmemhist --json -- sh "$SELF" --end-hold "$1/hist"
	wait
}

live8_tool() {
	timeout $LIMIT gmemtop --json -i 0.5 --record "$1/top.rec" -- sh "$SELF" --eight "$1" >"$1/top.json" 2>"$1/top.err"
	echo $? >"$1/top.status"
}

do_live8() {
	live8_tool "$1" &
	job=$!
	await "eight VMs" eight_are_ready "$1"
	keep_truth_of_hold "$1"
	await "pins of eight inodes" all_pinned "$1/top"
	keep_a_look "$1/top"
	let_eight_go "$1"
	wait $job
	plain "$1/top.replay" gmemtop --json -i 0.5 --replay "$1/top.rec"
}

# The walk over all tasks is rationed: on a busy machine it may be long until the next.
orphan_seen() {
	[ -e "$1.status" ] || grep -q '"type":"inode".*"orphan":true' "$1.json"
}

# Two ways: the tool saw the owner go; the tool came afterwards.
do_orphan() {
	observe "$1/seen" "$2 --hold --ready $1/seen.ready --go $1/seen.go" gmemtop --json -i 0.3 &
	job=$!
	await "the hold" ready_or_over "$1/seen.ready" "$1/seen.status"
	cp "$1/seen.truth" "$1/seen.hold.truth"
	await "a walk over all tasks that finds the owner gone" orphan_seen "$1/seen"
	keep_a_look "$1/seen"
	plain "$1/late" gmemtop --json -n 1
	cp "$1/seen.hold.truth" "$1/late.hold.truth"
	: >"$1/seen.go"
	wait $job
}

# The workload's beginning, as a command that ends at its hold: leave_it PREFIX SCENARIO
leave_it() {
	guest_main "$1" --scenario "$2" --hold --ready "$1.ready" --go "$1.go" &
	await "the hold of $1" ready_or_over "$1.ready" "$1.guest.status"
}

guest_ended() {
	[ -e "$1.guest.status" ]
}

# Each leaves one thing; asked by who comes later, with and without what may be in use; and some by who was there
# before (all but the last can be found without, and attaching takes its time).
do_hist() {
	observe "$1/hist" "$2" gmemhist --json --record "$1/hist.rec" 0.2
	plain "$1/hist.replay" gmemhist --json --replay "$1/hist.rec" 0.2
}

# What the exporter says of itself, and when it looked, is another in each run.
not_of_itself() {
	grep -vE '^(# [A-Z]+ )?(process_|gmem_exporter_)' "$1" >"$2"
}

looked_twice_more() {
	[ ! -e "$1.status" ] || return 0
	[ "$(sed -n 's/^gmem_exporter_looks_total //p' "$1.prom" 2>/dev/null || echo 0)" -ge "$2" ]
}

keep_the_file() {
	now=$(sed -n 's/^gmem_exporter_looks_total //p' "$1.prom")
	await "a look of $1" looked_twice_more "$1" $((${now:-0} + 2))
	cp "$1.prom" "$1.hold.prom"
}

do_metrics() {
	observe "$1/once" "$2" gmem_exporter --once --format openmetrics --record "$1/once.rec"
	plain "$1/once.again" gmem_exporter --once --format openmetrics --replay "$1/once.rec"
	not_of_itself "$1/once.json" "$1/once.same.json"
	not_of_itself "$1/once.again.json" "$1/once.replay.json"
	cp "$1/once.again.status" "$1/once.replay.status"
	observe "$1/file" "$2 --hold --ready $1/file.ready --go $1/file.go" gmem_exporter --bpf-stats --textfile "$1/file.prom" -i 0.3 &
	job=$!
	await "the hold" ready_or_over "$1/file.ready" "$1/file.status"
	cp "$1/file.truth" "$1/file.hold.truth"
	keep_the_file "$1/file"
	: >"$1/file.go"
	wait $job
	for style in recreate inplace; do
		observe "$1/$style" "--scenario reboot-$style --reboots 3" gmem_exporter --once
	done
}

do_episodes() {
	for style in $2; do
		scenario=reboot-$style
		[ "$style" != link ] || scenario=link
		observe "$1/$style" "--scenario $scenario --reboots 3" gmemreboot --json -i 5
	done
}

do_pins() {
	for what in $2; do
		left=$1/$what
		case $what in
		pin-fd | pin-mmap | pin-flight)
			plain "$left.seen" gmemreboot --pins --all --json -- sh "$SELF" --left "$left" "$what" ;;
		*) leave_it "$left" "$what" ;;
		esac
		if [ -e "$left.ready" ]; then
			cp "$left.truth" "$left.hold.truth"
			plain "$left.all" gmemreboot --pins --all --json
			plain "$left.left" gmemreboot --pins --json
		fi
		: >"$left.go"
		await "the end of $left" guest_ended "$left"
	done
}

programs() {
	bpftool prog show 2>&1 | grep -o 'name gm_[a-z_0-9]*' | sort
	bpftool link show 2>/dev/null | grep -o 'prog_name gm_[a-z_0-9]*' | sort
}

no_program_left() {
	[ -z "$(programs)" ]
}

do_kill9() {
	if ! bpftool version >/dev/null 2>&1; then
		echo "bpftool is missing" >"$1/skip"
		return
	fi
	guest_main "$1/guest" --scenario guest --hold --ready "$1/ready" --go "$1/go" &
	guest=$!
	await "the hold" ready_or_over "$1/ready" "$1/guest.guest.status"
	gmemtop -b -i 0.3 >"$1/top.txt" 2>"$1/top.err" &
	tool=$!
	await "gmemtop's first look" test -s "$1/top.txt"
	programs >"$1/before"
	kill -9 $tool
	wait $tool 2>/dev/null
	echo $? >"$1/tool.status"
	LIMIT=5
	await "the kernel's deferred free" no_program_left
	LIMIT=120
	programs >"$1/after"
	: >"$1/go"
	wait $guest
}

do_idle() {
	plain "$1/top" gmemtop --json -- true
	plain "$1/snoop" gmemsnoop --json -- true
	plain "$1/check" gmemcheck --json
}

# ---- all of it ----

scenario() {
	name=$1 kind=$2 arguments=$3 dir=$OUTDIR/$1
	rm -rf "$dir"
	mkdir -p "$dir"
	if [ -n "$BUDGET" ] && [ $(($(seconds) - BEGAN)) -ge "$BUDGET" ]; then
		echo not-begun >"$dir/kind"
		echo "no time left: this machine is slow, and has $BUDGET s" >"$dir/skip"
		return
	fi
	echo "$kind" >"$dir/kind"
	"do_$kind" "$dir" "$arguments"
	echo "# $name done at $(cut -d' ' -f1 /proc/uptime)"
}

seconds() {
	cut -d. -f1 /proc/uptime
}

# The rows of these names, in this order; all without any.
rows() {
	if [ $# -eq 0 ]; then
		table
	else
		for wish in "$@"; do
			table | grep "^$wish *|"
		done
	fi
}

trim() {
	echo "$1" | sed 's/^[[:space:]]*//;s/[[:space:]]*$//'
}

main() {
	mkdir -p "$1"
	OUTDIR=$(cd "$1" && pwd)
	shift
	BEGAN=$(seconds)
	case $SELF in /*) ;; *) SELF=$PWD/$SELF ;; esac
	uname -r >"$OUTDIR/kernel"
	gmemsnoop --help 2>/dev/null | grep -q -- '--slow' && SLOW='--slow 1ns --slow-limit 0'
	for wish in "$@"; do
		table | grep -q "^$wish *|" || { echo "# no scenario $wish" && exit 2; }
	done
	rows "$@" | while IFS='|' read -r name kind arguments _; do
		arguments=$(trim "$arguments" | sed "s/POISON/$POISON/")
		scenario "$(trim "$name")" "$(trim "$kind")" "$arguments" </dev/null
	done
}

case ${1:-} in
--guest) shift && guest_main "$@" ;;
--eight) eight_main "$2" ;;
--end-hold) end_hold "$2" ;;
--left) leave_it "$2" "$3" ;;
--list) table ;;
--disposable)
	shift
	POISON=--allow-hwpoison
	if [ "$1" = --budget ]; then
		BUDGET=$2
		shift 2
	fi
	main "$@"
	;;
'' | -*) sed -n '4,18s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
*) main "$@" ;;
esac
