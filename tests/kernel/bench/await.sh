# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# await.sh - waits for a workload's files (sourced by record.sh, scale.sh and scrape.sh).

# await -e|-s FILE: waits until test(1) is true; after two minutes ends the script.
await() {
	local tries=1200
	until test "$1" "$2"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || { echo "${0##*/}: gave up waiting for $2" >&2; exit 1; }
		sleep 0.1 # between two tests of the condition
	done
}
