#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Measures how gmemtop's own cost grows with the number of VMs: scale.sh [VMS[xVCPUS]...] [nodes:INODESxMIB[+INODESxMIB...]...] (default: the rows
# below that fit in the machine's free memory less 6 GiB)
#
# VMS: small, idle VMs of gmemguest. A row has the CPU time of a sample of gmemtop (the difference of a run of many samples and one of few, by
# rusage), gmemtop's resident memory, and the memory of its maps (bpftool's memlock). tests/kernel/bench/scrape.sh measures scrapes.
# nodes: inodes whose pages come and go, on a host with two made-up NUMA nodes. A row has the CPU time of samples that find each page's node, and the
# number of samples until all nodes are found.
# Prints tables and the machine's name; judges no figure.
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
printf '%-5s %14s %10s %12s\n' VMS 'CPU A SAMPLE' RSS 'KERNEL MAPS'
# mib_of INODESxMIB[+...]: prints the size of the inodes in MiB.
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
