#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests tools that do not see all processes: in another PID namespace than the VMs, with a /proc of another namespace, with a /proc that hides
# processes, without /proc. A tool must print one warning and n/a for what it cannot know; no live VM is an orphan or has another process's name.
# Needs root, /dev/kvm and a kernel that allows BPF programs. GM_BUILD=DIR tests other tools than build's. GM_KEEP=DIR keeps the files.
# Prints "ok ..", "not ok ..", "skip .." lines; exit status 0 unless the script itself failed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${GM_BUILD:-$here/../../../build}" && pwd)
keep=${GM_KEEP:-$(mktemp -d)}
bin=$keep/bin guest='' decoy=''
NAME=pidns
CAPS=-all,+bpf,+perfmon,+syslog,+sys_admin	# no CAP_SYS_PTRACE

cleanup() {
	[ -z "$guest" ] || kill "$guest" 2>/dev/null || :
	[ -n "${GM_KEEP:-}" ] || rm -rf "$keep"
}
trap cleanup EXIT

# Prints why this host cannot run the tests; fails if it can.
reason() {
	if [ "$(id -u)" != 0 ]; then
		echo "not root"
	elif [ ! -e /dev/kvm ]; then
		echo "no /dev/kvm"
	elif ! unshare -pfm --mount-proc true 2>/dev/null; then
		echo "no PID namespaces"
	elif ! command -v setpriv >/dev/null; then
		echo "needs setpriv"
	elif ! "$bin/gmemcheck" --json >/dev/null 2>"$keep/why"; then
		echo "gmemcheck fails: $(head -n 1 "$keep/why")"
	elif "$bin/gmemcheck" 2>&1 >/dev/null | grep -q 'PID namespace\|hidepid'; then
		echo "this shell is in a PID namespace itself, or /proc hides processes"
	else
		return 1
	fi
}

# Places: functions that run a COMMAND in such an environment.
on_host() { "$@"; }
in_ns() { unshare -pf --mount-proc "$@"; }
in_ns_outer_proc() { unshare -pf "$@"; }
without_proc() { unshare -m sh -c 'umount -l /proc; exec "$@"' sh "$@"; }
with_foreign_proc() { unshare -m sh -c 'unshare -pf mount -t proc proc /proc; exec "$@"' sh "$@"; }
as_nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set="$CAPS" --inh-caps="$CAPS" --ambient-caps="$CAPS" "$@"
}
hide() {
	local options=$1
	shift
	unshare -m bash -c "mount -t proc -o $options proc /proc; CAPS=$CAPS; $(declare -f as_nobody); "'as_nobody "$@"' sh "$@"
}
hidepid_1() { hide hidepid=1 "$@"; }
hidepid_2() { hide hidepid=2 "$@"; }
hidepid_4() { hide hidepid=4 "$@"; }
hidepid_2_group() { hide hidepid=2,gid=65534 "$@"; }
hidepid_2_root() { unshare -m sh -c 'mount -t proc -o hidepid=2 proc /proc; exec "$@"' sh "$@"; }

# place | warning (empty: none) | all_tasks | process_facts | the VM's name in gmemtop (-: the VM is not found)
places() {
	cat <<-END
	on_host           |                         | attached | attached | $NAME-0
	in_ns             | hostPID: true           | refused  | refused  | -
	in_ns_outer_proc  | hostPID: true           | refused  | attached | -
	without_proc      | no proc filesystem      | attached | refused  | gmemguest-PID
	with_foreign_proc | another PID namespace's | attached | refused  | gmemguest-PID
	hidepid_1         | hidepid=                | attached | refused  | gmemguest-PID
	hidepid_2         | hidepid=                | attached | refused  | gmemguest-PID
	hidepid_4         | hidepid=                | attached | refused  | gmemguest-PID
	hidepid_2_group   |                         | attached | attached | $NAME-0
	hidepid_2_root    |                         | attached | attached | $NAME-0
	END
}

# Starts a VM that does nothing; sets guest and vm_pid.
start_idle() {
	rm -f "$keep/ready"
	"$build/gmemguest" --name "$NAME" --hold --hold-sec 300 --ready "$keep/ready" --truth "$keep/truth.json" >/dev/null 2>"$keep/guest.err" &
	guest=$!
	until [ -e "$keep/ready" ]; do
		kill -0 "$guest" 2>/dev/null || return 1
		sleep 0.05 # between two tests of the condition
	done
	vm_pid=$(/usr/bin/python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["vms"][0]["pid"])' "$keep/truth.json")
}

stop_guest() {
	kill "$guest" 2>/dev/null || :
	wait "$guest" 2>/dev/null || :
	guest=''
}

judge() {
	/usr/bin/python3 "$here/processes.py" "$@"
}

