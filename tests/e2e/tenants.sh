#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tenants that have far more than a VM needs, beside quiet ones: tenants.sh OUTDIR
#
# Runs gmemtop while they come, with a quiet VM before them and one behind them; then other tools, which find them all there; then the same
# beside VMs that come and go at full speed. It judges nothing but what it waits for: tenants.py does, from the files in OUTDIR. The same script
# runs on a host and, by busybox sh, in a test kernel (tests/vm/tenants.sh). tenants (tenants.c), gmemguest and the tools must be in the PATH.
#   GM_MEMSLOTS (8000)   memslots of one VM
#   GM_FILES (15000)  files of each of two VMs of different users
#   GM_VMS            VMs of a third user, where GM_ROOM has less
#   GM_CHURN (2000)   VMs that come and go
#   GM_ROOM           options of the tools: -C max-files=N for fewer files
set -u
SELF=$0
. "${0%/*}/await.sh"
PIDS=''

ticks() { # N: top.json has as many samples
	[ "$(grep -c '^{"type":"tick"' top.json)" -ge "$1" ]
}

# Waits for a sample that began after now.
sampled_again() {
	await "two more samples" ticks $(($(grep -c '^{"type":"tick"' top.json) + 2))
}

is_ready() {
	grep -q ready "$1.out"
}

# tenant NAME ARG...: starts one, and waits until it has all it wants.
tenant() {
	tenant=$1
	shift
	tenants "$@" >"$tenant.out" 2>&1 &
	echo "$tenant $! $*" >>pids
	PIDS="$PIDS $!"
	await "$tenant" is_ready "$tenant"
}

# keep NAME: what gmemtop says by now.
keep() {
	sampled_again
	cp top.json "$1.json"
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
}

case $SELF in /*) ;; *) SELF=$PWD/$SELF ;; esac
case ${1:-} in
--within) within && exit 0 ;;
'' | -*) sed -n '4,15s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
mkdir -p "$1"
cd "$1" || exit 1
rm -f pids lines
# Without the lines of single inodes, which nobody judges: they are most of it.
# shellcheck disable=SC2086 # a word each
{ gmemtop --json -i "${GM_INTERVAL:-1}" ${GM_ROOM:-} -- sh "$SELF" --within 2>top.err; echo $? >top.status; } |
	awk '!/"type":"inode"/ { print; fflush() }' >top.json
