# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh disable=SC2034

rows kill9 <<-'END'
	kill9 |  | a killed tool leaves nothing in the kernel
END

programs() {
	bpftool prog show 2>&1 | grep -o 'name gm_[a-z_0-9]*' | sort
	bpftool link show 2>/dev/null | grep -o 'prog_name gm_[a-z_0-9]*' | sort
}

no_program_left() {
	[ -z "$(programs)" ]
}

do_kill9() {
	if ! bpftool version >/dev/null 2>&1; then
		echo "bpftool is missing" >"$1/skip"
		return
	fi
	guest_main "$1/guest" --scenario guest --hold --ready "$1/ready" --go "$1/go" &
	guest=$!
	await "the hold" ready_or_over "$1/ready" "$1/guest.guest.status"
	gmemtop -b -i 0.3 --ready-fd 3 >"$1/top.txt" 2>"$1/top.err" 3>"$1/top.ready" &
	tool=$!
	await "that gmemtop is ready" test -s "$1/top.ready"
	programs >"$1/before"
	kill -9 $tool
	wait $tool 2>/dev/null
	echo $? >"$1/tool.status"
	LIMIT=5
	await "the kernel's deferred free" no_program_left
	LIMIT=120
	programs >"$1/after"
	: >"$1/go"
	wait $guest
}
