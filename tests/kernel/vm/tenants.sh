#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Runs tests/kernel/e2e/tenants.sh on kernels with function probes, with smaller numbers: tenants.sh [ID...] (default 7.3 6.12)
# Prints "ok ..", "not ok ..", "skip .." lines. GM_KEEP=DIR keeps the files in DIR/ID.
set -eu
. "$(dirname "$0")/lib.sh"
build=${GM_BUILD:-$GM_TOP/build}
keep=${GM_KEEP:-$(mktemp -d)}
[ -n "${GM_KEEP:-}" ] || trap 'rm -rf "$keep"' EXIT
mkdir -p "$keep/bin"
gcc -O2 -Wall -static -o "$keep/bin/tenants" "$GM_TOP/tests/kernel/e2e/tenants.c"
cat >"$keep/inside.sh" <<-END
	export GM_MEMSLOTS=${GM_MEMSLOTS:-2000} GM_FILES=${GM_FILES:-1500} GM_CHURN=${GM_CHURN:-100} GM_CROWD_FILES=${GM_FILES:-1500} GM_KEPT=50 GM_INTERVAL=2 GM_VMS=60 GM_ROOM="-C max-files=1024 -C max-vms=40"
	ulimit -Hn 65536
	exec sh /tenants.sh \$OUT/tenants
END

# on ID: runs the test on this kernel.
on() {
	local status=0 out=$keep/$1
	mkdir -p "$out"
	"$GM_VM/boot.sh" --kernel "$1" --out "$out/vm" --timeout 900 --bin "$build" --bin "$keep/bin" --file "$GM_TOP/tests/kernel/e2e/tenants.sh" \
		--file "$GM_TOP/tests/kernel/e2e/await.sh" \
		-- "$keep/inside.sh" >"$out/boot" 2>&1 || status=$?
	if [ "$status" = 0 ]; then
		"$GM_TOP/tests/kernel/e2e/tenants.py" "$out/vm/tenants" --label "vm/$1"
	else
		no_machine "vm/$1/tenants" "$status" "$out/boot"
	fi
}

[ $# -gt 0 ] || set -- 7.3 6.12
for id in "$@"; do
	on "$id"
done
