// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * libFuzzer target: the HTTP server's inputs by clients and options: request target, Host, Accept and Accept-Encoding,
 * listen address. Each input is used as all of them. An accepted path must be shorter than its buffer, and not longer
 * than the target.
 */
#include <netinet/in.h>
#include "fuzz.h"
#include "exporter/http_target.h"
#include "exporter/metrics.h"

static void try_target(const char *s)
{
	char small[8], large[512];
	int err = gm_target_path(s, large, sizeof(large));

	must(!err == !gm_target_path(s, small, sizeof(small)));
	if (err)
		return;
	must(strlen(large) <= strlen(s) + 1 && (large[0] == '/' || large[0] == '*'));
	must(!strncmp(large, small, strlen(small)) && strlen(small) < sizeof(small));
}

static void try_listen(char *s)
{
	char *host = NULL;
	uint16_t port;
	int family;

	if (!gm_listen_split(s, &host, &family, &port))
		must(host && (family == AF_INET || family == AF_INET6));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = text_of(data, size);

	try_target(s);
	gm_host_is_valid(s);
	must(gm_format_negotiate(s) < GM_FORMAT_NR);
	gm_accepts_gzip(s);
	try_listen(s);
	free(s);
	return 0;
}
