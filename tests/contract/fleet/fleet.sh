#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests docs/fleet: rules, alerts, dashboard and the table of metrics name only existing metrics; promtool's tests pass; a real fleet on
# loopback gives the right answers (fleet.py). Only the part on this kernel needs root. prometheus.sh gets the servers; an unavailable one is a
# skip. GM_KEEP=DIR keeps the files in a folder there. Prints "ok ..", "not ok ..", "skip .." lines.
set -u
. "$(dirname "$0")/../../supervise.sh"
supervise --alone "$@"
cd "$(dirname "$0")/../../.." || exit 1
docs=docs/fleet
export no_proxy=127.0.0.1 NO_PROXY=127.0.0.1
keep=${GM_KEEP:-${TMPDIR:-/tmp}}
mkdir -p "$keep"
work=$(mktemp -d "$keep/fleet.XXXXXX") || exit 1
[ -n "${GM_KEEP:-}" ] || trap 'rm -rf "$work"' EXIT

# server ID: prints the server's folder, or nothing, and a skip line.
server() {
	local dir
	if dir=$(tests/contract/fleet/prometheus.sh get "$1" 2>"$work/$1.why"); then
		echo "$dir"
	else
		echo "skip fleet/$1: $(tail -n 1 "$work/$1.why")" >&2
	fi
}

# verdict NAME COMMAND...: prints "ok" if COMMAND succeeds, otherwise "not ok" and the first lines of its output.
verdict() {
	local name=$1 said
	shift
	if said=$("$@" 2>&1); then
		echo "ok fleet/$name"
	else
		echo "not ok fleet/$name: expected success got $(printf '%s' "$said" | head -c 1500 | tr '\n' '|')"
	fi
}

table_of_metrics() {
	sed -n '/^<!-- gmem_exporter --families -->$/,/^<!-- end -->$/p' docs/metrics.md | sed '1d;$d' | diff - "$work/families.md"
}

names() {
	verdict "the exporter's own table" build/gmem_exporter --families
	build/gmem_exporter --families >"$work/families.md"
	verdict "docs/metrics.md has the exporter's own table" table_of_metrics
	python3 tests/contract/fleet/exprs.py "$work/families.md" $docs/rules.yml $docs/alerts.yml $docs/dashboard.json "$work/panels.yml"
}

# promtools ID DIR: checks rules, expressions and configuration by this version of promtool.
promtools() {
	local id=$1 dir=$2 version test tests="rules_test alerts_test alerts_week_test"
	version="promtool $(cat "$dir/version")"
	verdict "$version: rules, alerts, configuration" "$dir/promtool" check config $docs/prometheus.yml
	verdict "$version: rules" "$dir/promtool" check rules $docs/rules.yml $docs/alerts.yml
	verdict "$version: the dashboard's expressions parse" "$dir/promtool" check rules "$work/panels.yml"
	[ "$id" = archive ] || tests="alerts_test rules_native_test"
	for test in $tests; do
		verdict "$version: $test.yml" "$dir/promtool" test rules "$docs/$test.yml"
	done
}

main() {
	local archive newest receiver
	[ -x build/gmem_exporter ] || { echo "# build/gmem_exporter is missing: make" && exit 1; }
	names
	{
		archive=$(server archive)
		newest=$(server newest)
		receiver=$(server receiver)
	} 2>&1
	[ -z "$archive" ] || promtools archive "$archive" >"$work/archive.out" &
	[ -z "$newest" ] || promtools newest "$newest" >"$work/newest.out" &
	python3 tests/contract/fleet/fleet.py --work "$work" ${archive:+--archive "$archive"} ${newest:+--newest "$newest"} \
		${receiver:+--receiver "$receiver"} --panels "$work/panels.yml"
	st=$?
	wait
	cat "$work"/archive.out "$work"/newest.out 2>/dev/null
	return $st
}

main
