#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Tests tools while the kvm module is unloaded and loaded: it cannot be unloaded while tools are attached; they detach by SIGUSR2 or
# --release-module; a tool that runs on while it is unloaded and loaded again counts exactly afterwards; --wait waits for the module.
# module.sh [ID] (a kernel with kvm as a module; default 7.3). Prints "ok ..", "not ok ..", "skip .." lines.
set -u
here=$(cd "$(dirname "$0")" && pwd)
id=${1:-7.3}
out=${GM_KEEP:-$(mktemp -d)}
[ -n "${GM_KEEP:-}" ] || trap 'rm -rf "$out"' EXIT
mkdir -p "$out"

cat >"$out/inside.sh" <<'END_INSIDE'
LIMIT=120
ok() { echo "ok $*" >>$OUT/lines; }
not_ok() { echo "not ok $*" >>$OUT/lines; }
judge() { # WHAT COMMAND...
	what=$1
	shift
	if "$@"; then ok "$what"; else not_ok "$what: $*"; fi
}
await() { # WHAT COMMAND...: judged as well
	what=$1 tries=$((LIMIT * 10))
	shift
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || { not_ok "$what: gave up waiting for: $*"; return 1; }
		sleep 0.1 # between two tests of the condition
	done
	ok "$what"
}
refs() { cat /sys/module/kvm/refcnt; }
refs_are() { [ "$(refs)" = "$1" ]; }
refs_above() { [ "$(refs)" -gt "$1" ]; }
ticks() { [ "$(grep -c '^{"type":"tick"' "$1")" -ge "$2" ]; }
await_two_samples() { await "two more samples" ticks "$1" $(($(grep -c '^{"type":"tick"' "$1") + 2)); }
has() { grep -q -- "$2" "$1"; }
fails() { ! "$@"; }
unload() { rmmod kvm_amd 2>/dev/null; rmmod kvm 2>/dev/null; }
load() { while read -r m; do insmod "/gm/modules/$m.ko" 2>/dev/null; done </gm/order; [ -d /sys/module/kvm ]; }
guest() { gmemguest --scenario guest,punch,rebind --vms 2 --pages 127 --truth "$1.truth" >"$1.guest.out" 2>&1; }

BASE=$(refs)

# ---- asked by a signal ----
cd $OUT
gmemtop --json -i 0.3 --record sig.rec >sig.top.json 2>sig.err &
tool=$!
await "signal: first sample" ticks sig.top.json 1
judge "signal: attached to the module" refs_above "$BASE"
rmmod kvm_amd
judge "signal: it cannot be unloaded meanwhile" fails rmmod kvm 2>/dev/null
load
guest sig1
kill -USR2 $tool
await "signal: detached" refs_are "$BASE"
judge "signal: it can be unloaded now" unload
judge "signal: the module is unloaded" test ! -d /sys/module/kvm
judge "signal: the tool still runs" test -d /proc/$tool
judge "signal: loaded again" load
await "signal: attached again" refs_above "$BASE"
await_two_samples sig.top.json	# the first one may be the one in which the tool attached
guest sig2
kill -INT $tool
wait $tool
echo $? >sig.status
gmemsnoop --json --replay sig.rec >sig.json 2>>sig.err
await "signal: detached at the end" refs_are "$BASE"

# ---- twice by a signal, while VMs run ----
gmemguest --scenario guest --vms 1 --pages 251 --hold --ready ready --go go --truth held.truth >held.out 2>&1 &
guest=$!
await "held: the guest is there" test -e ready
WITH=$(refs)
gmemtop --json -i 0.3 >held.json 2>held.err &
tool=$!
await "held: first samples" ticks held.json 2
kill -USR2 $tool
await "held: detached" refs_are "$WITH"
await_two_samples held.json
kill -USR2 $tool
await "held: attached again" refs_above "$WITH"
await_two_samples held.json
cp held.json held.hold.json
: >go
wait $guest
kill -INT $tool
wait $tool
echo $? >held.status

