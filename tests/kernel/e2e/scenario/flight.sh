# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh

rows flight <<-'END'
	flight | --scenario reboot-recreate --reboots 2 | the ring: kept by a rule, by a signal, read after kill -9
END

ring_ticks() {
	gmemtop --json -i 0.3 --replay "$1" 2>/dev/null | grep -c '"type":"tick"'
}

ring_ticked() {
	[ "$(ring_ticks "$1")" -ge "$2" ] || [ -e "$3" ]
}

# kept_as RING COPY: copies the first kept file.
kept_as() {
	for f in "$1"/kept-*; do
		cp "$f" "$2"
		return
	done
}

is_kept() {
	kept_as "$1" "$2" 2>/dev/null && [ -s "$2" ]
}

# signal_recorder SIGNAL RING: signals only the recorder of this ring, as others may run on this host.
signal_recorder() {
	for pid in $(pgrep -f "flight $2"); do
		[ "$(cat "/proc/$pid/comm")" = gmemrecord ] && kill "-$1" "$pid"
	done
}

# Runs two recorders. One keeps by a rule; the other keeps by a signal while the workload holds, and is killed while the guest runs on.
do_flight() {
	observe "$1/rule" "$2" gmemrecord --json -i 0.3 --flight "$1/ring" --max 8M --no-keep-at-exit \
		--trigger 'vm_destroy > 0' --after 0s --quiet-for 1h
	kept_as "$1/ring" "$1/rule.gmrec"
	ls "$1/ring" >"$1/rule.ring"
	plain "$1/rule.kept" gmemsnoop --json --replay "$1/rule.gmrec"
	observe "$1/asked" "--scenario guest,fallocate --vms 2 --hold --ready $1/asked.ready --go $1/asked.go" \
		gmemrecord --json -i 0.3 --flight "$1/ring2" --max 8M &
	job=$!
	await "the hold" ready_or_over "$1/asked.ready" "$1/asked.status"
	cp "$1/asked.truth" "$1/asked.hold.truth"
	now=$(ring_ticks "$1/ring2")
	await "two more samples" ring_ticked "$1/ring2" $((now + 2)) "$1/asked.status"
	signal_recorder USR1 "$1/ring2"
	await "the kept recording" is_kept "$1/ring2" "$1/asked.gmrec"
	await "two samples after a keyframe" ring_ticked "$1/ring2" $((now + 6)) "$1/asked.status"
	signal_recorder KILL "$1/ring2"
	wait $job
	plain "$1/asked.kept" gmemtop --json -i 0.3 --replay "$1/asked.gmrec"
	plain "$1/killed" gmemtop --json -i 0.3 --replay "$1/ring2"
	: >"$1/asked.go"
	await "the guest's end" test -e "$1/asked.guest.status"
	rm -rf "$1/ring" "$1/ring2"
}
