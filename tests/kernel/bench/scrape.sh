#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Measures the cost of a scrape of gmem_exporter with many VMs: scrape.sh [VMS...] (default: 10 100 1000)
#
# VMS: small, idle VMs of gmemguest, beside the exporter with its defaults, in its sandbox. A row is a number of VMs and a format; it has the bytes
# of an answer, plain and gzip, the time from request to last byte (median and longest of ROUNDS, each with a new sample), the exporter's CPU time
# for the answer, and its memory. Prints a table and the machine's name; judges no figure.
set -eu
cd "$(dirname "$0")/../../.."
. tests/kernel/bench/await.sh
ROUNDS=${ROUNDS:-15}
keep=$(mktemp -d)
jobs=()

cleanup() {
	touch "$keep/go"
	kill "${jobs[@]}" 2>/dev/null || :
	wait
	rm -rf "$keep"
}
trap cleanup EXIT

guests() { # N
	rm -f "$keep/go" "$keep/ready"
	build/gmemguest --scenario guest --vms "$1" --pages 16 --name bench --hold --ready "$keep/ready" --go "$keep/go" \
		--truth "$keep/truth" >"$keep/guests.log" 2>&1 &
	jobs=($!)
	await -s "$keep/truth"
}

main() {
	local n
	[ "$(id -u)" = 0 ] && [ -e /dev/kvm ] || { echo "scrape.sh: needs root and /dev/kvm" >&2; exit 77; }
	printf '# %s, %s CPUs, %s; %s rounds\n' "$(uname -sr)" "$(nproc)" "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)" "$ROUNDS"
	printf '%-5s %-12s %9s %9s %8s %8s %8s %8s %9s\n' VMS FORMAT SERIES BYTES GZIP MEDIAN LONGEST CPU RSS
	for n in "${@:-10}"; do
		guests "$n"
		build/gmem_exporter --vm-limit 0 --web.listen-address "unix:$keep/sock" -i 60 2>"$keep/exporter.err" &
		jobs+=($!)
		python3 tests/kernel/bench/scrape.py "$keep/sock" "${jobs[1]}" "$n" "$ROUNDS"
		kill "${jobs[1]}" && wait "${jobs[1]}" || :
		touch "$keep/go"
		wait "${jobs[0]}" || :
		rm -f "$keep/truth"
		jobs=()
	done
}

if [ $# -eq 0 ]; then
	main 10 100 1000
else
	main "$@"
fi
