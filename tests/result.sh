# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# result.sh - for test scripts that look for what should not be there. The caller sets group, and gets
# work, a folder that goes away with it.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# result WHAT FINDINGS: nothing found is well.
result() {
	if [ -z "$2" ]; then
		echo "ok $group/$1"
	else
		echo "not ok $group/$1"
		printf '%s\n' "$2" | head -n 20 | sed 's/^/#   /'
	fi
}
