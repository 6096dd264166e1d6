#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests the units of gmem_exporter and the flight recorder in docs/fleet: unit.sh. Needs no root and no service manager; a check whose program is
# missing is skipped. Prints "ok ..", "not ok ..", "skip ..".
set -u
cd "$(dirname "$0")/../../.." || exit 1
dir=docs/fleet
services="gmem_exporter.service gmemrecord.service"
group=fleet
. tests/result.sh

analyze_version() {
	systemd-analyze --version 2>/dev/null | awk 'NR == 1 { print $2 + 0 }'
}

# Copies the units with stand-ins for their programs, which need not be installed.
stage_units() {
	local program unit
	program=$(command -v true)
	for unit in $services; do
		sed -E "s|^ExecStart=/usr/bin/gmem[a-z_]+|ExecStart=$program|" "$dir/$unit" >"$work/$unit"
	done
	cp $dir/gmem_exporter.socket "$work/"
}

# Prints only messages on these units, as systemd-analyze also reads installed ones.
verify() {
	stage_units
	result "systemd-analyze verify" \
		"$(systemd-analyze verify --man=no "$work"/gmem*.service "$work/gmem_exporter.socket" 2>&1 |
			grep -E 'gmem|Unknown|Failed to parse' | grep -v '.service: Succeeded')"
}

# Checks that the exposure level is at most that in the unit's own comment.
security() {
	local limit said unit
	for unit in $services; do
		limit=$(sed -n 's/^#.*--threshold=\([0-9]*\).*/\1/p' "$dir/$unit")
		said=$(systemd-analyze security --no-pager --offline=true --threshold="$limit" "$dir/$unit" 2>&1) && said=''
		result "$unit: systemd-analyze security: at most $limit of 100" "$(grep -E '^✗|Overall|[Ff]ailed' <<<"$said")"
	done
}

systemd() {
	local version
	version=$(analyze_version)
	if [ "${version:-0}" -lt 250 ]; then
		echo "skip fleet/systemd-analyze: needs systemd 250"
		return
	fi
	verify
	security
}

# Checks that each unit explains its capabilities, and that the exporter, which is not run by root, gets its own as ambient ones.
explained() {
	local unit cap
	for unit in $services; do
		for cap in $(sed -n 's/^CapabilityBoundingSet=//p' "$dir/$unit"); do
			grep -qE "^# $cap  +[a-z]" "$dir/$unit" || echo "$unit: $cap is not explained"
		done
	done
	[ "$(sed -n 's/^AmbientCapabilities=//p' $dir/gmem_exporter.service)" = "$(sed -n 's/^CapabilityBoundingSet=//p' $dir/gmem_exporter.service)" ] ||
		echo "AmbientCapabilities= and CapabilityBoundingSet= differ"
}

# Checks the resources as files, and as kustomize puts them together, where it is installed (kubectl contains it).
kubernetes() {
	if ! python3 -c 'import yaml' 2>/dev/null; then
		echo "skip fleet/resources for Kubernetes: needs python3 with PyYAML"
		return
	fi
	result "resources for Kubernetes" "$(python3 tests/contract/fleet/kubernetes.py 2>&1)"
	if ! kubectl kustomize --help >/dev/null 2>&1; then
		echo "skip fleet/kustomize: needs kubectl"
		return
	fi
	result "kubectl kustomize" "$(kubectl kustomize $dir 2>&1 >"$work/rendered.yaml"; echo --- >>"$work/rendered.yaml"; kubectl kustomize $dir/operator 2>&1 >>"$work/rendered.yaml")"
	result "what kustomize puts together" "$(python3 tests/contract/fleet/kubernetes.py --rendered "$work/rendered.yaml" 2>&1)"
}

systemd
result "every capability of the services is explained" "$(explained)"
kubernetes
