#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Keeps inodes of guest memory busy; their VMs never run: busy.py INODESxMIB[+INODESxMIB...] PAUSE [READY]. busy.py fills all inodes, creates the file READY,
and then every PAUSE seconds frees one page of each inode and allocates it again (0: never), until stdin ends."""
import ctypes
import fcntl
import os
import select
import struct
import sys

KVM_CREATE_VM, KVM_CREATE_GUEST_MEMFD = 0xAE01, 0xC040AED4
KEEP_SIZE, PUNCH = 1, 2
PAGE = 4096
libc = ctypes.CDLL(None, use_errno=True)


def fallocate(fd, mode, offset, length):
    if libc.fallocate(fd, mode, ctypes.c_long(offset), ctypes.c_long(length)):
        raise OSError(ctypes.get_errno(), "fallocate")


def make(kvm, size):
    for kind in (1, 0):  # KVM_X86_SW_PROTECTED_VM, otherwise the default type
        try:
            vm = fcntl.ioctl(kvm, KVM_CREATE_VM, kind)
            return vm, fcntl.ioctl(vm, KVM_CREATE_GUEST_MEMFD, bytearray(struct.pack("QQ48x", size, 0)), True)
        except OSError:
            if not kind:
                raise
    return None


def fill(kvm, size):
    vm, fd = make(kvm, size)
    for at in range(0, size, 1 << 30):
        fallocate(fd, KEEP_SIZE, at, min(1 << 30, size - at))
    return vm, fd, size


def main():
    parts, pause = [p.split("x") for p in sys.argv[1].split("+")], float(sys.argv[2])
    kvm = os.open("/dev/kvm", os.O_RDWR)
    made = [fill(kvm, int(float(mib) * 1048576)) for nr, mib in parts for _ in range(int(nr))]
    if len(sys.argv) > 3:
        open(sys.argv[3], "w").write("ready\n")
    step = 0
    while not select.select([0], [], [], pause or None)[0]:
        for _, fd, size in made:
            at = step * 7919 % (size // PAGE) * PAGE
            fallocate(fd, KEEP_SIZE | PUNCH, at, PAGE)
            fallocate(fd, KEEP_SIZE, at, PAGE)
        step += 1


if __name__ == "__main__":
    main()
