# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# supervise.sh - lets a script leave no process behind, whichever way it ends (sourced by run.sh, kernel/vm/matrix.sh, kernel/e2e/native.sh and others).
#
# Process groups do not hold a test's processes together: timeout makes a group of its own, and a shell that is killed leaves its children to
# init. But all processes that a script starts inherit its environment, so a word there marks them. Temporary files are removed after the last one
# has ended.

# supervise [--alone] "$@": the first command of a script, with the script's arguments. Runs the script again as a child, in which supervise
# returns, and exits with its status; on SIGINT, SIGTERM and SIGHUP ends all processes of the child first. --alone: one such script at a time on
# this host.
supervise() {
	local alone='' status=0 supervisors=${GM_SUPERVISORS:-}
	if [ "${1:-}" = --alone ]; then
		alone=1
		shift
	fi
	[ "${supervisors##*/}" != "$PPID" ] || return 0
	trap supervise_end EXIT
	trap 'exit 130' INT TERM HUP
	[ -z "$alone" ] || supervise_lock
	supervise_tmp=$(mktemp -d)
	chmod 711 "$supervise_tmp" # some tools run as another user
	set -m # otherwise the child and all that it starts ignore SIGINT
	TMPDIR=$supervise_tmp GM_SUPERVISORS=$supervisors/$$ bash "$0" "$@" </dev/null 9>&- &
	set +m
	wait $! || status=$?
	exit $status
}

# Takes the lock of this host's guests, since the tools see all of them. Only this shell holds the lock: it is released when this process ends,
# even by SIGKILL.
supervise_lock() {
	local file=/run/lock/gmemscope-guests
	[ -z "${GM_ALONE:-}" ] && command -v flock >/dev/null || return 0
	[ -w "${file%/*}" ] || file=/tmp/gmemscope-guests
	exec 9>>"$file" || return 0
	export GM_ALONE=1
	flock -n 9 && return
	echo "# another run with guests on this host is in progress, waiting"
	flock 9 &
	wait $!
}

# Prints the ids of the child and of all processes that it started.
supervised() {
	grep -lzE "^GM_SUPERVISORS=(.*/)?$$(/.*)?$" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3
}

# Ends the child's processes by SIGTERM, after 3 s again by SIGTERM (some may have started meanwhile), after 10 s by SIGKILL.
# shellcheck disable=SC2046 # one word a process
supervise_end() {
	local n
	set +e # kill fails for processes that have ended, and the script's status must stay
	trap '' INT TERM HUP
	kill $(jobs -p) 2>/dev/null # jobs of this shell: the one that waits for the lock
	for ((n = 0; n < 150; n++)); do
		[ -n "$(supervised)" ] || break
		case $n in
		0 | 30) kill -TERM $(supervised) 2>/dev/null && kill -CONT $(supervised) 2>/dev/null ;;
		100) kill -KILL $(supervised) 2>/dev/null ;;
		esac
		sleep 0.1 # between two tests whether all have ended
	done
	[ -z "${supervise_tmp:-}" ] || rm -rf "$supervise_tmp"
}
