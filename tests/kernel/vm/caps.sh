#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests which phases each set of capabilities shows in each mode: caps.sh [--store]
#
# Boots 7.3, whose kvm is a module, and runs gmemcheck as another user with each row of SETS in each mode. Compares the phases that are n/a with
# the table of docs/privileges.md; --store writes the table. Prints "ok ..", "not ok ..", "skip .." lines.
set -eu
. "$(dirname "$0")/lib.sh"

KERNEL=7.3
keep=$(mktemp -d)
trap 'rm -rf "$keep"' EXIT
mkdir "$keep/bin"
find "$GM_TOP/build" -maxdepth 1 -name 'gmemcheck' -type f -exec cp {} "$keep/bin/" \;
cp -L "$(command -v setpriv)" "$keep/bin/" 2>/dev/null || { echo "skip vm/caps: needs setpriv" && exit 0; }

cat >"$keep/script" <<'END'
umask 0
chmod 777 /out
while read -r name caps; do
	for mode in auto full kprobe tracepoint; do
		/bin/setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set=$caps --inh-caps=$caps --ambient-caps=$caps \
			/bin/gmemcheck --json --mode $mode >/out/$name.$mode 2>/out/$name.$mode.err </dev/null
		echo $? >/out/$name.$mode.status
	done
done <<'SETS'
least -all,+bpf,+perfmon
syscalls -all,+bpf,+perfmon,+dac_read_search
addresses -all,+bpf,+perfmon,+syslog
types -all,+sys_admin
all -all,+sys_admin,+syslog,+dac_read_search
SETS
END

status=0
"$GM_VM/boot.sh" --kernel "$KERNEL" --out "$keep/out" --bin "$keep/bin" --timeout 600 -- "$keep/script" >"$keep/log" 2>&1 || status=$?
[ "$status" = 0 ] || { no_machine vm/caps "$status" "$keep/log" && exit 0; }
exec "$GM_VM/caps.py" "$keep/out" "$GM_TOP/docs/privileges.md" "$@"
