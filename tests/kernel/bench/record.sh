#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Measures the overhead of recording, and of calls: record.sh [native|faults|calls]... (default: all)
#
# native: the CPU time (user and system) of a tool with and without --record, in turn, ROUNDS (9) times, beside real VMs of gmemguest on this
# kernel: medians, also of the differences. Then the bytes of the file by kind of record. Both times, and so the ratio, include attaching.
# faults: the overhead of each fault as an event, or of a sample of them, for the workload (BPF programs run in its time) and for the tool, from
# cpu.stat of a cgroup each, in a machine that counts instructions (tests/kernel/vm, kernel 6.18). The figures are the difference of a run with
# many pages and one with few: fixed costs of a run, such as reading the kernel's symbols, are in no figure.
# calls: the CPU time of tools for 100000 calls, each a fallocate or a punch of one page, on this kernel: medians of ROUNDS (9). GM_BUILD: another build.
# Prints tables and the machine's name; judges no figure.
set -eu
cd "$(dirname "$0")/../../.."
. tests/kernel/bench/await.sh
ROUNDS=${ROUNDS:-9}
. tests/kernel/vm/lib.sh
keep=$(mktemp -d)
job=

cleanup() {
	touch "$keep/go"
	[ -z "$job" ] || wait "$job" || :
	rm -rf "$keep"
}
trap cleanup EXIT

native() {
	if [ "$(id -u)" != 0 ] || [ ! -e /dev/kvm ]; then
		echo "skip bench/record: native: needs root and /dev/kvm"
		return
	fi
	build/gmemguest --scenario guest --vms 50 --pages 16 --hold --ready "$keep/ready" --go "$keep/go" >"$keep/guests" 2>&1 &
	job=$!
	await -e "$keep/ready"
	printf '# %s, %s CPUs, %s; %s rounds\n' "$(uname -sr)" "$(nproc)" "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)" "$ROUNDS"
	python3 tests/kernel/bench/record.py native build "$keep" "$ROUNDS"
	touch "$keep/go"
	wait "$job" || :
	job=
}

calls() {
	if [ "$(id -u)" != 0 ] || [ ! -e /dev/kvm ]; then
		echo "skip bench/record: calls: needs root and /dev/kvm"
		return
	fi
	printf '# %s, %s CPUs; %s rounds\n' "$(uname -sr)" "$(nproc)" "$ROUNDS"
	python3 tests/kernel/bench/record.py calls "${GM_BUILD:-build}" "$keep" "$ROUNDS"
}

# Prints the script that busybox sh runs in the machine.
faults_script() {
	cat <<-'END'
		guest='gmemguest --scenario guest,host --vms 1'
		run() { # CONFIG ARGS...
			name=$1.$pages.$n
			shift
			mkdir "/sys/fs/cgroup/$name.tool" "/sys/fs/cgroup/$name.guest"
			sh -c 'echo $$ >"/sys/fs/cgroup/$0.tool/cgroup.procs"; exec gmemsnoop --slow-limit 0 "$@"' "$name" "$@" -- \
				sh -c 'echo $$ >"/sys/fs/cgroup/$0.guest/cgroup.procs"; exec "$@"' "$name" $guest --pages $pages >/dev/null 2>>/out/err || exit 1
			cat "/sys/fs/cgroup/$name.tool/cpu.stat" >"/out/$name.tool"
			cat "/sys/fs/cgroup/$name.guest/cpu.stat" >"/out/$name.guest"
		}
		for n in 1 2 3; do
			for pages in 251 2039; do
				run none --slow 1h
				run each --slow 1ns
				run sample16 --slow 1ns --sample 16
				run each_stack --slow 1ns --stack
				run each_record --slow 1ns --record /tmp/each.rec
				run sample16_record --slow 1ns --sample 16 --record /tmp/sample16.rec
			done
		done
		for pages in 251 2039; do
			gmemsnoop --json --slow 1h -- $guest --pages $pages | tail -n 1 >/out/summary.$pages
		done
		cp /tmp/each.rec /out/each_record.rec
		cp /tmp/sample16.rec /out/sample16_record.rec
		uname -r >/out/kernel
	END
}

faults() {
	local status=0
	faults_script >"$keep/script"
	"$GM_VM/boot.sh" --kernel 6.18 --icount --out "$keep/out" --timeout 900 -- "$keep/script" >"$keep/log" 2>&1 || status=$?
	if [ "$status" = 0 ]; then
		python3 tests/kernel/bench/record.py faults "$keep/out"
	else
		no_machine "bench/record: faults" "$status" "$keep/log"
	fi
}

[ $# -gt 0 ] || set -- native faults calls
for part in "$@"; do
	case $part in
	native | faults | calls) "$part" ;;
	*) sed -n '4,14s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
	esac
done