# ---- by --release-module, while no VM runs ----
gmemtop --json -i 0.3 --release-module >auto.json 2>auto.err &
tool=$!
await "auto: first sample" ticks auto.json 1
await "auto: detached without a VM" refs_are "$BASE"
judge "auto: it can be unloaded" unload
judge "auto: loaded again" load
rm -f ready go
gmemguest --scenario guest --vms 1 --pages 127 --hold --hold-at work --ready ready --go go --truth auto.truth >auto.guest.out 2>&1 &
guest=$!
await "auto: the guest is there" test -e ready
WITH=$(refs)
await "auto: attached, as a VM runs" refs_above "$WITH"
: >go
wait $guest
await "auto: detached when the VM has ended" refs_are "$BASE"
kill -INT $tool
wait $tool
echo $? >auto.status

# ---- no module at the start ----
judge "wait: unloaded" unload
gmemtop --json -i 0.3 -n 2 --wait >wait.json 2>wait.err &
tool=$!
await "wait: a message that the tool waits" has wait.err "waiting for KVM"
gmemtop --wait >stop.out 2>stop.err &
stop=$!
await "wait: another waits" has stop.err "waiting for KVM"
kill -INT $stop
wait $stop
judge "wait: interrupted, it ends well" test $? = 0
load
wait $tool
judge "wait: status 0" test $? = 0
judge "wait: two samples" ticks wait.json 2
END_INSIDE
"$here/boot.sh" --kernel "$id" --timeout 900 --out "$out/vm" -- "$out/inside.sh" >"$out/log" 2>&1
st=$?
if [ $st -eq 77 ]; then
	echo "skip vm/module: $(tail -n 1 "$out/log")"
	exit 0
elif [ $st -ne 0 ]; then
	echo "not ok vm/module: the machine ended with status $st"
	sed 's/^/# /' "$out/log"
	exit 0
fi
sed -E 's,^(ok|not ok) ,\1 vm/module: ,' "$out/vm/lines"
/usr/bin/python3 - "$out/vm" "$here/../e2e" <<'END_PY'
import json, sys
d = sys.argv[1] + "/"
sys.path.insert(0, sys.argv[2])

from judge import deviations
from judge.losses import Losses, reported
from judge.output import Checks, Output

out = Output("vm", deviations=deviations.load())
checks = Checks(out, "module")


def lines(name):
    return [json.loads(x) for x in open(d + name) if x.startswith("{")]


def judge(what, good, got):
    checks.test(what, good, "that", got)


def last(name, kind, **want):
    found = [x for x in lines(name) if x["type"] == kind and all(x.get(k) == v for k, v in want.items())]
    return found[-1] if found else {}


losses = Losses(reported(lines("sig.json")))
truth = [json.load(open(f"{d}sig{n}.truth"))["counts"] for n in (1, 2)]
events = [x for x in lines("sig.json") if x["type"] == "event"]
for kind in ("vm_create", "create", "bind", "unbind", "punch", "release", "evict", "vm_destroy"):
    expected = sum(t[kind] for t in truth)
    got = sum(e["kind"] == kind and e.get("ret", 0) >= 0 for e in events)
    checks.within(f"signal: {kind}, before and after", {kind: expected}, {kind: got}, less=losses.most)
allocated = sum(t["allocated_pages"] for t in truth)
summary = last("sig.json", "summary")
judge(f"signal: pages allocated: {allocated}", summary.get("allocated_pages") == allocated, summary)
checks.within("signal: the same of the phase alloc", {"pages": allocated}, {"pages": summary["phases"]["alloc"].get("count", -1)}, less=losses.most)
judge("signal: status 0", open(d + "sig.status").read().strip() == "0", open(d + "sig.err").read())
checks.equal("signal: only runs that the kernel skipped are lost", {}, losses.others)
for name in ("sig.json", "held.json", "auto.json"):
    judge(f"{name}: detached hooks are reported as a loss", last(name, "loss", what="module_released").get("count", 0) >= 1, last(name, "loss"))
held = json.load(open(d + "held.truth"))
inode = last("held.hold.json", "inode")
pages = held["inodes"][0]["allocated_pages"]
judge(f"held: {pages} pages resident and allocated, seen while detached", inode.get("resident_bytes") == pages * 4096, inode)
judge("held: the same inode all the time", len({x["inode"] for x in lines("held.json") if x["type"] == "inode"}) == 1, "several ids")
out.finish()
END_PY
