#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Runs tenants.sh on this kernel. Needs root, /dev/kvm and a kernel that allows BPF programs. GM_KEEP=DIR keeps the files.
# Prints "ok ..", "not ok ..", "skip .." lines; exit status 0 unless the script itself failed.
set -eu
. "$(dirname "$0")/../../supervise.sh"
supervise --alone "$@"
here=$(cd "$(dirname "$0")" && pwd)
build=${GM_BUILD:-$here/../../../build}
keep=${GM_KEEP:-$(mktemp -d)}
[ -n "${GM_KEEP:-}" ] || trap 'rm -rf "$keep"' EXIT
[ "$(id -u)" = 0 ] || { echo "skip tenants: not root" && exit 0; }
[ -e /dev/kvm ] || { echo "skip tenants: no /dev/kvm" && exit 0; }
mkdir -p "$keep/bin"
"$build/gmemtop" --json -n 1 >"$keep/first.json" 2>"$keep/why" || { echo "skip tenants: gmemtop cannot observe: $(head -n 1 "$keep/why")" && exit 0; }
gcc -O2 -Wall -o "$keep/bin/tenants" "$here/tenants.c"
PATH=$keep/bin:$(cd "$build" && pwd):$PATH sh "$here/tenants.sh" "$keep/out"
"$here/tenants.py" "$keep/out"
