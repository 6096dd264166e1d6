/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * notify.h - tells the service manager how a service is (the protocol of sd_notify(3), without libsystemd). The
 * socket is the process' own, as its log is: one, opened before the sandbox is entered, used in it.
 */
#ifndef GM_EXPORTER_NOTIFY_H
#define GM_EXPORTER_NOTIFY_H

#include <stdint.h>

/* Opens what NOTIFY_SOCKET names. 0, also when it is not set: then all below does nothing. -errno, reported. */
int gm_notify_open(void);
/* "READY=1", "STATUS=...", "WATCHDOG=1"; lines. Waits a second at most. 0 or -errno, not reported: there is no cure. */
int gm_notify(const char *state);
/*
 * The manager ends a service that it has not heard of (WATCHDOG=1) for that long: WATCHDOG_USEC, in ns. 0: it does not.
 */
uint64_t gm_notify_watchdog_ns(void);
void gm_notify_close(void);

#endif
