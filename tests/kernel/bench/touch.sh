#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Measures gmemtop's overhead for first touches on this host: touch.sh [ROUNDS] (default 7). A process maps 256 MiB of guest memory and writes to each
# page; touch.sh compares its CPU time alone and beside gmemtop, in turn. Needs root and a kernel that gmemtop can observe.
set -eu
cd "$(dirname "$0")/../../.."
pages=65536
work=$(mktemp -d)
tool=
trap 'rm -rf "$work"; [ -z "$tool" ] || kill "$tool" 2>/dev/null' EXIT

# Prints the workload's CPU time in ms.
one() {
	python3 - "$pages" <<-'END'
		import resource, subprocess, sys
		subprocess.run(["build/gmemguest", "--scenario", "guest", "--fill", "host", "--pages", sys.argv[1], "--size", "512M", "--name", "touch"], check=True,
		               stdout=subprocess.DEVNULL)
		used = resource.getrusage(resource.RUSAGE_CHILDREN)
		print(round((used.ru_utime + used.ru_stime) * 1000))
	END
}

median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

for _ in $(seq "${1:-7}"); do
	one >>"$work/alone"
	build/gmemtop -b --ready-fd 3 >"$work/frames" 2>&1 3>"$work/ready" &
	tool=$!
	until [ -s "$work/ready" ]; do kill -0 $tool || { cat "$work/frames"; exit 1; }; sleep 0.1; done
	one >>"$work/beside"
	kill $tool
	wait $tool || :
	tool=
	rm "$work/ready"
done
mode=$(sed -n 's/^gmemtop .* mode \([a-z]*\) .*/\1/p;T;q' "$work/frames")
alone=$(median "$work/alone") beside=$(median "$work/beside")
echo "mode $mode, $pages pages, ms of CPU, medians: alone $alone ($(sort -n "$work/alone" | sed -n '1p;$p' | paste -sd' ' | sed 's/ / .. /')), \
beside gmemtop $beside ($(sort -n "$work/beside" | sed -n '1p;$p' | paste -sd' ' | sed 's/ / .. /')); added per GiB: $(((beside - alone) * 262144 / pages)) ms"
