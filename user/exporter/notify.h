/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * notify.h - reports a service's state to the service manager, by the protocol of sd_notify(3) without libsystemd. The
 * socket is process-wide, like the log.
 *
 * Call gm_notify_open() before the sandbox is entered; gm_notify() works within it; end with gm_notify_close().
 */
#ifndef GM_EXPORTER_NOTIFY_H
#define GM_EXPORTER_NOTIFY_H

#include <stdint.h>

/*
 * Connects to NOTIFY_SOCKET. Returns 0, also if it is not set: the other functions then do nothing. -errno, reported.
 */
int gm_notify_open(void);
/*
 * Sends lines such as "READY=1", "STATUS=...", "WATCHDOG=1". Waits a second at most. 0 or -errno, not reported, as the
 * service cannot do anything about it.
 */
int gm_notify(const char *state);
/*
 * Return the time without WATCHDOG=1 after which the manager ends the service: WATCHDOG_USEC, in ns. 0: no watchdog, or
 * gm_notify_open() has not connected.
 */
uint64_t gm_notify_watchdog_ns(void);
/* Closes the socket; without one, does nothing. */
void gm_notify_close(void);

#endif
