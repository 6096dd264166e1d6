#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# stage.sh - collects the folder /vmm of a test machine that runs a real VMM (sourced after tests/kernel/vm/lib.sh).

# stage_qemu FOLDER: copies a stock QEMU, the shim, and drive.sh. Prints on stderr what is unavailable.
stage_qemu() {
	local qemu
	qemu=$("$GM_VM/qemu.sh") || return
	[ -e "$GM_TOP/build/vmm/gmemshim.so" ] || { say "build/vmm/gmemshim.so is missing: make"; return 1; }
	mkdir -p "$1"
	cp -rL "$qemu" "$1/qemu"
	mv "$1/qemu/ld.so" "$1/qemu/qemu-kvm" # the process is named after its loader
	cp "$GM_TOP/build/vmm/gmemshim.so" "$GM_TOP/tests/kernel/vmm/drive.sh" "$1/"
}

# stage_linux FOLDER KERNEL: makes a guest's vmlinuz and initramfs, of private-7.3, or of KERNEL if that is unavailable.
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
