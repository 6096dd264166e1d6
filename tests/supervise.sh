# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# supervise.sh - a script that leaves no process behind, whichever way it ends (sourced by run.sh, kernel/vm/matrix.sh, kernel/e2e/native.sh and others).
#
# Process groups do not hold a test's processes together: timeout makes one of its own, and a shell that dies leaves its children to init. All
# that a script starts inherits its environment, so that a word there marks them. Temporary files go with the last of them.

# supervise [--alone] "$@": the first command of a script, with its arguments. Runs the script as a child and exits with its status. On SIGINT,
# SIGTERM and SIGHUP ends all processes of the child first. Returns in the child. --alone: one such script at a time on this host.
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

# The tools see all guests of a host. The lock is this shell's alone: it ends with this process, even by SIGKILL.
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

# The processes that the child started, itself among them.
supervised() {
	grep -lzE "^GM_SUPERVISORS=(.*/)?$$(/.*)?$" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3
}

# Ends what is left of them: at once, a second time for those that came meanwhile, then by force.
# shellcheck disable=SC2046 # one word a process
supervise_end() {
	local n
	set +e # what is gone already cannot be ended, and the script's status must stay
	trap '' INT TERM HUP
	kill $(jobs -p) 2>/dev/null # of this shell itself: one that waits for the lock
	for ((n = 0; n < 150; n++)); do
		[ -n "$(supervised)" ] || break
		case $n in
		0 | 30) kill -TERM $(supervised) 2>/dev/null && kill -CONT $(supervised) 2>/dev/null ;;
		100) kill -KILL $(supervised) 2>/dev/null ;;
		esac
		sleep 0.1 # between two looks whether all have ended
	done
	[ -z "${supervise_tmp:-}" ] || rm -rf "$supervise_tmp"
}
