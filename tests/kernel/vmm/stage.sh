#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Sourced behind tests/kernel/vm/lib.sh by the scripts that boot a real VMM in a test machine: what the folder /vmm there holds.

# stage_qemu FOLDER: a stock QEMU, the shim, and what drives both. What is missing is said on stderr.
stage_qemu() {
	local qemu
	qemu=$("$GM_VM/qemu.sh") || return
	[ -e "$GM_TOP/build/vmm/gmemshim.so" ] || { say "build/vmm/gmemshim.so is missing: make"; return 1; }
	mkdir -p "$1"
	cp -rL "$qemu" "$1/qemu"
	mv "$1/qemu/ld.so" "$1/qemu/qemu-kvm" # the process is named after its loader
	cp "$GM_TOP/build/vmm/gmemshim.so" "$GM_TOP/tests/kernel/vmm/drive.sh" "$1/"
}

# stage_linux FOLDER KERNEL: a guest's vmlinuz and initramfs: that of private-7.3, or of KERNEL where it is not to be had.
stage_linux() {
	local kernel inner
	kernel=$("$GM_VM/kernel.sh" get private-7.3) || kernel=$("$GM_VM/kernel.sh" get "$2") || return
	inner=$(mktemp -d)
	mkdir "$inner/bin" "$inner/dev"
	cp "$kernel/vmlinuz" "$1/"
	cp "$GM_TOP/tests/kernel/vmm/inner-init" "$inner/init"
	cp "$(command -v busybox)" "$inner/bin/busybox"
	(cd "$inner" && find . | cpio --quiet -o -H newc -R 0:0) >"$1/initramfs"
	rm -rf "$inner"
}
