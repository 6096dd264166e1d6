# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh

rows orphan <<-'END'
	orphan | --scenario leave | memory without a VM's process
END

# Succeeds if the tool has reported the orphan. On a busy machine that may take long, as scans of all tasks are limited to a share of the time.
orphan_seen() {
	[ -e "$1.status" ] || grep -q '"type":"inode".*"orphan":true' "$1.json"
}

# Runs two tools: one sees the owner exit, one starts afterwards.
do_orphan() {
	observe "$1/seen" "$2 --hold --ready $1/seen.ready --go $1/seen.go" gmemtop --json -i 0.3 &
	job=$!
	await "the hold" ready_or_over "$1/seen.ready" "$1/seen.status"
	cp "$1/seen.truth" "$1/seen.hold.truth"
	await "a walk over all tasks that finds the owner gone" orphan_seen "$1/seen"
	keep_sample "$1/seen"
	plain "$1/late" gmemtop --json -n 1
	cp "$1/seen.hold.truth" "$1/late.hold.truth"
	: >"$1/seen.go"
	wait $job
}
