#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Recordings of a real VMM (tests/kernel/vm/vmm.sh --golden) against the truth that its shim and QMP wrote, by every tool. No root, no KVM.
set -u
cd "$(dirname "$0")/../../.." || exit 1
for rec in tests/contract/golden/vmm/*.gmrec; do
	[ -e "$rec" ] || { echo "not ok golden: vmm: expected recordings got none"; break; }
	truth=${rec%.gmrec}.json label=golden/vmm-$(basename "$rec" .gmrec)
	tests/kernel/vmm/judge.py recording "$rec" "$truth" "$label" build || echo "not ok $label: the judge failed"
done
# The judge finds what is wrong: one recording is enough, and the one whose truth says most.
name=rebuilt-7.3
tests/kernel/vmm/judge.py self-test tests/contract/golden/vmm/$name.gmrec tests/contract/golden/vmm/$name.json "golden/vmm-$name" build || echo "not ok golden: vmm: the judge failed"
