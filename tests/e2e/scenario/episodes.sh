# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh

rows episodes <<-'END'
	episodes | recreate overlap inplace process link | reboots, one style after the other, and one by scans alone
END

do_episodes() {
	for style in $2; do
		scenario=reboot-$style
		[ "$style" != link ] || scenario="link"
		observe "$1/$style" "--scenario $scenario --reboots 3" gmemreboot --json -i 5
	done
	observe "$1/inventory" "--scenario reboot-recreate --reboots 3 --hold-at start,work --hold-sec 1" \
		gmemreboot --json -i 0.2 --mode inventory
}
