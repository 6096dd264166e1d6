#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The end-to-end scenarios on the kernel that runs here: native.sh [--all | NAME...]
#
# Without a name: all but those that others do in one run. --all: these as well.
# Needs root, /dev/kvm and a kernel that takes BPF programs; says what is missing otherwise. GM_KEEP=DIR keeps
# the files in DIR. Prints "ok ..", "not ok ..", "skip .." lines; exit status 0 unless the script itself failed. The tools see all guests of
# this host: where another run has guests here, this one waits for its end.
set -eu
. "$(dirname "$0")/../../supervise.sh"
supervise --alone "$@"
here=$(cd "$(dirname "$0")" && pwd)
build=$here/../../../build
keep=''
# What touch, lives and vcpus do in one run each; and floods that take minutes.
ONE_BY_ONE="flood-files flood-convert guest host fallocate prefault punch rebind mmap orders reboots process kill leave race busy"

# Why nothing can be done here; fails when there is no reason.
reason() {
	if [ "$(id -u)" != 0 ]; then
		echo "not root"
	elif [ ! -e /dev/kvm ]; then
		echo "no /dev/kvm"
	elif ! gmemtop --json -- true >/dev/null 2>"$keep/why"; then
		echo "gmemtop cannot look: $(head -n 1 "$keep/why")"
	elif gmemtop --json -n 1 | grep -q '"type":"vm"'; then
		echo "other VMs run here: counts would be theirs, too"
	else
		return 1
	fi
}

# Where function probes attach, everything must be seen.
expect() {
	if gmemcheck --json 2>/dev/null | grep -q '"hook":"\(fentry\|fexit\|fsession\)'; then
		echo "--expect full"
	fi
}

# Scenarios of the usual run.
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
