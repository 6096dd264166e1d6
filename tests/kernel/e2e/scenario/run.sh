# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh

rows run <<-'END'
	guest        | --scenario guest                      | first touch by the guest
	host         | --scenario host,punch-leave           | first touch by the host; the guest's then allocates nothing
	fallocate    | --scenario fallocate                  | pages allocated by one, cleared by another
	prefault     | --scenario prefault                   | allocation outside of any fault
	punch        | --scenario punch,punch-leave          | pages freed and allocated again
	calls        | --scenario punch-calls,punch-uring    | pages freed by every call that can
	each         | --scenario each-fallocate,each-both --pages 4091 | a call for each page: more than stay single
	each-convert | --scenario each-convert --pages 4091 | the same, conversions of a lazily accepting guest
	rebind       | --scenario rebind,second,punch-unbound,bind-refused | faults that find the page; binds that fail
	mmap         | --scenario mmap                       | a mapping as the only pin
	orders       | --scenario close-orders               | destruction inside release, or not
	reboots      | --scenario reboot-recreate,reboot-overlap,reboot-inplace --reboots 2 | incarnations of one machine
	process      | --scenario reboot-process --reboots 2 | a machine that comes back in another process
	kill         | --scenario kill                       | SIGKILL: no close at all
	leave        | --scenario leave                      | freed in another process than the owner's
	race         | --scenario race,migrate --vcpus 2     | two vCPUs at one page; tasks moved between CPUs
	busy         | --scenario invalidate,kill-busy       | punched under the guest; SIGKILL in the middle of faults
	fail         | --scenario fail-closed,fail-enomem,fail-hwpoison POISON | faults that fail: file closed, no memory, page poisoned
	touch        | --scenario guest,host,punch-leave,fallocate,prefault,punch,rebind,second,punch-unbound,bind-refused,mmap,close-orders | guest to orders in one run
	lives        | --scenario reboot-recreate,reboot-overlap,reboot-inplace,reboot-process,kill,leave --reboots 2 | reboots to leave in one run
	vcpus        | --scenario race,migrate,invalidate,kill-busy --vcpus 2 | race and busy in one run
	all          | --scenario all --pages 31 --vcpus 2 | all of gmemguest, one after the other
	many         | --scenario guest,punch,rebind --vms 8 --vcpus 2 --pages 509 | several at once
	plain        | --scenario plain,guest --vms 2        | ordinary memory is none of it
	private      | --scenario private                    | private memory, conversion
	link         | --scenario link                       | an inode of two VMs
	link-private | --scenario link-private               | the same, private
END

# Runs two tools, each with its own workload. With ATTACH_ONCE, gmemsnoop records one workload and gmemtop reads the recording: on an emulated machine
# attaching takes some 13 s, a workload less than one.
do_run() {
	if [ -n "${ATTACH_ONCE:-}" ]; then
		run_once "$@"
	else
		run_twice "$@"
	fi
}

run_twice() {
	# shellcheck disable=SC2086 # split is meant
	observe "$1/snoop" "$2" gmemsnoop --json $SLOW
	[ -z "$SLOW" ] || : >"$1/slow"
	# shellcheck disable=SC2086 # split is meant
	observe "$1/top" "$2" gmemtop --json -i 1 $ROOM --record "$1/top.rec"
	plain "$1/top.replay" gmemtop --json -i 1 --replay "$1/top.rec"
}

run_once() {
	# shellcheck disable=SC2086 # split is meant
	observe "$1/snoop" "$2" gmemsnoop --json $SLOW --record "$1/snoop.rec"
	[ -z "$SLOW" ] || : >"$1/slow"
	as_if_live "$1/top" "$1/snoop" "$1/snoop.rec" gmemtop --json -i 1
	plain "$1/top.replay" gmemtop --json -i 1 --replay "$1/snoop.rec" --speed 50
}
