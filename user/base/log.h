/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * log.h - messages of a tool to its user, on stderr.
 *
 * A message is one line: "tool: what failed: object: strerror (hint)". Message and code are one expression, return
 * gm_err(-EINVAL, "..."), so that no path reports a failure and returns success. The state is global: the tool's name,
 * the level, the count of errors, the messages that are held.
 */
#ifndef GM_BASE_LOG_H
#define GM_BASE_LOG_H

#include <stdbool.h>

enum gm_log_level { GM_LOG_QUIET = -1, GM_LOG_ERR = 0, GM_LOG_WARN = 1, GM_LOG_INFO = 2, GM_LOG_DEBUG = 3 };

/* Sets the name in front of each message (the pointer is kept), and the level. */
void gm_log_init(const char *tool, enum gm_log_level level);
/* Returns the level: messages above it are not printed. */
enum gm_log_level gm_log_level(void);
/*
 * Holds messages while a full screen is shown, on which they would be lost: up to 8 KiB, later ones are dropped. Off
 * prints those that were held.
 */
void gm_log_hold(bool on);
unsigned int gm_log_errors(void); /* errors reported so far */

/*
 * Prints an error and returns err (0 or -errno). The text of err is NOT appended: put %s and strerror() where the
 * sentence needs it, or use gm_errno().
 */
int gm_err(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Prints an error with ": strerror(-err)" at the end, and returns err. */
int gm_errno(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Prints a message with "warning: " in front; at GM_LOG_WARN and above. */
void gm_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Prints the progress of a long operation; only if stderr is a terminal, and not while messages are held. */
void gm_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Print a message at GM_LOG_INFO (-v) and above, at GM_LOG_DEBUG (-vv). */
void gm_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void gm_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
