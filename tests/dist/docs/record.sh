#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Makes the recordings in docs/examples anew, in test machines: record.sh. Then: tests/dist/docs/examples.py paste, tests/dist/docs/screens.sh, and read what changed.
#
#   reboot.gmrec  a guest that reboots twice by destroy and create; the machine counts instructions: 1 ns each
#   left.gmrec    memory that no VM can use, pinned by another process; the same machine
#   demo.gmrec    three guests that touch memory, punch holes and reboot; the same machine
set -eu
cd "$(dirname "$0")/../../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# machine BOOT-OPTION... : runs $work/script, and takes its recordings
machine() {
	tests/kernel/vm/boot.sh --kernel "${GM_KERNEL:-7.3}" --timeout 1200 --out "$work/out" "$@" -- "$work/script" >"$work/log" 2>&1 || { tail -n 3 "$work/log" >&2; exit 1; }
	install -m 644 "$work"/out/*.gmrec docs/examples/
	rm -rf "$work/out"
}

cat >"$work/script" <<'END'
cd /tmp
gmemrecord -o /out/reboot.gmrec --compress zlib -- gmemguest --name web --scenario reboot-recreate --reboots 2 --pages 2039
gmemguest --scenario leave --pages 509 --name old --hold --ready ready --go go >/dev/null 2>&1 &
tries=600
until [ -e ready ] || [ $((tries -= 1)) = 0 ]; do sleep 0.1; done
gmemrecord -o /out/left.gmrec --compress zlib -n 3
: >go
wait
END
machine --icount --mem 1536
echo 'gmemrecord -o /out/demo.gmrec --compress zlib -i 1 -- gmemguest --loop 25 --vms 3 --name web' >"$work/script"
machine --icount --mem 1536
ls -l docs/examples
