#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Runs the workload gmemguest under the tools and keeps their output and the workload's truth:
#   scenarios.sh [--disposable] OUTDIR [NAME...]
#   scenarios.sh --list
#
# --disposable: this machine is thrown away afterwards, so pages of its memory may be poisoned.
# Scenarios run in the order named.
#
# scenario/KIND.sh has the rows of the scenarios of a kind, and do_KIND, which runs one and gets its folder and arguments;
# scenario/KIND.py has judge(), which check.py calls for the files in OUTDIR/NAME.
# ATTACH_ONCE=1: one tool attaches instead of two with their own workloads (scenario/run.sh).
# The script runs on a host and, by busybox sh, in a test kernel (tests/kernel/vm/matrix.sh). gmemguest and the tools must be in
# the PATH. Without NAME, it runs all scenarios.
#
# Files of one run of a tool, by the run's prefix P (snoop, top, ...):
#   P.json P.err P.status            the tool's output and exit status
#   P.truth P.hold.truth             the workload's ground truth: at its end, at its hold
#   P.guest.out P.guest.err P.guest.status   the workload's own output and exit status
#   P.rec P.replay.json              a recording, and the output of the tool that replays it
# Each run of a tool has its own workload and truth.

# shellcheck disable=SC2034 # some are for scenario/*.sh
set -u
case $0 in /*) SELF=$0 ;; *) SELF=$PWD/$0 ;; esac
TABLE=			# a row a line: name, kind, arguments for gmemguest, purpose
LIMIT=120		# seconds for one command; more is a bug
SLOW=			# gmemsnoop's option to show every fault, where it has one
ROOM=			# options of gmemtop in the kinds run and room
POISON=			# replaces POISON in the table
PRIMES="127 251 257 263 509 521 1021 1031"	# of the eight VMs of late and live8

# ---- waiting ----

# await WHAT COMMAND...: waits until COMMAND succeeds; gives up after LIMIT seconds.
await() {
	what=$1 tries=$((LIMIT * 10))
	shift
	until "$@"; do
		tries=$((tries - 1))
		if [ $tries -le 0 ]; then
			echo "# gave up waiting for $what"
			return 1
		fi
		sleep 0.1 # between two tests of the condition
	done
}

# ---- running ----

# guest_main PREFIX ARG...: runs the workload; the tools start it by --guest.
guest_main() {
	prefix=$1
	shift
	gmemguest "$@" --truth "$prefix.truth" >"$prefix.guest.out" 2>"$prefix.guest.err"
	echo $? >"$prefix.guest.status"
}

# observe PREFIX ARGS TOOL...: runs TOOL with the workload as its COMMAND. ARGS are the workload's, split at blanks.
observe() {
	observed=$1 args=$2
	shift 2
	# shellcheck disable=SC2086 # split is meant
	timeout $LIMIT "$@" -- sh "$SELF" --guest "$observed" $args >"$observed.json" 2>"$observed.err"
	echo $? >"$observed.status"
}

# plain PREFIX TOOL...: runs a tool without a workload.
plain() {
	plain=$1
	shift
	timeout $LIMIT "$@" >"$plain.json" 2>"$plain.err"
	echo $? >"$plain.status"
}

# as_if_live PREFIX FROM RECORDING TOOL...: runs a tool that reads the recording of the run FROM, for a judge of live runs.
as_if_live() {
	as=$1 from=$2 recording=$3
	shift 3
	for end in truth guest.status guest.err guest.out; do
		cp "$from.$end" "$as.$end"
	done
	plain "$as" "$@" --replay "$recording"
}

# eight_main DIR: runs eight VMs of prime sizes, each a gmemguest of its own, with truth DIR/eight.N.truth. They run on alternating CPUs if
# taskset allows it, so that a machine with two nodes uses both.
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

end_hold_of_eight() {
	for n in 0 1 2 3 4 5 6 7; do
		: >"$1/go.$n"
	done
}

# ticks FILE: prints the number of complete samples in gmemtop's output; a tick line ends each.
ticks() {
	grep -c '^{"type":"tick"' "$1"
}

more_ticks() {
	[ "$(ticks "$1")" -ge "$2" ] || [ -e "$3" ]
}

# scanned_since FILE N STATUS: succeeds if a scan of all tasks began after sample N.
scanned_since() {
	[ ! -e "$3" ] || return 0
	awk -v n="$2" '/"type":"tick"/ {
			line = $0
			sub(/.*"ts_ns":/, "", line)
			if (++ticks == n)
				since = line + 0
			sub(/.*"scanned_ns":/, "", line)
			scanned = line + 0
		}
		END { exit ticks < n || scanned <= since }' "$1"
}

# keep_sample PREFIX TOOL...: waits for a sample that began after now, which the second one from now did, and copies the output to PREFIX.hold.json.
# In inventory mode only the scan of all tasks finds VMs, which not every sample has: waits for a sample with such a scan.
keep_sample() {
	sampled=$1
	shift
	now=$(ticks "$sampled.json")
	await "a sample of $sampled" more_ticks "$sampled.json" $((now + 2)) "$sampled.status"
	case " $* " in
	*" inventory "*) await "a scan of $sampled" scanned_since "$sampled.json" $((now + 2)) "$sampled.status" ;;
	esac
	cp "$sampled.json" "$sampled.hold.json"
}

ready_or_over() {
	[ -e "$1" ] || [ -e "$2" ]
}

# held PREFIX ARGS TOOL...: runs observe, with a hold, and copies a sample at the hold to PREFIX.hold.json.
held() {
	held=$1 args=$2
	shift 2
	observe "$held" "$args --hold --ready $held.ready --go $held.go" "$@" &
	job=$!
	await "the hold of $held" ready_or_over "$held.ready" "$held.status"
	if [ -e "$held.truth" ] && [ ! -e "$held.status" ]; then
		cp "$held.truth" "$held.hold.truth"
		keep_sample "$held" "$@"
	fi
	: >"$held.go"
	wait $job
}

guest_ended() {
	[ -e "$1.guest.status" ]
}

# Removes the exporter's metrics about itself, which differ in each run.
not_of_itself() {
	grep -vE '^(# [A-Z]+ )?(process_|gmem_exporter_)' "$1" >"$2"
}

# ---- the table and main ----

scenario() {
	name=$1 kind=$2 arguments=$3 dir=$OUTDIR/$1 began=$(cut -d. -f1 /proc/uptime)
	rm -rf "$dir"
	mkdir -p "$dir"
	echo "$kind" >"$dir/kind"
	"do_$kind" "$dir" "$arguments"
	echo $(($(cut -d. -f1 /proc/uptime) - began)) >"$dir/seconds"
	echo "# $name done at $(cut -d' ' -f1 /proc/uptime)"
}

# rows KIND: adds the scenarios on the standard input, "name | arguments | purpose", to the table.
rows() {
	while IFS='|' read -r name arguments what; do
		TABLE="$TABLE$name| $1 |$arguments|$what
"
	done
}

load() {
	for file in "${SELF%/*}"/scenario/*.sh; do
		# shellcheck source=/dev/null
		. "$file"
	done
}

# Prints the functions of this kernel that decide what the tools can see, by the kernel's own list.
functions() {
	sed -nE 's/^[^ ]* . (kvm_(arch_)?gmem_[a-z_]*|kvm_arch_vcpu_pre_fault_memory|kvm_handle_guest_abort|(vmx|svm|pvm)_vcpu_run)([[:space:]].*)?$/\1/p' \
		/proc/kallsyms | sort -u
}

row_of() {
	printf %s "$TABLE" | grep "^$1 *|"
}

# chosen NAME...: prints the rows of these names, in this order; without a name, all rows.
chosen() {
	[ $# -gt 0 ] || printf %s "$TABLE"
	for wish in "$@"; do
		row_of "$wish"
	done
}

trim() {
	echo "$1" | sed 's/^[[:space:]]*//;s/[[:space:]]*$//'
}

main() {
	mkdir -p "$1"
	OUTDIR=$(cd "$1" && pwd)
	shift
	load
	uname -r >"$OUTDIR/kernel"
	functions >"$OUTDIR/functions"
	gmemsnoop --help 2>/dev/null | grep -q -- '--slow' && SLOW='--slow 1ns --slow-limit 0'
	for wish in "$@"; do
		row_of "$wish" >/dev/null || { echo "# no scenario $wish" && exit 2; }
	done
	chosen "$@" | while IFS='|' read -r name kind arguments _; do
		arguments=$(trim "$arguments" | sed "s/POISON/$POISON/")
		scenario "$(trim "$name")" "$(trim "$kind")" "$arguments" </dev/null
	done
}

case ${1:-} in
--guest) shift && guest_main "$@" ;;
--call) shift && load && "$@" ;;
--list) load && printf %s "$TABLE" ;;
--disposable)
	shift
	POISON=--allow-hwpoison
	main "$@"
	;;
'' | -*) sed -n '4,22s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
*) main "$@" ;;
esac
