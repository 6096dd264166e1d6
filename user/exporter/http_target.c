// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* http_target.c - parses request targets, hosts and listen addresses. */
#include "exporter/http_target.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/parse.h"

/* Skips "http://authority", which names this server whatever the authority is (RFC 9112 3.2.2). NULL: another form. */
static const char *skip_authority(const char *s)
{
	size_t scheme = !strncasecmp(s, "http://", 7) ? 7 : !strncasecmp(s, "https://", 8) ? 8 : 0, n;

	if (!scheme)
		return NULL;
	s += scheme;
	n = strcspn(s, "/?#");
	return n ? s + n : NULL;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Return one decoded byte of a path, or -EBADMSG; *used is its encoded length. */
static int next_byte(const char *s, size_t *used)
{
	int high, low;

	*used = 1;
	if (*s != '%')
		return (unsigned char)*s > 0x20 && *s != 0x7f && *s != '#' ? (unsigned char)*s : -EBADMSG;
	high = hex_digit(s[1]);
	low = high < 0 ? -1 : hex_digit(s[2]);
	if (low < 0 || !(high * 16 + low))
		return -EBADMSG;
	if (high * 16 + low == '/')
		return '%'; /* the two digits follow unchanged */
	*used = 3;
	return high * 16 + low;
}

int gm_target_path(const char *target, char *path, size_t size)
{
	const char *s = *target == '/' || !strcmp(target, "*") ? target : skip_authority(target);
	size_t o = 0, used;

	if (!s || !size)
		return -EBADMSG;
	if (*s != '/' && *s != '*')
		path[o++] = '/'; /* "http://host" */
	for (; *s && *s != '?'; s += used) {
		int byte = next_byte(s, &used);

		if (byte < 0)
			return byte;
		if (o + 1 < size)
			path[o++] = (char)byte;
	}
	path[o] = '\0';
	return strchr(s, '#') ? -EBADMSG : 0;
}

static bool is_name(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr("-._~%!$&'()*+,;=", s[i]))
			return false;
	return true;
}

static bool is_address(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr(":.-._~%", s[i]))
			return false;
	return len > 0;
}

bool gm_host_is_valid(const char *host)
{
	const char *end = *host == '[' ? strchr(host, ']') : host + strcspn(host, ":");
	uint64_t port;

	if (!end)
		return false;
	if (*host == '[' ? !is_address(host + 1, (size_t)(end - host - 1)) : !is_name(host, (size_t)(end - host)))
		return false;
	end += *host == '[';
	return !*end || (*end == ':' && (!end[1] || !gm_parse_u64(end + 1, 0, UINT16_MAX, &port)));
}

int gm_listen_split(char *address, char **host, int *family, uint16_t *port)
{
	char *colon = strrchr(address, ':');
	uint64_t nr;

	if (!colon || gm_parse_u64(colon + 1, 0, UINT16_MAX, &nr))
		return -EINVAL;
	*colon = '\0';
	*port = (uint16_t)nr;
	*host = address;
	*family = AF_INET;
	if (address[0] != '[')
		return 0;
	if (colon == address || colon[-1] != ']')
		return -EINVAL;
	colon[-1] = '\0';
	*host = address + 1;
	*family = AF_INET6;
	return 0;
}
