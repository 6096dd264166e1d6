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
#include <time.h>
#include <unistd.h>

#include "base/utf8.h"

static const char *log_tool = "gmem";
static enum gm_log_level log_level = GM_LOG_WARN;
static enum gm_log_format log_format;
static unsigned int log_errors;
static bool no_progress;

/* messages that are held while a full screen is shown */
static char held[8192];
static bool holding;

void gm_log_init(const char *tool, enum gm_log_level level)
{
	log_tool = tool;
	log_level = level;
}

void gm_log_set_format(enum gm_log_format f)
{
	log_format = f;
	tzset();
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

/* Appends text as a quoted string that is valid in JSON and in logfmt. What does not fit is cut off. */
static void add_quoted(char *line, size_t size, const char *text)
{
	size_t at = strlen(line), n;
	uint32_t cp;

	line[at++] = '"';
	for (; *text && at + 8 < size; text += n) {
		n = gm_utf8(text, strlen(text), &cp);
		if (!n || *text == '\n' || *text == '\t' || *text == '"' || *text == '\\') {
			line[at++] = n ? '\\' : '?';
			if (n)
				line[at++] = *text == '\n' ? 'n' : *text == '\t' ? 't' : *text;
			n = 1;
			continue;
		}
		memcpy(line + at, text, n);
		at += n;
	}
	line[at++] = '"';
	line[at] = '\0';
}

/* Formats a line for collectors. Its text is the last field. */
static void format_fields(char *line, size_t size, enum gm_log_level level, const char *text)
{
	static const char *const names[] = { "error", "warn", "info", "debug", "debug" };
	bool json = log_format == GM_LOG_JSON;
	struct timespec now;
	struct tm tm;
	char at[32];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(line, size,
		 json ? "{\"time\":\"%s.%03ldZ\",\"level\":\"%s\",\"source\":\"%s\",\"msg\":"
		      : "time=%s.%03ldZ level=%s source=%s msg=",
		 at, now.tv_nsec / 1000000, names[level], log_tool);
	add_quoted(line, size - 2, text);
	if (json)
		strcat(line, "}");
}

static void print_message(enum gm_log_level level, const char *before, const char *fmt, va_list ap, const char *after)
{
	char text[2048], line[4608];
	int saved = errno;
	size_t len;

	if (level > log_level)
		return;
	log_errors += level == GM_LOG_ERR;
	vsnprintf(text, sizeof(text), fmt, ap);
	len = strlen(text);
	snprintf(text + len, sizeof(text) - len, "%s%s", after ? ": " : "", after ? after : "");
	sanitize(text);
	if (log_format == GM_LOG_TEXT)
		snprintf(line, sizeof(line) - 1, "%s: %s%s", log_tool, before, text);
	else
		format_fields(line, sizeof(line) - 1, level, text);
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

	if (no_progress || holding || !isatty(STDERR_FILENO))
		return;
	va_start(ap, fmt);
	print_message(GM_LOG_WARN, "", fmt, ap, NULL);
	va_end(ap);
}

void gm_log_set_progress(bool on)
{
	no_progress = !on;
}

void gm_progress_line(const char *fmt, ...)
{
	char text[200];
	va_list ap;

	if (no_progress || holding || !isatty(STDERR_FILENO))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	sanitize(text);
	fprintf(stderr, "\r\033[K%s", text);
}

void gm_begun(const char *fmt, ...)
{
	char text[4200];
	va_list ap;

	if (no_progress || holding)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text) - 1, fmt, ap);
	va_end(ap);
	sanitize(text);
	strcat(text, "\n");
	fputs(text, stderr);
}

void gm_notice(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_message(GM_LOG_NOTICE, "", fmt, ap, NULL);
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
