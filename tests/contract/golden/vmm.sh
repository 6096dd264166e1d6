#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Judges every tool on recordings of a real VMM (tests/kernel/vm/vmm.sh --golden) by the truth of its shim and QMP. Needs no root and no KVM.
set -u
cd "$(dirname "$0")/../../.." || exit 1
for rec in tests/contract/golden/vmm/*.gmrec; do
	[ -e "$rec" ] || { echo "not ok golden: vmm: expected recordings got none"; break; }
	truth=${rec%.gmrec}.json label=golden/vmm-$(basename "$rec" .gmrec)
	tests/kernel/vmm/judge.py recording "$rec" "$truth" "$label" build || echo "not ok $label: the judge failed"
done
# Checks that the judge finds mistakes, on the recording with the most complete truth.
name=rebuilt-7.3
tests/kernel/vmm/judge.py self-test tests/contract/golden/vmm/$name.gmrec tests/contract/golden/vmm/$name.json "golden/vmm-$name" build || echo "not ok golden: vmm: the judge failed"