each_place() {
	local place warning tasks facts name tool
	while IFS='|' read -r place warning tasks facts name; do
		read -r place tasks facts name <<<"$place $tasks $facts ${name/PID/$vm_pid}"
		warning=$(sed 's/^ *//; s/ *$//' <<<"$warning")
		for tool in "gmemtop -n 1 --json" "gmemcheck --json" "gmemreboot --mode inventory --pins --json -d 0.1" "gmemcheck" \
			    "gmemreboot --mode inventory --pins -d 0.1" "gmemtop -b -n 1" "gmemsnoop -d 0.1" "gmem_exporter --once"; do
			out=$keep/$place.${tool// /_}
			status=0
			# shellcheck disable=SC2086 # $tool is several words
			"$place" "$bin"/$tool >"$out" 2>"$out.err" </dev/null || status=$?
			judge "$place" "$tool" "$out" "$status" "$warning" "$tasks" "$facts" "$name"
		done
	done < <(places)
}

# Tests that a recording which was made in a namespace reports the same when it is replayed outside.
replays() {
	in_ns "$bin/gmemrecord" -d 0.3 -o "$keep/ns.rec" 2>"$keep/record.err" || :
	status=0
	"$bin/gmemtop" --replay "$keep/ns.rec" --json >"$keep/replay" 2>"$keep/replay.err" || status=$?
	judge replay "gmemtop --json" "$keep/replay" "$status" "" refused refused -
}

# Tests that active VMs are found all the same: one older than the tool, whose process id is another process's in the namespace, and a newer one.
acting() {
	"$build/gmemguest" --name "$NAME-busy" --loop 60 >/dev/null 2>&1 &
	guest=$!
	until vm_pid=$(pgrep -f "gmemguest -name $NAME-busy-0"); do
		kill -0 "$guest" 2>/dev/null || { echo "not ok processes: acting: the VM ended early" && return 0; }
		sleep 0.05 # between two tests of the condition
	done
	# shellcheck disable=SC2016 # the inner shell expands it
	in_ns bash -c 'echo $(($1 - 1)) >/proc/sys/kernel/ns_last_pid
		(exec -a qemu sh -c "sleep 60; :" -name decoy) & [ $! = "$1" ] || echo "no decoy" >&2
		"$2/gmemtop" --json -i 0.5 -n 6; kill -9 $!' sh "$vm_pid" "$bin" >"$keep/acting" 2>"$keep/acting.err" || :
	judge acting "gmemtop --json" "$keep/acting" 0 "hostPID: true" refused refused "gmemguest-$vm_pid|$NAME-busy-0"	# it may come back in another process
	stop_guest
	rm -f "$keep/done" "$keep/begun"
	# shellcheck disable=SC2016 # the inner shell expands it; it runs when the tool is attached, and sleeps between two tests of the condition
	in_ns "$bin/gmemtop" --json -i 0.5 -- sh -c ': >"$2"; until [ -e "$1" ]; do sleep 0.1; done' sh "$keep/done" "$keep/begun" >"$keep/newer" 2>"$keep/newer.err" &
	local tool=$!
	until [ -e "$keep/begun" ]; do
		kill -0 "$tool" 2>/dev/null || break
		sleep 0.05 # between two tests of the condition
	done
	"$build/gmemguest" --name "$NAME-newer" --hold --hold-sec 1 >/dev/null 2>&1 || :
	touch "$keep/done"
	wait "$tool" || :
	judge newer "gmemtop --json" "$keep/newer" 0 "hostPID: true" refused refused "$NAME-newer-0"
}

# Prints the exporter's metric on process facts (port 9931); nothing if it does not answer.
ask() {
	{ exec 9<>/dev/tcp/127.0.0.1/9931; } 2>/dev/null || return 0
	printf 'GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >&9
	sed -n 's/^gmem_probe_attached{probe="process_facts",class="wanted"} //p' <&9
	exec 9<&-
}

# Tests an exporter that sees all processes until it drops its capabilities.
later() {
	local exporter i got=''
	unshare -m sh -c 'mount -t proc -o hidepid=4 proc /proc; exec "$@"' sh "$bin/gmem_exporter" --web.listen-address=127.0.0.1:9931 \
		>/dev/null 2>"$keep/later.err" &
	exporter=$!
	start_idle || :
	for ((i = 0; i < 200; i++)); do
		got=$(ask)
		[ "$got" != 0 ] || break
		sleep 0.1 # between two tests of the condition
	done
	stop_guest
	kill "$exporter" && wait "$exporter" || :
	if [ "$got" = 0 ] && [ "$(grep -c warning "$keep/later.err")" = 1 ] && grep -q 'hidepid=' "$keep/later.err"; then
		echo "ok processes: hidden after the exporter gave up its capabilities"
	else
		echo "not ok processes: hidden after the exporter gave up its capabilities: expected 0 got '$got', $(head -n 2 "$keep/later.err" | tr '\n' ' ')"
	fi
}

mkdir -p "$bin"
for name in gmemtop gmemsnoop gmemcheck gmemreboot gmemrecord gmem_exporter; do cp "$build/$name" "$bin/"; done
chmod 755 "$keep" "$bin"
if why=$(reason); then
	echo "skip processes: $why"
	exit 0
fi
start_idle || { echo "skip processes: $(head -n 1 "$keep/guest.err")" && exit 0; }
each_place
stop_guest
replays
acting
later
