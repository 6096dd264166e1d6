/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * hostid.h - pseudonyms of a host and of a boot for recordings: the machine id itself must not be disclosed
 * (machine-id(5)). One host has the same pseudonym in every recording of every version.
 */
#ifndef GM_KERNEL_HOSTID_H
#define GM_KERNEL_HOSTID_H

#define GM_HOSTID_LEN 40

/*
 * Reads an id from a file (/etc/machine-id, /proc/sys/kernel/random/boot_id: 32 hex digits, with or without dashes),
 * and writes its pseudonym, 32 other hex digits, to out; "" if there is no id: no such file, or other contents, such as
 * "uninitialized".
 */
void gm_hostid(const char *path, char out[GM_HOSTID_LEN]);

#endif
