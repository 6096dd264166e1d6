#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests web pages in headless Chromium: a real VMM's reboots, a thousand reboots, recordings compared, hostile names, tracepoint mode, no reboots. Prints "ok ..",
# "not ok ..", "skip ..". GM_KEEP=DIR keeps pages and screenshots there, for a person to see.
set -eu
cd "$(dirname "$0")/../../.."
setup=$(find tests -name packages.sh | head -n 1)
[ "$(id -u)" != 0 ] || "$setup" html || :
if ! command -v chromium >/dev/null; then
	echo "skip browser: there is no chromium (packages.sh html)"
	exit 0
fi
here=tests/contract/golden
out=${GM_KEEP:-}
if [ -z "$out" ]; then
	out=$(mktemp -d)
	trap 'rm -rf "$out"' EXIT
fi
mkdir -p "$out"

page() { # NAME TOOL ARGUMENT...
	name=$1 tool=$2
	shift 2
	"build/$tool" --html "$out/$name.html" "$@" >/dev/null
}

for vmm in rebuilt-7.3 inplace-7.3 link; do
	page "reboot-$vmm" gmemreboot --replay "$here/vmm/$vmm.gmrec"
done
page reboot-full gmemreboot --replay "$here/full-6.18.rec"
page reboot-demo gmemreboot --replay examples/demo.gmrec
page reboot-qemu gmemreboot --replay examples/qemu.gmrec
page compare-init gmemreboot --compare "$here/compare/init1.gmrec" "$here/compare/init0.gmrec" --fail-if 'wall > +10%'
page compare-delay gmemreboot --compare "$here/compare/init1.gmrec" "$here/compare/delay.gmrec" --fail-if 'wall > +10%'
page compare-again gmemreboot --compare "$here/compare/init1.gmrec" "$here/compare/again.gmrec"
page compare-few gmemreboot --compare examples/qemu.gmrec "$here/tracks/tracepoint-7.3.gmrec"
page reboot-none gmemreboot --replay "$here/full-6.18.rec" --vm none-of-that-name
printf '"%s" comm=*\n' '</script><img src=x onerror=alert(1)>_and_a_name_that_has_no_end_and_no_blank_to_break_at' >"$out/map"
page reboot-hostile gmemreboot --machine-map "$out/map" --replay "$here/full-6.18.rec"
page hist-hostile gmemhist --machine-map "$out/map" --replay "$here/full-6.18.rec"
# shellcheck disable=SC2046 # words
build/gmemrecord $(yes "$here/full-6.18.rec" | head -n 16) -o "$out/many.rec" 2>/dev/null
# shellcheck disable=SC2046
build/gmemrecord $(yes "$out/many.rec" | head -n 16) -o "$out/more.rec" 2>/dev/null
page reboot-thousand gmemreboot --replay "$out/more.rec"
rm "$out/many.rec" "$out/more.rec"
page hist-rebuilt-7.3 gmemhist --replay "$here/vmm/rebuilt-7.3.gmrec"
page hist-long gmemhist --by vm --replay "$here/vmm/inplace-7.3-nohook.gmrec"
page hist-full gmemhist --replay "$here/full-6.18.rec"
page diff gmemhist --diff "$here/vmm/rebuilt-7.3.gmrec" "$here/vmm/rebuilt-6.18.gmrec"
page diff-full gmemhist --diff "$here/full-6.18.rec" "$here/vmm/rebuilt-7.3.gmrec"
# A live page, if guests can run here, in a mode in which most figures are n/a.
if [ "$(id -u)" = 0 ] && [ -w /dev/kvm ]; then
	page reboot-tracepoint gmemreboot --mode tracepoint -- build/gmemguest --name browser --scenario reboot-recreate --reboots 20 2>"$out/live.err" ||
		echo "skip browser: live: $(tail -n 1 "$out/live.err")"
fi
"$here/browser.py" "$out" "$out"/*.html
