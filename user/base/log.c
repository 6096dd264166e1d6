// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * log.c - messages to the user. Each message is written with one call, so that lines of several processes do not mix.
 * Control characters are replaced, so that untrusted input cannot steer the terminal.
 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *log_tool = "gmem";
static enum gm_log_level log_level = GM_LOG_WARN;
static unsigned int log_errors;

/* messages that are held while a full screen is shown */
static char held[8192];
static bool holding;

void gm_log_init(const char *tool, enum gm_log_level level)
{
	log_tool = tool;
	log_level = level;
}

enum gm_log_level gm_log_level(void)
{
	return log_level;
}

void gm_log_hold(bool on)
{
	holding = on;
	if (on)
		return;
	fputs(held, stderr);
	held[0] = '\0';
}

unsigned int gm_log_errors(void)
{
	return log_errors;
}

/* Replaces control characters. Line breaks and tabs stay, for libbpf's verifier logs. */
static void sanitize(char *s)
{
	for (; *s; s++)
		if (((unsigned char)*s < 0x20 && *s != '\n' && *s != '\t') || *s == 0x7f)
			*s = '?';
}

static void print_message(enum gm_log_level level, const char *before, const char *fmt, va_list ap, const char *after)
{
	char text[2048], line[2304];
	int saved = errno;

	if (level > log_level)
		return;
	log_errors += level == GM_LOG_ERR;
	vsnprintf(text, sizeof(text), fmt, ap);
	snprintf(line, sizeof(line) - 1, "%s: %s%s%s%s", log_tool, before, text, after ? ": " : "", after ? after : "");
	sanitize(line);
	strcat(line, "\n");
	if (!holding)
		fputs(line, stderr);
	else if (strlen(held) + strlen(line) < sizeof(held))
		strcat(held, line);
	errno = saved;
}

int gm_err(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_message(GM_LOG_ERR, "", fmt, ap, NULL);
	va_end(ap);
	return err;
}

int gm_errno(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_message(GM_LOG_ERR, "", fmt, ap, strerror(err < 0 ? -err : err));
	va_end(ap);
	return err;
}

void gm_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_message(GM_LOG_WARN, "warning: ", fmt, ap, NULL);
	va_end(ap);
}

void gm_progress(const char *fmt, ...)
{
	va_list ap;

	if (holding || !isatty(STDERR_FILENO))
		return;
	va_start(ap, fmt);
	print_message(GM_LOG_WARN, "", fmt, ap, NULL);
	va_end(ap);
}

void gm_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_message(GM_LOG_INFO, "", fmt, ap, NULL);
	va_end(ap);
}

void gm_debug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_message(GM_LOG_DEBUG, "", fmt, ap, NULL);
	va_end(ap);
}
