#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Runs the end-to-end scenarios on this kernel: native.sh [--all | NAME...]
#
# Without a name, native.sh leaves out scenarios that others include; --all runs these, too.
# Needs root, /dev/kvm and a kernel that allows BPF programs, and prints a skip if one is missing. GM_KEEP=DIR keeps
# the files in DIR. Prints "ok ..", "not ok ..", "skip .." lines; exit status 0 unless the script itself failed. The tools see all guests of
# this host, so the script waits until no other run has guests here.
set -eu
. "$(dirname "$0")/../../supervise.sh"
supervise --alone "$@"
here=$(cd "$(dirname "$0")" && pwd)
build=$here/../../../build
keep=''
# Scenarios that touch, lives and vcpus include; and floods that take minutes.
ONE_BY_ONE="flood-files flood-convert guest host fallocate prefault punch rebind mmap orders reboots process kill leave race busy"

# Prints why this host cannot run the scenarios; fails if it can.
reason() {
	if [ "$(id -u)" != 0 ]; then
		echo "not root"
	elif [ ! -e /dev/kvm ]; then
		echo "no /dev/kvm"
	elif ! gmemtop --json -- true >/dev/null 2>"$keep/why"; then
		echo "gmemtop cannot observe: $(head -n 1 "$keep/why")"
	elif gmemtop --json -n 1 | grep -q '"type":"vm"'; then
		echo "other VMs run here: counts would be theirs, too"
	else
		return 1
	fi
}

# Prints the option to expect full mode if function probes attach here.
expect() {
	if gmemcheck --json 2>/dev/null | grep -q '"hook":"\(fentry\|fexit\|fsession\)'; then
		echo "--expect full"
	fi
}

# Prints the scenarios of the usual run.
usual() {
	sh "$here/scenarios.sh" --list | awk -v others="$ONE_BY_ONE" 'BEGIN { n = split(others, o); while (n) skip[o[n--]] } !($1 in skip) { print $1 }'
}

main() {
	local why whole=
	case ${1:-} in
	--all) whole=1 && shift ;;
	'')
		whole=1
		# shellcheck disable=SC2046 # one word a scenario
		set -- $(usual)
		;;
	esac
	for name in gmemtop gmemsnoop gmemcheck gmemhist gmemreboot gmemrecord gmem_exporter gmemguest; do
		[ -x "$build/$name" ] || { echo "# build/$name is missing: make" && exit 1; }
	done
	PATH=$(cd "$build" && pwd):$PATH
	keep=${GM_KEEP:-$(mktemp -d)}
	[ -n "${GM_KEEP:-}" ] || trap 'rm -rf "$keep"' EXIT
	mkdir -p "$keep"
	if ! /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; then
		echo "skip native/all: python3-jsonschema is missing (tests/dist/setup/packages.sh test)"
		return
	fi
	"$here/check.py" --self-test
	if why=$(reason); then
		echo "skip native/all: $why"
		return
	fi
	sh "$here/scenarios.sh" "$keep/out" "$@"
	# shellcheck disable=SC2046 # none or two words
	"$here/check.py" "$keep/out" --label native $(expect)
	if [ -n "$whole" ]; then
		"$here/top_keys.py" "$build"
		sh "$here/inject.sh" "$keep/inject"
		"$here/inject.py" "$keep/inject"
	fi
}

main "$@"
