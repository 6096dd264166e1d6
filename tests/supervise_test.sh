#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Interrupts run.sh, kernel/vm/matrix.sh and kernel/e2e/native.sh while guests, tools and machines run: afterwards no process and no file of theirs
# is left, and the next run gets the lock of this host's guests. Needs what these scripts need. Prints "ok ..", "not ok ..", "skip .." lines.
set -u
cd "$(dirname "$0")/.." || exit 1
group=supervise
. tests/result.sh
LIMIT=120 # seconds, for any one condition
mark=GM_SUPERVISE_TEST=$$

# run.sh gets a tree of its own, since it keeps its logs in build/.
mkdir -p "$work/top/build"
ln -s "$PWD"/[!b]* "$work/top/"
ln -s "$PWD"/bpf "$work/top/"
ln -s "$PWD"/build/gmem* "$PWD"/build/unit "$work/top/build/"

# Prints the ids of a run's processes, by a word in their environment.
pids() {
	grep -lzxF "$mark" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3
}

# Prints the commands of a run's processes that match.
processes() {
	pids | while read -r pid; do
		{ tr '\0' ' ' <"/proc/$pid/cmdline" && echo; } 2>/dev/null
	done | grep -E -- "$1"
}

# interrupt NAME SIGNAL REGEX COMMAND...: runs COMMAND and sends the signal once one of its processes matches.
interrupt() {
	local name=$1 signal=$2 regex=$3 pid status=0 tries=$((LIMIT * 10)) left
	shift 3
	rm -rf "${work:?}/tmp"
	mkdir "$work/tmp"
	set -m # otherwise COMMAND ignores SIGINT; env: also if this test was started with SIGINT ignored
	env --default-signal=INT,QUIT "$mark" TMPDIR="$work/tmp" "$@" >"$work/out" 2>&1 &
	pid=$!
	set +m
	until [ -n "$(processes "$regex")" ]; do
		tries=$((tries - 1))
		if [ $tries = 0 ] || ! kill -0 $pid 2>/dev/null; then
			kill $pid 2>/dev/null
			wait $pid
			echo "skip $group/$name: it did not come so far: $(grep -av '^ok ' "$work/out" | tail -n 1)"
			return
		fi
		sleep 0.1 # between two tests of the condition
	done
	kill -"$signal" $pid
	wait $pid || status=$?
	left=$(processes .)
	pids | xargs -r kill -KILL 2>/dev/null
	result "$name: SIG$signal while $regex: no process is left" "$left"
	result "$name: SIG$signal: exit status 130" "$([ $status = 130 ] || echo $status)"
	result "$name: SIG$signal: no file is left" "$(ls -A "$work/tmp")"
}

# awaits FILE WORD: waits until the file has the word; fails after LIMIT seconds.
awaits() {
	local tries=$((LIMIT * 10))
	until grep -q "$2" "$1"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.1 # between two tests of the condition
	done
}

# Checks that SIGKILL releases the lock of guests.
lock_after_kill() {
	local first second
	cat >"$work/locker" <<-'END'
		. tests/supervise.sh
		supervise --alone "$@"
		echo it has the lock
		sleep 600 # until it is killed
	END
	: >"$work/first" >"$work/second"
	env "$mark" bash "$work/locker" >"$work/first" &
	first=$!
	awaits "$work/first" 'has the lock' || { echo "skip $group/lock: others have it: $(cat "$work/first")"; kill $first; return; }
	env "$mark" bash "$work/locker" >"$work/second" &
	second=$!
	result "lock: a second one says that it waits" "$(awaits "$work/second" waiting || cat "$work/second")"
	{ kill -KILL $first && wait $first; } 2>/dev/null
	result "lock: it goes on when the first was killed" "$(awaits "$work/second" 'has the lock' || cat "$work/second")"
	kill $second
	wait $second
	pids | xargs -r kill # the child of the killed process
}

lock_after_kill
interrupt native INT '^gmemguest ' tests/kernel/e2e/native.sh touch lives vcpus
interrupt native TERM '^gmemtop .*-- sh' tests/kernel/e2e/native.sh touch lives vcpus
interrupt run.sh INT '^gmemguest ' "$work/top/tests/run.sh" e2e
interrupt run.sh TERM '^gmemsnoop ' "$work/top/tests/run.sh" e2e lint
interrupt matrix INT '^qemu-system' tests/kernel/vm/matrix.sh 6.18
interrupt matrix TERM '^qemu-system' tests/kernel/vm/matrix.sh holds
