#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Runs the test groups and counts: run.sh [GROUP...] (default: all). A group is a row below; its output's lines that
# begin with "ok ", "not ok ", "skip " are its results. The last line is "N passed, N failed, N skipped".
# Logs: build/test/GROUP.log.
set -u
cd "$(dirname "$0")/.." || exit 1

groups=(unit lint golden drift proto fuzz badinput pack e2e fleet vm)
declare -A command=(
	[unit]=run_unit
	[lint]=tests/lint.sh
	[golden]=tests/golden/replay.sh
	[drift]="tests/btf/drift.sh check"
	[proto]=run_proto
	[fuzz]=run_fuzz
	[badinput]=tests/e2e/badinput.sh
	[pack]=run_pack
	[e2e]=tests/e2e/native.sh
	[fleet]=run_fleet
	[vm]=run_vm
)

# cmocka tells each test in TAP (1.1 has "not ok" before a SKIP), a sanitizer's report comes on stderr with a bad exit status.
run_unit() {
	local t st
	for t in build/unit/test_*; do
		[ -x "$t" ] || continue
		CMOCKA_MESSAGE_OUTPUT=TAP ASAN_OPTIONS=detect_leaks=1 "$t" build/unit/wire_layout.bpf.o 2>&1 |
			sed -E "s/^(not )?ok [0-9]+ # SKIP (.*)/skip ${t##*/}: \2/; s/^(not )?ok [0-9]+ - (.*)/\1ok ${t##*/}: \2/; /^ok .* # SKIP/s/^ok/skip/"
		st=${PIPESTATUS[0]}
		[ "$st" -eq 0 ] || echo "not ok ${t##*/}: exit status $st"
	done
}

# The readers of protocol buffers that other tests believe.
run_proto() {
	if command -v protoc >/dev/null; then
		tests/proto/selftest.py
	else
		echo "skip proto: there is no protoc"
	fi
}

# Each begins with what is kept in tests/fuzz/corpus, on a copy: it adds to it.
run_fuzz() {
	local t corpus
	for t in build/fuzz/fuzz_*; do
		[ -x "$t" ] || { echo "skip fuzz: not built"; return; }
		corpus=build/test/corpus/${t##*/fuzz_}
		mkdir -p "$corpus"
		cp tests/fuzz/corpus/"${t##*/fuzz_}"/* "$corpus" 2>/dev/null
		if "$t" "$corpus" -max_total_time="${GM_FUZZ_SEC:-10}" -timeout=5 -artifact_prefix=build/test/ 2>&1; then
			echo "ok ${t##*/}: no finding in ${GM_FUZZ_SEC:-10} s"
		else
			echo "not ok ${t##*/}: the input is in build/test/"
		fi
	done
}

# What a user reads, and what a distribution makes of it.
run_pack() {
	[ "$(id -u)" != 0 ] || tests/setup/packages.sh pack || echo "# some packages could not be installed"
	tests/pack/pages.sh
	tests/messages/messages.sh
	tests/pack/pack.sh
	tests/docs/contributing.sh
}

run_fleet() {
	tests/fleet/unit.sh
	tests/fleet/fleet.sh
}

run_vm() {
	if [ "$(id -u)" = 0 ] && ! tests/setup/packages.sh vm; then
		echo "skip vm: the packages could not be installed"
		return
	fi
	# matrix.sh says what was not built
	[ "$(id -u)" != 0 ] || make -s arm64 >build/test/arm64.txt 2>&1 || echo "# make arm64: $(tail -n 1 build/test/arm64.txt)"
	tests/vm/matrix.sh
	# Counted instructions, and words, are the same however slow the machine is: beside those that run in real time.
	(
		tests/docs/questions.sh --check
		tests/bench/reboot.sh
		tests/bench/cost.sh --check
	) >build/test/counted.txt 2>&1 &
	tests/vm/module.sh
	tests/vm/inject.sh
	tests/vm/clearing.sh
	wait
	cat build/test/counted.txt
}

# The group's lines as they come, with what else it says in the log only.
run_group() {
	local log=build/test/$1.log start=$SECONDS
	printf '== %s\n' "$1"
	${command[$1]} 2>&1 | tee "$log" | grep --line-buffered -E '^(ok|not ok|skip) '
	local st=${PIPESTATUS[0]}
	[ $st -eq 0 ] || echo "not ok $1: the group's command failed with $st" | tee -a "$log"
	printf '== %s: %d s\n' "$1" $((SECONDS - start))
}

mkdir -p build/test
rm -f build/test/*.log
[ $# -gt 0 ] && groups=("$@")
for g in "${groups[@]}"; do
	[ -n "${command[$g]:-}" ] || { echo "run.sh: no group named $g (${!command[*]})" >&2; exit 2; }
	run_group "$g"
done

count() { cat build/test/*.log | grep -cE "^$1 "; }
passed=$(count ok) failed=$(count 'not ok') skipped=$(count skip)
if [ "$skipped" -gt 0 ]; then
	echo "== NOT TESTED HERE"
	grep -hE '^skip ' build/test/*.log
fi
# Last: of a long output people, and what keeps it for them, see the end.
if [ "$failed" -gt 0 ]; then
	echo "== failures"
	grep -hE '^not ok ' build/test/*.log
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
