# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh
# await.sh - waits for a condition, on a host and in a test kernel (sourced by inject.sh and tenants.sh). A timeout adds a line to the file `lines`.
LIMIT=180 # seconds for one condition; more is a failure

# await WHAT COMMAND...: waits until COMMAND succeeds; gives up after LIMIT seconds.
await() {
	what=$1 tries=$((LIMIT * 10))
	shift
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || { echo "not ok $what: gave up waiting" >>lines; return 1; }
		sleep 0.1 # between two tests of the condition
	done
}
