#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# How a tool's own cost grows with the number of VMs: scale.sh [VMS[xVCPUS]...] [nodes:INODESxMIB[+INODESxMIB...]...] (default: the rows below, of
# which those that do not fit in the machine's free memory, less 6 GiB, are left out)
#
# Real VMs of gmemguest, small ones, which hold. For each number: CPU time of a look of gmemtop (a run of many looks less one of few, by
# rusage), its resident memory, and what its maps take in the kernel (bpftool's memlock). Scrapes: tests/kernel/bench/scrape.sh.
# nodes: busy inodes, whose pages come and go, of a host with two NUMA nodes (made up): what their pages' places cost, and after how many samples they are known.
# Prints a table with the machine; no figure is judged.
set -eu
cd "$(dirname "$0")/../../.."
. tests/kernel/bench/await.sh
keep=$(mktemp -d)
job=

cleanup() {
	touch "$keep/go"
	[ -z "$job" ] || wait "$job" || :
	rm -rf "$keep"
}
trap cleanup EXIT

[ "$(id -u)" = 0 ] && [ -e /dev/kvm ] || { echo "scale.sh: needs root and /dev/kvm" >&2; exit 77; }
[ $# -gt 0 ] || set -- 1 10 100 1000 1x64 nodes:1x16 nodes:1x1024 nodes:1x12288 nodes:12x16 nodes:12x1024 nodes:100x16 nodes:100x120 nodes:100x16+1x2048
printf '# %s, %s CPUs, %s\n' "$(uname -sr)" "$(nproc)" "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)"
printf '%-5s %14s %10s %12s\n' VMS 'CPU OF A LOOK' RSS 'KERNEL MAPS'
# MiB that the inodes of INODESxMIB[+...] take.
mib_of() {
	echo $((${1//x/*}))
}

room=$(($(sed -n 's/^MemAvailable: *\([0-9]*\).*/\1/p' /proc/meminfo) / 1024 - 6144))
walked=
for n in "$@"; do
	case $n in nodes:*)
		[ -n "$walked" ] || printf '%-20s%14s%14s%14s%14s%14s\n' 'BUSY INODES (MiB)' 'GMEMTOP 1 NODE' '2 NODES' 'EXPORTER 1' '2 NODES' 'WITHIN 1 %'
		walked=1
		n=${n#nodes:}
		if [ "$(mib_of "$n")" -le $room ]; then
			/usr/bin/python3 tests/kernel/bench/nodes.py build "$n"
		else
			echo "$n: does not fit in $room MiB"
		fi
		continue ;;
	esac
	rm -f "$keep/go" "$keep/truth"
	vcpus=1
	case $n in *x*) vcpus=${n#*x} ;; esac
	build/gmemguest --scenario guest --vms "${n%x*}" --vcpus "$vcpus" --pages 16 --hold --ready "$keep/ready" --go "$keep/go" --truth "$keep/truth" >"$keep/log" 2>&1 &
	job=$!
	await -s "$keep/truth"
	python3 tests/kernel/bench/scale.py build/gmemtop "$n"
	touch "$keep/go"
	wait "$job" || :
	job=
done
