#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Runs tests/kernel/e2e/inject.sh on a kernel with function probes, with smaller numbers: inject.sh [ID [NAME...]] (default 7.3, all)
# Prints "ok ..", "not ok ..", "skip .." lines. GM_KEEP=DIR keeps the files.
set -eu
. "$(dirname "$0")/lib.sh"
id=${1:-7.3}
shift || :
out=${GM_KEEP:-$(mktemp -d)}
[ -n "${GM_KEEP:-}" ] || trap 'rm -rf "$out"' EXIT
mkdir -p "$out/bin"
need bpftool
cp -L "$(command -v bpftool)" "$out/bin/"
cat >"$out/inside.sh" <<-END
	export GM_CPUS=1 GM_CHURN=${GM_CHURN:-400} GM_KILLS=${GM_KILLS:-10} GM_KILL_REBOOTS=${GM_KILL_REBOOTS:-60} GM_LIVES_MS=15000
	exec sh /inject.sh \$OUT/inject $*
END
status=0
"$GM_VM/boot.sh" --kernel "$id" --out "$out/vm" --timeout 1500 --bin "$GM_TOP/build" --bin "$out/bin" --file "$GM_TOP/tests/kernel/e2e/inject.sh" \
	--file "$GM_TOP/tests/kernel/e2e/await.sh" \
	-- "$out/inside.sh" >"$out/boot" 2>&1 || status=$?
if [ "$status" = 0 ]; then
	"$GM_TOP/tests/kernel/e2e/inject.py" "$out/vm/inject" --label "vm/$id"
else
	no_machine "vm/$id/inject" "$status" "$out/boot"
fi
