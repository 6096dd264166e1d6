#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Runs groups of tests side by side and counts their results: run.sh [GROUP...] (default: the usual run). A group is a row of groups() below or
# machines of tests/kernel/vm/matrix.sh: "vm" means those of the usual run, "vm/ID" one, "matrix" all; "matrix" also writes docs/kernels.md.
# A line of output that begins with "ok ", "not ok " or "skip " is a result. run.sh ends with a table, the skips by reason, the failures and
# the line "N passed, N failed, N skipped".
#
#   GM_SLOTS=N    jobs at a time (default: the number of CPUs; with more, emulated kernels preempt more, so that counts of single calls are less
#                 exact). One job that needs this host runs beside them, since it waits most of its time
#   GM_TIMES=1    also prints the seconds of each scenario
#   GM_KEEP=DIR   keeps the groups' files, in a folder each
#
# Logs: build/test/GROUP.log.
set -u
. "$(dirname "$0")/supervise.sh"
supervise "$@"
cd "$(dirname "$0")/.." || exit 1
. tests/jobs.sh

# groups: a row is name | seconds (about) | resource (host: guests on this kernel; tree: make in build/) | command.
groups() {
	cat <<-'END'
	unit     | 120 | tree | run_unit
	lint     |   5 |      | tests/lint.sh
	golden   |  10 |      | tests/contract/golden/replay.sh
	drift    |  20 | tree | run_drift
	proto    |   5 |      | run_proto
	fuzz     | 120 | tree | run_fuzz
	badinput |  60 | host | tests/kernel/e2e/badinput.sh
	limits   |  60 | tree | tests/contract/limits/limits.sh replay
	limits-live | 180 | host | tests/contract/limits/limits.sh live
	pages    |  20 |      | run_pages
	docs     |   5 | tree | tests/dist/docs/docs.sh
	examples | 55  | tree | tests/dist/docs/contributing.sh
	pack     | 110 |      | tests/dist/pack/pack.sh
	e2e      | 450 | host | tests/kernel/e2e/native.sh
	wide     |  30 | host | tests/kernel/e2e/wide.sh
	tenants  | 55  | host | tests/kernel/e2e/tenants_host.sh
	nodes    |  30 | host | tests/kernel/e2e/nodes.py
	dead     |  30 | host | tests/kernel/e2e/dead.py
	processes | 110 | host | tests/kernel/e2e/processes.sh
	machines | 40 | host | tests/kernel/e2e/machines.py
	fleet    |  40 | host | run_fleet
	supervise | 40 | host | tests/supervise_test.sh
	END
}

# part GROUP COMMAND...: runs one of a group's several commands; a failure is a result.
part() {
	local group=$1
	shift
	"$@" || echo "not ok $group: $* failed with $?"
}

# Runs the unit tests. cmocka prints TAP (version 1.1: "not ok" before a SKIP); a sanitizer reports on stderr, with a bad exit status.
run_unit() {
	local source t st
	make -s -j"$(nproc)" -f tests/Makefile unit headers || echo "not ok unit: it does not build"
	for source in tests/unit/*/test_*.c; do
		t=build/unit/$(basename "$source" .c)
		CMOCKA_MESSAGE_OUTPUT=TAP ASAN_OPTIONS=detect_leaks=1 "$t" build/unit/wire_layout.bpf.o 2>&1 |
			sed -E "s/^(not )?ok [0-9]+ # SKIP (.*)/skip ${t##*/}: \2/; s/^(not )?ok [0-9]+ - (.*)/\1ok ${t##*/}: \2/; /^ok .* # SKIP/s/^ok/skip/"
		st=${PIPESTATUS[0]}
		[ "$st" -eq 0 ] || echo "not ok ${t##*/}: exit status $st"
	done
}

# Tests the readers of protocol buffers that other tests rely on.
run_proto() {
	if command -v protoc >/dev/null; then
		tests/contract/proto/selftest.py
	else
		echo "skip proto: there is no protoc"
	fi
}

# Runs the fuzz targets. Each begins with a copy of tests/contract/fuzz/corpus, since it adds files.
run_fuzz() {
	local t corpus
	make -s -j"$(nproc)" -f tests/Makefile fuzz || echo "not ok fuzz: it does not build"
	for t in build/fuzz/fuzz_*; do
		[ -x "$t" ] || { echo "skip fuzz: not built"; return; }
		corpus=build/test/corpus/${t##*/fuzz_}
		mkdir -p "$corpus"
		cp tests/contract/fuzz/corpus/"${t##*/fuzz_}"/* "$corpus" 2>/dev/null
		if "$t" "$corpus" -max_total_time="${GM_FUZZ_SEC:-10}" -timeout=5 -artifact_prefix=build/test/ 2>&1; then
			echo "ok ${t##*/}: no finding in ${GM_FUZZ_SEC:-10} s"
		else
			echo "not ok ${t##*/}: the input is in build/test/"
		fi
	done
}

