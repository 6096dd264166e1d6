/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * http_target.h - what request lines, Host headers and listen addresses name: pure functions over text (RFC 9112, RFC
 * 3986).
 */
#ifndef GM_EXPORTER_HTTP_TARGET_H
#define GM_EXPORTER_HTTP_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The path of a request target, decoded, without its query: of "/metrics?x" (origin form) and "http://host/metrics"
 * (absolute form) "/metrics"; "*" as it is. %2F stays, for it is no separator. What does not fit into size is cut: no
 * page of ours is that long. 0; -EBADMSG: no target of these forms, a fragment, a broken escape, or %00, at which a C
 * string would end early.
 */
int gm_target_path(const char *target, char *path, size_t size);
/* Can that be a Host header's value: "name:port", "[::1]:port", or empty? */
bool gm_host_is_valid(const char *host);
/*
 * Cuts "[HOST]:PORT" or "HOST:PORT" into host and port; family: AF_INET6 of the first form, else AF_INET. 0 or -EINVAL.
 */
int gm_listen_cut(char *address, char **host, int *family, uint16_t *port);

#endif
