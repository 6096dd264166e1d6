/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* http_target.h - what a request line and a Host header name: pure functions over bytes of strangers (RFC 9112, RFC 3986). */
#ifndef GM_VIEW_HTTP_TARGET_H
#define GM_VIEW_HTTP_TARGET_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The path of a request target, decoded, without its query: of "/metrics?x" (origin form) and "http://host/metrics" (absolute form)
 * "/metrics"; "*" as it is. %2F stays, for it is no separator. What does not fit into size is cut: no page of ours is that long.
 * 0; -EBADMSG: no target of these forms, a fragment, a broken escape, or %00, at which a C string would end early.
 */
int gm_target_path(const char *target, char *path, size_t size);
/* Can that be a Host header's value: "name:port", "[::1]:port", or empty? */
bool gm_host_is_valid(const char *host);

#endif