# Checks the objects of both architectures against the stored types of kernels.
run_drift() {
	make -s -j"$(nproc)" -f tests/Makefile btf bpf-arches || echo "not ok drift: it does not build"
	part drift tests/kernel/btf/drift.sh check
	part drift tests/kernel/vm/verifier.py --self-test
}

# Tests the texts for users: man pages, --help, completions, and the messages to wrong uses.
run_pages() {
	part pages tests/dist/pack/pages.sh
	part pages tests/contract/messages/messages.sh
}

run_fleet() {
	part fleet tests/contract/fleet/unit.sh
	part fleet tests/contract/fleet/fleet.sh
}

# job_of GROUP: prints the group's lines for jobs_run.
job_of() {
	case $1 in
	vm) tests/kernel/vm/matrix.sh --jobs usual ;;
	matrix) tests/kernel/vm/matrix.sh --jobs all && echo "e2e-all|400|host|tests/kernel/e2e/native.sh --all" &&
		echo "limits-all|900|tree|tests/contract/limits/limits.sh replay --all" && echo "skips|200|host|tests/kernel/e2e/skips.sh" && echo "limits-live-all|1800|host|tests/contract/limits/limits.sh live --all" ;;
	vm/*) tests/kernel/vm/matrix.sh --jobs all | grep "^$1|" ;;
	*) groups | grep -E "^$1 *\|" ;;
	esac
}

# Prints the folder for a group's files. Machines always have one: docs/kernels.md is compared with it at the end.
keep_for() {
	case $1 in
	vm/*) echo "$keep/vm" ;;
	*) [ -z "${GM_KEEP:-}" ] || echo "$keep/$1" ;;
	esac
}

# has_machines GROUP...: succeeds if one of the groups is a machine.
has_machines() {
	case " $* " in *" vm"* | *" matrix "*) true ;; *) false ;; esac
}

# Makes docs/kernels.md from the machines' results: a run of the whole matrix writes it, any other compares it.
kernels_page() {
	local how=check
	case " $* " in *" matrix "*) how=write ;; esac
	{
		part kernels tests/kernel/vm/matrix.sh --page $how "$keep/vm"
		part kernels tests/kernel/vm/matrix.sh --unknown
	} >build/test/kernels.log 2>&1
	echo 0 >build/test/kernels.seconds
	jobs_results build/test/kernels.log
}

# Checks the table of known deviations against this run's results.
deviations_table() {
	part deviations tests/kernel/e2e/deviations.py build/test >build/test/deviations.log 2>&1
	echo 0 >build/test/deviations.seconds
	jobs_results build/test/deviations.log
}

main() {
	local group begin=$SECONDS slots=${GM_SLOTS:-$(nproc)} passed failed skipped
	[ "$slots" -ge 1 ] 2>/dev/null || { echo "run.sh: GM_SLOTS is not a number of jobs: $slots" >&2; exit 2; }
	mkdir -p build
	exec 7>build/test.lock
	flock -n 7 || { echo "run.sh: another run is under way here" >&2; exit 1; }
	rm -rf build/test
	mkdir -p build/test
	keep=${GM_KEEP:-$(mktemp -d)}
	trap 'wait; [ -n "${GM_KEEP:-}" ] || rm -rf "$keep"' EXIT
	trap 'exit 130' INT TERM HUP
	for group; do
		job_of "$group" || { echo "run.sh: no group named $group ($(groups | cut -d'|' -f1 | xargs) vm vm/ID matrix)" >&2; exit 2; }
	done >build/test/jobs || exit 2
	jobs_run "$slots" <build/test/jobs
	! has_machines "$@" || kernels_page "$@"
	deviations_table
	[ -z "${GM_TIMES:-}" ] || jobs_times
	jobs_table
	passed=$(jobs_lines ok | wc -l) failed=$(jobs_lines 'not ok' | wc -l) skipped=$(jobs_lines skip | wc -l)
	# Failures come last, where people and tools that cut long outputs see them.
	if [ "$failed" -gt 0 ]; then
		echo "== failures"
		jobs_lines 'not ok'
	fi
	echo "== all of it: $((SECONDS - begin)) s"
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

if [ $# = 0 ]; then
	# shellcheck disable=SC2046 # one word a group
	set -- $(groups | cut -d'|' -f1) vm
fi
main "$@"
