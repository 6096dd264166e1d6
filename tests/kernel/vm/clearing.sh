#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests gmemhist's report of who zeroes a page, and the time of zeroing: clearing.sh [KERNEL]
#
# Boots one kernel three times, with init_on_alloc=0, =1 and init_on_free=1, runs the same guest under gmemhist and compares the
# reports and the histograms. The machine counts instructions instead of time (--icount), so the comparison does not depend on
# the host's load. Prints "ok ..", "not ok ..", "skip .." lines and a table.
set -eu
. "$(dirname "$0")/lib.sh"

KERNEL=${1:-6.18}
keep=$(mktemp -d)
trap 'rm -rf "$keep"' EXIT

cat >"$keep/script" <<'END'
gmemhist --json --record /tmp/rec -- gmemguest --scenario guest --pages 2039 --truth /out/truth.json >/out/hist.json
gmemhist -H --replay /tmp/rec >/out/hist.txt
gmemcheck >/out/check.txt
END

boot() {
	local status=0
	"$GM_VM/boot.sh" --kernel "$KERNEL" --icount --out "$keep/$1" --append "$2" --timeout 300 -- "$keep/script" \
		>"$keep/$1.log" 2>&1 || status=$?
	echo $status >"$keep/$1.status"
}

boot plain "init_on_alloc=0 init_on_free=0" &
boot alloc "init_on_alloc=1 init_on_free=0" &
wait
boot free "init_on_alloc=0 init_on_free=1"

for name in plain alloc free; do
	case $(cat "$keep/$name.status") in
	0) ;;
	77) echo "skip vm/clearing: $(tail -n 1 "$keep/$name.log")" && exit 0 ;;
	*)
		echo "not ok vm/clearing: the machine $name: expected status 0 got $(cat "$keep/$name.status")"
		sed 's/^/# /' "$keep/$name.log"
		exit 0
		;;
	esac
done

python3 - "$keep" <<'END'
import json, sys

KEEP = sys.argv[1]


def test(what, good, got):
    print(f"ok vm/clearing: {what}" if good else f"not ok vm/clearing: {what}: got {got}")


def read(name, file):
    with open(f"{KEEP}/{name}/{file}", encoding="utf-8") as f:
        return f.read()


class Boot:
    def __init__(self, name):
        self.name = name
        self.truth = json.loads(read(name, "truth.json"))["counts"]
        self.summary = json.loads(read(name, "hist.json").splitlines()[-1])
        self.text, self.check = " ".join(read(name, "hist.txt").split()), " ".join(read(name, "check.txt").split())

    def per_page(self, phase):
        p = self.summary["phases"][phase]
        return p["sum_ns"] / self.truth["allocated_pages" if phase != "free" else "freed_pages"]

    def pages(self, phase):
        return self.summary["phases"][phase]["count"]


boots = {name: Boot(name) for name in ("plain", "alloc", "free")}
for b in boots.values():
    on_alloc, on_free = b.name == "alloc", b.name == "free"
    test(f"{b.name}: the summary has init_on_alloc and init_on_free right",
         (b.summary["init_on_alloc"], b.summary["init_on_free"]) == (on_alloc, on_free), b.summary)
    test(f"{b.name}: every page was allocated and cleared once by guest_memfd",
         b.pages("alloc") == b.pages("zero") == b.truth["allocated_pages"], b.summary["phases"])
    test(f"{b.name}: gmemcheck says whether pages are zeroed twice", ("zeroed twice" in b.check) == on_alloc, b.check[:400])
    test(f"{b.name}: gmemhist says whether pages are zeroed twice", ("zeroed twice" in b.text) == on_alloc, b.text[:400])
plain, alloc, free = boots["plain"], boots["alloc"], boots["free"]
zero = plain.per_page("zero")
# Zeroing a page once more takes the time of guest_memfd's own zeroing: between half and one and a half of it.
more = alloc.per_page("alloc") - plain.per_page("alloc")
test("init_on_alloc=1 adds about one clearing to alloc", 0.5 * zero < more < 1.5 * zero, (more, zero))
more = free.per_page("free") - plain.per_page("free")
test("init_on_free=1 adds about one clearing to free", 0.5 * zero < more < 1.5 * zero, (more, zero))
for b in (alloc, free):
    test(f"{b.name}: zero itself stays the same", 0.8 * zero < b.per_page("zero") < 1.25 * zero, (b.per_page("zero"), zero))
print("# instructions a page      alloc     zero     free")
for b in boots.values():
    print(f"# {b.name:20} {b.per_page('alloc'):9.0f}{b.per_page('zero'):9.0f}{b.per_page('free'):9.0f}")
END
