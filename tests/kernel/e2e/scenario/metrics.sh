# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh

rows metrics <<-'END'
	metrics | --scenario guest,fallocate,punch,second --vms 2 | gmem_exporter: sums at the end, state at the hold, reboots
END

sampled_twice_more() {
	[ ! -e "$1.status" ] || return 0
	[ "$(sed -n 's/^gmem_exporter_looks_total //p' "$1.prom" 2>/dev/null || echo 0)" -ge "$2" ]
}

keep_textfile() {
	now=$(sed -n 's/^gmem_exporter_looks_total //p' "$1.prom" 2>/dev/null)
	await "a look of $1" sampled_twice_more "$1" $((${now:-0} + 2))
	cp "$1.prom" "$1.hold.prom"
}

do_metrics() {
	observe "$1/once" "$2" gmem_exporter --once --format openmetrics --record "$1/once.rec"
	plain "$1/once.again" gmem_exporter --once --format openmetrics --replay "$1/once.rec"
	not_of_itself "$1/once.json" "$1/once.same.json"
	not_of_itself "$1/once.again.json" "$1/once.replay.json"
	cp "$1/once.again.status" "$1/once.replay.status"
	observe "$1/file" "$2 --hold --ready $1/file.ready --go $1/file.go" gmem_exporter --bpf-stats --textfile "$1/file.prom" -i 0.3 &
	job=$!
	await "the hold" ready_or_over "$1/file.ready" "$1/file.status"
	cp "$1/file.truth" "$1/file.hold.truth"
	keep_textfile "$1/file"
	: >"$1/file.go"
	wait $job
	for style in recreate inplace; do
		observe "$1/$style" "--scenario reboot-$style --reboots 3" gmem_exporter --once
	done
}
