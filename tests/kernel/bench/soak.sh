#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Runs gmem_exporter for a time (60 s; a release: 1800) beside VMs that come and go, 20 scrapers, slow and hostile clients: soak.sh [SECONDS [VMS]]
#
# It ends after SECONDS and at least VMS ended VMs (1000; 100 with less than 600 s). Fails if a scrape was lost, if memory grew by more than a
# tenth after the first third, or if the numbers at the end are not those of the VMs that still live. soak.py judges, and prints the figures.
set -eu
cd "$(dirname "$0")/../../.."
. tests/kernel/bench/await.sh
seconds=${1:-60}
vms=${2:-$((seconds < 600 ? 100 : 1000))}
keep=$(mktemp -d)
jobs=()

cleanup() {
	touch "$keep/go"
	kill "${jobs[@]}" 2>/dev/null || :
	wait
	rm -rf "$keep"
}
trap cleanup EXIT

[ "$(id -u)" = 0 ] && [ -e /dev/kvm ] || { echo "soak.sh: needs root and /dev/kvm" >&2; exit 77; }
build/gmemguest --scenario guest --vms 20 --pages 64 --name soak-steady --hold --ready "$keep/ready" --go "$keep/go" --truth "$keep/truth" \
	>"$keep/guests.log" 2>&1 &
jobs=($!)
await -s "$keep/truth"
build/gmem_exporter --vm-limit 0 --vm-linger 5 --web.listen-address "unix:$keep/sock" -i 5 2>"$keep/exporter.err" &
jobs+=($!)
python3 tests/kernel/bench/soak.py "$keep" "${jobs[1]}" "$seconds" "$vms" || { cat "$keep/exporter.err" >&2; exit 1; }
