/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * log.h - what a tool says to its user, on stderr.
 *
 * One line a message: "tool: what failed: object: strerror (hint)". Message and code are one
 * expression: return gm_err(-EINVAL, "..."); so that no path reports a failure and returns success.
 * The level and the tool's name are the only state.
 */
#ifndef GM_BASE_LOG_H
#define GM_BASE_LOG_H

#include <stdbool.h>

enum gm_log_level { GM_LOG_QUIET = -1, GM_LOG_ERR = 0, GM_LOG_WARN = 1, GM_LOG_INFO = 2, GM_LOG_DEBUG = 3 };

/* The name in front of each message; the pointer is kept. */
void gm_log_init(const char *tool, enum gm_log_level level);
enum gm_log_level gm_log_level(void);
/*
 * While on, messages wait, up to 8 KiB of them: a full screen is shown, on which they would be lost. Off writes them.
 */
void gm_log_hold(bool on);
unsigned int gm_log_errors(void); /* errors that the user was told so far */

/*
 * Reports and returns err (0 or -errno; the text of a negative err is NOT appended: put %s and
 * strerror where the sentence wants it, or use gm_errno).
 */
int gm_err(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same with ": strerror(-err)" at the end. */
int gm_errno(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void gm_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Prints how far a long operation has come; only if stderr is a terminal, and not while messages are held. */
void gm_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void gm_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void gm_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
