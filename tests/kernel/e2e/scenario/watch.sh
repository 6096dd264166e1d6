# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh disable=SC2034

rows watch <<-'END'
	watch |  | what ends VMs is hooked only while a VM has gmem
END

# Prints the number of a process's links to the tracepoint of exiting processes, by its descriptors.
exit_links() {
	cat "/proc/$1/fdinfo/"* 2>/dev/null | grep -c 'sched_process_exit'
}

has_exit_links() {
	[ "$(exit_links "$1")" -eq "$2" ]
}

recorded() {
	[ -e "$1.rec" ] && [ "$(wc -c <"$1.rec")" -gt 64 ] # longer than the header
}

# Succeeds if the exporter has dropped its privileges, which it has when it attaches and detaches hooks.
is_confined() {
	grep -q '^Seccomp:.*2$' "/proc/$1/status"
}

do_watch() {
	gmem_exporter --web.listen-address=127.0.0.1:9917 --interval 0.2 >"$1/exporter.out" 2>&1 &
	exporter=$!
	gmemreboot -q --json -i 0.2 --record "$1/watch.rec" >"$1/watch.json" 2>"$1/watch.err" &
	tool=$!
	await "gmemreboot's first look" recorded "$1/watch"
	await "the exporter's sandbox" is_confined $exporter
	await "gmemreboot's hooks to be detached" has_exit_links $tool 0
	await "the exporter's hooks to be detached" has_exit_links $exporter 0
	exit_links $tool >"$1/before"
	exit_links $exporter >"$1/exporter.before"
	guest_main "$1/guest" --scenario guest --name watched --hold --ready "$1/ready" --go "$1/go" &
	guest=$!
	await "the hold" ready_or_over "$1/ready" "$1/guest.guest.status"
	gmemreboot --probes >"$1/probes"
	LIMIT=10
	if grep -q '^  exit  *attached' "$1/probes"; then
		await "the hooks" has_exit_links $tool 1
		await "the exporter's hooks" has_exit_links $exporter 1
	fi
	exit_links $tool >"$1/during"
	exit_links $exporter >"$1/exporter.during"
	: >"$1/go"
	wait $guest
	await "the hooks' end" has_exit_links $tool 0
	await "the end of the exporter's hooks" has_exit_links $exporter 0
	LIMIT=120
	exit_links $tool >"$1/after"
	exit_links $exporter >"$1/exporter.after"
	kill -INT $exporter
	wait $exporter
	echo $? >"$1/exporter.status"
	kill -INT $tool
	wait $tool
	echo $? >"$1/watch.status"
}
