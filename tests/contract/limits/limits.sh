#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests every tool under every limit: limits.sh replay|live [--all]. "replay" reads recordings and needs no privilege (root adds rows), "live"
# observes this kernel and needs root. --all takes smaller steps. The rows are in limits.py (resources, descriptors, full and missing file
# systems), nomem.py (allocations that fail) and badio.py (recordings that change, disks that fail); judge.py judges the tools.
# Prints "ok ..", "not ok ..", "skip .." lines; exit status 0 unless the script itself failed.
set -u
. "$(dirname "$0")/../../supervise.sh"
how=${1:-replay}
case $how in
live) supervise --alone "$@" ;;
*) supervise "$@" ;;
esac
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../../..
shift
make -s -C "$top" -f tests/Makefile limits >/dev/null || exit 1
if [ "$how" = live ]; then
	if [ "$(id -u)" != 0 ] || ! "$top/build/gmemtop" --json -n 1 >/dev/null 2>&1; then
		echo "skip limits: not root, or this kernel cannot be observed"
		exit 0
	fi
	"$here/limits.py" live "$@" && "$here/nomem.py" "$top/build/limits/nomem.so" --live "$@"
else
	"$here/limits.py" replay "$@" && "$here/nomem.py" "$top/build/limits/nomem.so" "$@" && "$here/badio.py" "$top/build/limits/badio.so" "$@"
fi
