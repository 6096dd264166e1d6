#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tenants that have far more than a VM needs, beside quiet ones: tenants.sh OUTDIR
#
# Runs gmemtop while they start, with one quiet VM started before them and one after; then other tools, which find all of them running; then the
# same beside VMs that come and go at full speed. When these have ended, a crowd of one user's VMs with many files uses up that user's share, and a quiet VM
# of the same user comes then. Two of the crowd end, the others close most of their files. With GM_VMS, the last one of a process's many VMs has no
# room, and stays alone. The script only runs and waits; tenants.py judges the files in OUTDIR. The same script
# runs on a host and, by busybox sh, in a test kernel (tests/kernel/vm/tenants.sh). tenants (tenants.c), gmemguest and the tools must be in the PATH.
#   GM_MEMSLOTS (8000)   memslots of one VM
#   GM_FILES (15000)  files of each of two VMs of different users
#   GM_CROWD_FILES (15000)  files of each of six VMs of one user, who close all but GM_KEPT (200)
#   GM_VMS            VMs of a third user, where GM_ROOM has less
#   GM_CHURN (2000)   VMs that come and go
#   GM_ROOM           options of the tools: -C max-files=N for fewer files
set -u
SELF=$0
. "${0%/*}/await.sh"
PIDS='' LIST=pids

ticks() { # N: top.json has as many samples
	[ "$(grep -c '^{"type":"tick"' top.json)" -ge "$1" ]
}

# Waits for a sample that began after now.
sampled_again() {
	await "two more samples" ticks $(($(grep -c '^{"type":"tick"' top.json) + 2))
}

is_ready() {
	grep -qs ready "$1.out"
}

# tenant NAME ARG...: starts one, and waits until it has all it wants.
tenant() {
	tenant=$1
	shift
	tenants "$@" >"$tenant.out" 2>&1 &
	echo "$tenant $! $*" >>"$LIST"
	PIDS="$PIDS $!"
	await "$tenant" is_ready "$tenant"
}

# keep NAME: what gmemtop says by now.
keep() {
	sampled_again
	cp top.json "$1.json"
}

has_closed() {
	grep -qs closed "$1.out"
}

# In the newest whole sample no line of the crowd's VMs has a reason for n/a memory.
crowd_is_tracked() {
	tail -n 20000 top.json | awk 'NR == FNR { crowd["\"pid\":" $2 ","] = 1; next }
		/"type":"tick"/ { n = na; na = 0; ticks++ }
		/"memory_na"/ { for (pid in crowd) na += index($0, pid) > 0 }
		END { exit n > 0 || ticks < 2 }' crowd.pids -
}

# A process with more VMs than are tracked closes all but the last one, which had no room. When that is tracked, it is exact.
last_vm() {
	PIDS='' LIST=last.pids
	tenant last last "$GM_VMS" 1003
	keep many
	# shellcheck disable=SC2086 # a word each
	kill -USR1 $PIDS
	await "it closes its VMs" has_closed last
	await "its last VM is tracked" grep -q "\"pid\":${PIDS# },.*\"files\":1," top.json
	keep last
	# shellcheck disable=SC2086 # a word each
	kill $PIDS
}

crowd() {
	PIDS='' LIST=crowd.pids
	for i in 1 2 3 4 5 6; do
		tenant "crowd$i" files "${GM_CROWD_FILES:-15000}" 1002 "${GM_KEPT:-200}"
	done
	tenant beside quiet 31 1002
	keep crowd
	# shellcheck disable=SC2086 # a word each
	set -- $PIDS
	kill "$1" "$2"
	shift 2
	kill -USR1 "$1" "$2" "$3" "$4"
	for i in 3 4 5 6; do
		await "crowd$i closes its files" has_closed "crowd$i"
	done
	sampled_again
	await "the crowd's files are tracked" crowd_is_tracked
	keep closed
	kill "$@"
}

within() {
	await "the first sample" ticks 1
	tenant before quiet 101
	tenant slots slots "${GM_MEMSLOTS:-8000}"
	tenant files files "${GM_FILES:-15000}" 0
	tenant others files "${GM_FILES:-15000}" 1000
	[ -z "${GM_VMS:-}" ] || tenant vms vms "$GM_VMS" 1001
	tenant after quiet 53
	keep there
	# shellcheck disable=SC2086 # a word each
	gmemtop --json -n 2 -i 0.5 ${GM_ROOM:-} >found.json 2>found.err
	echo $? >found.status
	# shellcheck disable=SC2086 # a word each
	gmem_exporter ${GM_ROOM:-} --once --format=text -d 1 >found.prom 2>exporter.err
	echo $? >exporter.status
	gmemcheck --machines --json >check.json 2>check.err
	gmemguest --scenario reboot-recreate --reboots "${GM_CHURN:-2000}" --name tenants-churn --pages 4 --truth churn.truth >churn.out 2>&1
	keep churned
	# shellcheck disable=SC2086 # a word each
	kill $PIDS
	keep gone
	crowd
	[ -z "${GM_VMS:-}" ] || last_vm
}

case $SELF in /*) ;; *) SELF=$PWD/$SELF ;; esac
case ${1:-} in
--within) within && exit 0 ;;
'' | -*) sed -n '4,16s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
mkdir -p "$1"
cd "$1" || exit 1
rm -f pids crowd.pids last.pids lines
# Without the lines of single inodes, which nobody judges: they are most of it.
# shellcheck disable=SC2086 # a word each
{ gmemtop --json -i "${GM_INTERVAL:-1}" ${GM_ROOM:-} -- sh "$SELF" --within 2>top.err; echo $? >top.status; } |
	awk '!/"type":"inode"/ { print; fflush() }' >top.json
