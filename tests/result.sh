# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# result.sh - prints results for scripts that search for mistakes (sourced). The caller sets group; work is a temporary folder that is removed
# when the caller ends.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# result WHAT FINDINGS: prints "ok" if FINDINGS is empty, otherwise "not ok" and the findings.
result() {
	if [ -z "$2" ]; then
		echo "ok $group/$1"
	else
		echo "not ok $group/$1"
		printf '%s\n' "$2" | head -n 20 | sed 's/^/#   /'
	fi
}
