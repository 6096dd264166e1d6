# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh disable=SC2034

rows waits <<-'END'
	waits | --scenario guest | what counts pages and faults is hooked only while a VM has gmem
END

# The ids of the programs that a process has attached, by the descriptors of its links.
links() {
	grep -h '^link_type' -A9 "/proc/$1/fdinfo/"* 2>/dev/null | sed -n 's/^prog_id:[[:space:]]*//p'
}

links_nr() {
	links "$1" | wc -l
}

has_links() {
	[ "$(links_nr "$1")" -eq "$2" ]
}

# Until it has more than N, pages among them if the programs' names are known: a tool attaches one after the other.
has_more_links() {
	[ "$(links_nr "$1")" -gt "$2" ] || return 1
	[ ! -s "$3" ] || links "$1" | grep -qxf "$3"
}

has_ticked() {
	[ "$(ticks "$1")" -ge "$2" ]
}

ring_is_filled() {
	[ -n "$(find "$1" -type f -size +1 2>/dev/null)" ]
}

serves() {
	grep -q '^Seccomp:.*2$' "/proc/$1/status"
}

# Until process A has detached what waits for gmem: it then has fewer programs attached than process B, which keeps all.
has_fewer_links() {
	[ "$(links_nr "$1")" -lt "$(links_nr "$2")" ]
}

# What each tool has attached: keep_links DIR WHEN
keep_links() {
	for tool in top exporter flight eager; do
		eval "links \$$tool" >"$1/$tool.$2"
	done
}

# A VM from begin to end: one_vm DIR NAME ARGS
one_vm() {
	# shellcheck disable=SC2086 # split is meant
	guest_main "$1/$2" $3 --name "waits-$2"
}

do_waits() {
	gmemtop --json -i 0.3 >"$1/top.json" 2>"$1/top.err" &
	top=$!
	gmemtop --json -i 0.3 --eager >"$1/eager.json" 2>"$1/eager.err" &
	eager=$!
	gmem_exporter --web.listen-address=127.0.0.1:9918 --interval 0.3 >"$1/exporter.out" 2>&1 &
	exporter=$!
	gmemrecord --flight "$1/ring" -i 0.3 --no-keep-at-exit >"$1/flight.out" 2>&1 &
	flight=$!
	await "gmemtop" has_ticked "$1/top.json" 2
	await "gmemtop --eager" has_ticked "$1/eager.json" 2
	await "the exporter's sandbox" serves $exporter
	await "the flight recorder" ring_is_filled "$1/ring"
	for tool in top exporter flight; do
		eval "pid=\$$tool"
		await "the hooks of $tool to be detached" has_fewer_links "$pid" $eager
	done
	keep_links "$1" before
	bpftool prog show >"$1/programs" 2>/dev/null
	sed -n 's/^\([0-9]*\): .*name gm_page_add .*/\1/p' "$1/programs" >"$1/page_add"
	one_vm "$1" first "$2 --hold --ready $1/ready --go $1/go" &
	guest=$!
	await "the hold" ready_or_over "$1/ready" "$1/first.guest.status"
	LIMIT=30
	for tool in top exporter flight; do
		eval "pid=\$$tool"
		await "the hooks of $tool" has_more_links "$pid" "$(wc -l <"$1/$tool.before")" "$1/page_add"
	done
	now=$(ticks "$1/top.json")
	await "two looks with all hooks" has_ticked "$1/top.json" $((now + 2))
	keep_links "$1" during
	one_vm "$1" second "$2"
	: >"$1/go"
	wait $guest
	for tool in top exporter flight; do
		eval "pid=\$$tool"
		await "the end of the hooks of $tool" has_links "$pid" "$(wc -l <"$1/$tool.before")"
	done
	keep_links "$1" after
	LIMIT=120
	one_vm "$1" third "$2"
	now=$(ticks "$1/top.json")
	await "two looks after the third VM" has_ticked "$1/top.json" $((now + 2))
	now=$(ticks "$1/eager.json")
	await "the same of gmemtop --eager" has_ticked "$1/eager.json" $((now + 2))
	for tool in top eager exporter flight; do
		eval "pid=\$$tool"
		kill -INT "$pid"
		wait "$pid"
		echo $? >"$1/$tool.status"
	done
	rm -rf "$1/ring"
}
