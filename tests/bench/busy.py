#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Inodes of guest memory, with VMs that never run: busy.py INODES MIB PAUSE [READY]. Each is filled; then, until stdin ends, one page of each goes and comes back
every PAUSE seconds (0: nothing happens). READY is made when all are filled."""
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
    for kind in (1, 0):  # KVM_X86_SW_PROTECTED_VM, else the usual one
        try:
            vm = fcntl.ioctl(kvm, KVM_CREATE_VM, kind)
            return vm, fcntl.ioctl(vm, KVM_CREATE_GUEST_MEMFD, bytearray(struct.pack("QQ48x", size, 0)), True)
        except OSError:
            if not kind:
                raise
    return None


def main():
    nr, size, pause = int(sys.argv[1]), int(float(sys.argv[2]) * 1048576), float(sys.argv[3])
    kvm = os.open("/dev/kvm", os.O_RDWR)
    made = []
    for _ in range(nr):
        vm, fd = make(kvm, size)
        for at in range(0, size, 1 << 30):
            fallocate(fd, KEEP_SIZE, at, min(1 << 30, size - at))
        made.append((vm, fd))
    if len(sys.argv) > 4:
        open(sys.argv[4], "w").write("ready\n")
    step = 0
    while not select.select([0], [], [], pause or None)[0]:
        for _, fd in made:
            at = step * 7919 % (size // PAGE) * PAGE
            fallocate(fd, KEEP_SIZE | PUNCH, at, PAGE)
            fallocate(fd, KEEP_SIZE, at, PAGE)
        step += 1


main()
