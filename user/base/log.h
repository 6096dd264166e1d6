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

/* GM_LOG_WARN is the default of the tools; GM_LOG_NOTICE of services, which also report that they are ready. */
enum gm_log_level {
	GM_LOG_QUIET = -1,
	GM_LOG_ERR,
	GM_LOG_WARN,
	GM_LOG_NOTICE,
	GM_LOG_INFO,
	GM_LOG_DEBUG,
};
/* TEXT: "tool: message". The others are for collectors: a line with time, level, source and msg. */
enum gm_log_format { GM_LOG_TEXT, GM_LOG_LOGFMT, GM_LOG_JSON };

/* Sets the name in front of each message (the pointer is kept), and the level. */
void gm_log_init(const char *tool, enum gm_log_level level);
/* Sets the format of the messages that follow. Call it before a sandbox forbids to read the time zone. */
void gm_log_set_format(enum gm_log_format f);
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
/* Turns the functions below off and on (-q); they are on at first. They print nothing while messages are held. */
void gm_log_set_progress(bool on);
/* Prints the progress of a long operation; only if stderr is a terminal. */
void gm_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Prints a line that replaces the last one of this function; only if stderr is a terminal. "" ends it. */
void gm_progress_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Prints that a tool has begun, so that a user or a script need not guess; on a pipe, too. */
void gm_begun(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Prints a service's message that all is well, such as its address; at GM_LOG_NOTICE and above. */
void gm_notice(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Print a message at GM_LOG_INFO (-v) and above, at GM_LOG_DEBUG (-vv). */
void gm_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void gm_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
