/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * hostid.h - which host a recording is of, and which boot of it, as pseudonyms: the machine id itself is nobody
 * else's business (machine-id(5)). Equal ones are equal in every recording of every version.
 */
#ifndef GM_KERNEL_HOSTID_H
#define GM_KERNEL_HOSTID_H

#define GM_HOSTID_LEN 40

/*
 * Of an id in a file (/etc/machine-id, /proc/sys/kernel/random/boot_id): 32 hex digits, among them any dashes. 32
 * other hex digits; "" where there is no id: no such file, or something else in it, such as "uninitialized".
 */
void gm_hostid(const char *path, char out[GM_HOSTID_LEN]);

#endif
