#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Runs tenants that have far more than a VM needs beside quiet ones: tenants.sh OUTDIR
#
# gmemtop runs while a quiet VM, the large tenants and another quiet VM start; then other tools find all of them running; then VMs start and end at
# full speed beside them. When these have ended, a crowd of one user's VMs with many files uses up that user's share, and a quiet VM of the same
# user starts. Then two VMs of the crowd end, and the others close most of their files. With GM_VMS, a process has more VMs than are tracked, and
# closes all but the last one. The script only runs and waits; tenants.py judges the files in OUTDIR. The script runs on a host and, by busybox sh,
# in a test kernel (tests/kernel/vm/tenants.sh). tenants (tenants.c), gmemguest and the tools must be in the PATH.
#   GM_MEMSLOTS (8000)      memslots of one VM
#   GM_FILES (15000)        files of each of two VMs of different users
#   GM_CROWD_FILES (15000)  files of each of six VMs of one user, which close all but GM_KEPT (200)
#   GM_VMS                  VMs of a third user, more than GM_ROOM allows
#   GM_CHURN (2000)         VMs that start and end
#   GM_ROOM                 options of the tools: -C max-files=N for fewer files
set -u
SELF=$0
. "${0%/*}/await.sh"
PIDS='' LIST=pids

ticks() { # N: succeeds if top.json has N samples
	[ "$(grep -c '^{"type":"tick"' top.json)" -ge "$1" ]
}

# Waits for a sample that began after now: the next one to be printed may have begun before, and the one after it as well, while that one was printed.
sampled_again() {
	await "three more samples" ticks $(($(grep -c '^{"type":"tick"' top.json) + 3))
}

is_ready() {
	grep -qs ready "$1.out"
}

# tenant NAME ARG...: starts a tenant, and waits until it is ready.
tenant() {
	tenant=$1
	shift
	tenants "$@" >"$tenant.out" 2>&1 &
	echo "$tenant $! $*" >>"$LIST"
	PIDS="$PIDS $!"
	await "$tenant" is_ready "$tenant"
}

# keep NAME: copies gmemtop's output after a new sample.
keep() {
	sampled_again
	cp top.json "$1.json"
}

has_closed() {
	grep -qs closed "$1.out"
}

# Succeeds if in the newest complete sample the memory of none of the crowd's VMs is n/a.
crowd_is_tracked() {
	tail -n 20000 top.json | awk 'NR == FNR { crowd["\"pid\":" $2 ","] = 1; next }
		/"type":"tick"/ { n = na; na = 0; ticks++ }
		/"memory_na"/ { for (pid in crowd) na += index($0, pid) > 0 }
		END { exit n > 0 || ticks < 2 }' crowd.pids -
}

# Runs a process with more VMs than are tracked, which closes all but the last, untracked one. Once that is tracked, it is exact.
last_vm() {
	PIDS='' LIST=last.pids
	tenant last last "$GM_VMS" 1003
	keep many
	# shellcheck disable=SC2086 # a word each
	kill -USR1 $PIDS
	await "the tenant closes its VMs" has_closed last
	await "the last VM is tracked" grep -q "\"pid\":${PIDS# },.*\"files\":1," top.json
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
# Drops the lines of single inodes, which are most of the output and are not judged.
# shellcheck disable=SC2086 # a word each
{ gmemtop --json -i "${GM_INTERVAL:-1}" ${GM_ROOM:-} -- sh "$SELF" --within 2>top.err; echo $? >top.status; } |
	awk '!/"type":"inode"/ { print; fflush() }' >top.json
