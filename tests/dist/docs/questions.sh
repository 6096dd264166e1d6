#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Runs the commands of docs/questions.md in test machines: questions.sh --paste | --check
#
#   --paste   stores the outputs in the page (make docs)
#   --check   prints where the page and the tools disagree (make docs-check)
#
# A machine is a kernel of tests/kernel/vm/kernels that counts instructions (as 1 ns each), with one NUMA node ("7.3") or with
# two ("7.3 numa"). Prints "ok ..", "not ok ..", "skip ..".
set -eu
cd "$(dirname "$0")/../../.."
. tests/kernel/vm/lib.sh
page=docs/questions.md
case ${1:-} in
--paste | --check) what=${1#--} ;;
*) sed -n '4,10s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac
keep=$(mktemp -d)
trap 'rm -rf "$keep"' EXIT
tests/dist/docs/questions.py machines $page >"$keep/machines"
while read -r machine <&3; do
	status=0
	how=--icount
	case $machine in *\ numa) how=--numa ;; esac
	tests/dist/docs/questions.py script $page "$machine" >"$keep/script"
	tests/kernel/vm/boot.sh --kernel "${machine% numa}" $how --mem 1536 --timeout 1200 --out "$keep/out" -- "$keep/script" >"$keep/log" 2>&1 || status=$?
	if [ "$status" = 0 ]; then
		tests/dist/docs/questions.py $what $page "$keep/out" "$machine"
	else
		no_machine "docs/questions: $machine" "$status" "$keep/log"
	fi
	rm -rf "$keep/out"
done 3<"$keep/machines"
