#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Makes the recordings in examples/ anew, in test machines: record.sh [NAME...]. Then: tests/dist/docs/recordings.sh, tests/dist/docs/examples.py paste,
# tests/dist/docs/screens.sh, and read what changed.
#
#   reboot  a guest that reboots twice by destroy and create; the machine counts instructions: 1 ns each
#   left    memory that no VM can use, pinned by another process; the same machine
#   private a guest with private memory, some of it held twice, some left in guest_memfd; a machine of the test kernel with software-protected VMs
#   demo    five guests: an idle one, one that reboots in every style, one that punches, a restless one, memory that is left behind; the same
#           machine. One works at a time: of two on one CPU the kernel would skip programs
#   qemu    a stock QEMU on guest_memfd that is reset twice (tests/kernel/vm/vmm.sh); emulated twice: counts are real, times are not
set -eu
cd "$(dirname "$0")/../../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
kernel=${GM_KERNEL:-7.3}

# machine NAME [KERNEL]: runs $work/script, and takes its recording
machine() {
	tests/kernel/vm/boot.sh --kernel "${2:-$kernel}" --timeout 1200 --out "$work/out" --icount --mem 1536 -- "$work/script" >"$work/log" 2>&1 ||
		{ tail -n 3 "$work/log" >&2; exit 1; }
	install -m 644 "$work/out/$1.gmrec" examples/
	rm -rf "$work/out"
}

make_reboot() {
	echo 'gmemrecord -o /out/reboot.gmrec --compress zlib -- gmemguest --name web --scenario reboot-recreate --reboots 2 --pages 2039' >"$work/script"
	machine reboot
}

make_left() {
	cat >"$work/script" <<'END'
cd /tmp
gmemguest --scenario leave --pages 509 --name old --hold --ready ready --go go >/dev/null 2>&1 &
tries=600
until [ -e ready ] || [ $((tries -= 1)) = 0 ]; do sleep 0.1; done
gmemrecord -o /out/left.gmrec --compress zlib -n 3
: >go
wait
END
	machine left
}

make_private() {
	cat >"$work/script" <<'END'
cd /tmp
gmemguest --scenario halves --pages 4088 --name web --hold --ready ready --go go >/dev/null 2>&1 &
tries=600
until [ -e ready ] || [ $((tries -= 1)) = 0 ]; do sleep 0.1; done
gmemrecord -o /out/private.gmrec --compress zlib -n 3
: >go
wait
END
	machine private private-7.3
}

make_demo() {
	cat >"$work/script" <<'END'
cd /tmp
cat >work <<'EOF'
await() {
	tries=600
	until [ -e $1 ] || [ $((tries -= 1)) = 0 ]; do sleep 0.1; done
}
gmemguest --name web --scenario host --pages 6133 --hold --ready up --go down >/dev/null 2>&1 &
await up
for style in recreate overlap inplace firmware recreate; do
	gmemguest --name db --scenario reboot-$style --reboots 2 --pages 4093 --hold --hold-sec 7 >/dev/null 2>&1
done
gmemguest --name build --scenario punch --pages 3067 --hold --hold-sec 4 >/dev/null 2>&1
gmemguest --name test --loop 16 >/dev/null 2>&1
gmemguest --name old --scenario leave --pages 2039 --hold --ready ready --go go >/dev/null 2>&1 &
await ready
sleep 5
: >go
: >down
wait
EOF
gmemrecord -o /out/demo.gmrec --compress zlib -i 1 -- sh work
END
	machine demo
}

# On a busy host the emulator may crash the machine: then it is run again. That the guest hangs while it boots does no harm, its memory is touched.
make_qemu() {
	local try
	for try in 1 2 3; do
		GM_KEEP=$work/vmm tests/kernel/vm/vmm.sh --example "rebuilt-$kernel" >"$work/log" 2>&1 || true
		grep '^not ok' "$work/log" >&2 || break
		[ "$try" != 3 ] || exit 1
	done
	install -m 644 "$work/vmm/rebuilt-$kernel/out/example.gmrec" examples/qemu.gmrec
}

[ $# -gt 0 ] || set -- reboot left demo qemu
for name; do
	"make_$name"
done
ls -l examples
