#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# How a tool's own cost grows with the number of VMs: scale.sh [VMS[xVCPUS]...] [nodes:INODESxMIB...] (default: 1 10 100 1000 1x64, and the rows of nodes: below)
#
# Real VMs of gmemguest, small ones, which hold. For each number: CPU time of a look of gmemtop (a run of many looks less one of few, by
# rusage), its resident memory, and what its maps take in the kernel (bpftool's memlock). Scrapes: tests/bench/scrape.sh.
# nodes: busy inodes, whose pages come and go, of a host with two NUMA nodes (made up): what their pages' places cost, and when they are known.
# Prints a table with the machine; no figure is judged.
set -eu
cd "$(dirname "$0")/../.."
. tests/bench/await.sh
keep=$(mktemp -d)
job=

cleanup() {
	touch "$keep/go"
	[ -z "$job" ] || wait "$job" || :
	rm -rf "$keep"
}
trap cleanup EXIT

[ "$(id -u)" = 0 ] && [ -e /dev/kvm ] || { echo "scale.sh: needs root and /dev/kvm" >&2; exit 77; }
[ $# -gt 0 ] || set -- 1 10 100 1000 1x64 nodes:1x16 nodes:1x1024 nodes:1x6144 nodes:12x16 nodes:12x512 nodes:100x16 nodes:100x64
printf '# %s, %s CPUs, %s\n' "$(uname -sr)" "$(nproc)" "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)"
printf '%-5s %14s %10s %12s\n' VMS 'CPU OF A LOOK' RSS 'KERNEL MAPS'
walked=
for n in "$@"; do
	case $n in nodes:*)
		[ -n "$walked" ] || printf '%-16s%14s%14s%14s%14s%12s\n' 'BUSY INODES' 'GMEMTOP 1 NODE' '2 NODES' 'EXPORTER 1' '2 NODES' 'WITHIN 1 %'
		walked=1
		n=${n#nodes:}
		/usr/bin/python3 tests/bench/nodes.py build "${n%x*}" "${n#*x}"
		continue ;;
	esac
	rm -f "$keep/go" "$keep/truth"
	vcpus=1
	case $n in *x*) vcpus=${n#*x} ;; esac
	build/gmemguest --scenario guest --vms "${n%x*}" --vcpus "$vcpus" --pages 16 --hold --ready "$keep/ready" --go "$keep/go" --truth "$keep/truth" >"$keep/log" 2>&1 &
	job=$!
	await -s "$keep/truth"
	python3 tests/bench/scale.py build/gmemtop "$n"
	touch "$keep/go"
	wait "$job" || :
	job=
done
