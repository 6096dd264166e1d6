#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What does a reboot cost, and what would re-using the inode save? reboot.sh [--runs N] [--pages N]
#
# Boots a test kernel that can link a gmem inode into a second VM (tests/vm/kernels: private-7.3), and lets the same guest reboot
# by destroy + create, by link, and in place, each N times (20) after one that does not count. Prints the table of the three styles,
# and for each run whether the saving that gmemreboot predicts for destroy + create holds what link really saves. The measured
# times are the workload's own. Instructions are counted in place of time (--icount): ns are instructions of one CPU.
#
# The tool looks every 10 s only: on one CPU each look would be in some reboot's wall clock, in others not.
# A VM's destruction waits for RCU grace periods, whose length is chance, in every style alike; so the comparison leaves the line
# "destroy" out of both. Prints "ok ..", "not ok ..", "skip .." lines, and the table as comments.
set -eu
. "$(dirname "$0")/../vm/lib.sh"

runs=20 pages=2039
while [ $# -gt 0 ]; do
	case $1 in
	--runs) runs=$2 ;;
	--pages) pages=$2 ;;
	*) sed -n '4,13s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
	esac
	shift 2
done
keep=$(mktemp -d)
trap 'rm -rf "$keep"' EXIT
status=0

cat >"$keep/script" <<'END'
for style in recreate link inplace; do
	case $style in link) scenario=link ;; *) scenario=reboot-$style ;; esac
	gmemreboot --json -i 10 -- gmemguest --scenario $scenario --reboots "$1" --pages "$2" --truth "/out/$style.truth" \
		>"/out/$style.json" 2>"/out/$style.err" || exit 1
done
uname -r >/out/kernel
END
"$GM_VM/boot.sh" --kernel private-7.3 --icount --out "$keep/out" --timeout 600 -- "$keep/script" $((runs + 1)) "$pages" \
	>"$keep/log" 2>&1 || status=$?
case $status in
0) ;;
77) echo "skip bench/reboot: $(tail -n 1 "$keep/log")" && exit 0 ;;
*)
	echo "not ok bench/reboot: the machine: expected status 0 got $status"
	sed 's/^/# /' "$keep/log" "$keep"/out/*.err
	exit 0
	;;
esac

python3 - "$keep/out" "$runs" <<'END'
import json, statistics, sys

OUT, RUNS = sys.argv[1], int(sys.argv[2])


def read(name):
    with open(f"{OUT}/{name}", encoding="utf-8") as f:
        return f.read()


class Style:
    """Reboots of one style, the first left out: the workload's own times, and the tool's episodes."""

    def __init__(self, name):
        self.name = name
        self.truth = [e["dur_ns"] for e in json.loads(read(f"{name}.truth"))["events"] if e["op"] == "reboot"][1:]
        lines = [json.loads(l) for l in read(f"{name}.json").splitlines()]
        self.all = [l for l in lines if l["type"] == "episode" and l["style"] != "shutdown"]
        self.episodes = self.all[1:]

    def line(self, side, line, key="wall_ns"):
        return [(e[side].get(line, {}).get(key) or 0) for e in self.episodes]

    def destroy(self):
        return self.line("old", "destroy")

    def median(self, values):
        return statistics.median(values) / 1e6 if values else float("nan")


styles = {name: Style(name) for name in ("recreate", "link", "inplace")}
for s in styles.values():
    right = sum(e["style"] == s.name for e in s.all)
    good = right == RUNS + 1 == len(s.all) and len(s.truth) == RUNS
    print(f"{'ok' if good else 'not ok'} bench/reboot: {s.name}: every reboot is an episode of its style"
          + ("" if good else f": expected {RUNS + 1} got {right} of {len(s.all)}, truth {len(s.truth) + 1}"))
    off = [abs(e["wall_ns"] - t) / t for e, t in zip(s.episodes, s.truth)]
    good = bool(off) and statistics.median(off) < 0.05
    print(f"{'ok' if good else 'not ok'} bench/reboot: {s.name}: wall clock within 5 % of the workload's own, in the median"
          + ("" if good else f": got {off}"))

recreate, link = styles["recreate"], styles["link"]
inside, rows = 0, []
for e, t, d, lt, ld in zip(recreate.episodes, recreate.truth, recreate.destroy(), link.truth, link.destroy()):
    measured = (t - d) - (lt - ld)
    predicted = e["saving"].get("wall_ns", {"low": 0, "mid": 0, "high": 0})
    held = predicted["low"] <= measured <= predicted["high"]
    inside += held
    rows.append((measured, predicted, held))
need = RUNS * 19 // 20
good = len(rows) == RUNS and inside >= need
print(f"{'ok' if good else 'not ok'} bench/reboot: the predicted saving holds the measured one in {inside} of {len(rows)} runs"
      + ("" if good else f": expected at least {need} of {RUNS}"))

print(f"# kernel {read('kernel').strip()}, medians of {RUNS} reboots, million instructions")
print("# style       wall (own)   wall  zap    destroy  release free/punch  alloc   zero    map   found   rest")
for s in styles.values():
    free = [a + b for a, b in zip(s.line("old", "free"), s.line("old", "punch"))]
    zap = [a + b for a, b in zip(s.line("old", "zap"), s.line("new", "zap"))]
    rest = [sum(e["neither"][k] or 0 for k in ("user_ns", "guest_ns", "blocked_ns", "unknown_ns")) for e in s.episodes]
    cells = [s.truth, [e["wall_ns"] for e in s.episodes], zap, s.destroy(), s.line("old", "release"), free,
             s.line("new", "alloc"), s.line("new", "zero"), s.line("new", "map"), s.line("new", "guest_fault"), rest]
    print(f"# {s.name:10}" + "".join(f"{s.median(c):8.2f}" for c in cells))
for name, values in (("low", [p["low"] for _, p, _ in rows]), ("mid", [p["mid"] for _, p, _ in rows]),
                     ("high", [p["high"] for _, p, _ in rows]), ("measured", [m for m, _, _ in rows])):
    print(f"# saving of link, destruction left out, {name:9}{recreate.median(values):8.2f}")
for n, (measured, p, held) in enumerate(rows, 1):
    print(f"# run {n:2}: predicted {p['low'] / 1e6:6.2f} .. {p['mid'] / 1e6:6.2f} .. {p['high'] / 1e6:6.2f}, measured "
          f"{measured / 1e6:6.2f}{'' if held else '  outside'}")
END
