/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * http_target.h - parses request targets, Host headers and listen addresses: pure functions over text (RFC 9112, RFC
 * 3986).
 */
#ifndef GM_EXPORTER_HTTP_TARGET_H
#define GM_EXPORTER_HTTP_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Writes the decoded path of a request target to path, without its query: "/metrics" for "/metrics?x" (origin form) and
 * "http://host/metrics" (absolute form), "*" for "*". %2F stays encoded, as it is no separator. A path longer than size
 * is cut: none of ours is that long. Returns 0; -EBADMSG: the target has another form, a fragment, a broken escape, or
 * %00, at which a C string would end early.
 */
int gm_target_path(const char *target, char *path, size_t size);
/* Return true for a valid value of a Host header: "name:port", "[::1]:port", or empty. */
bool gm_host_is_valid(const char *host);
/*
 * Splits "[HOST]:PORT" or "HOST:PORT" in place; host points into address. family: AF_INET6 for the first form, else
 * AF_INET. 0 or -EINVAL.
 */
int gm_listen_split(char *address, char **host, int *family, uint16_t *port);

#endif
