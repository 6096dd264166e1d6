/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* push_int.h - shared by push.c (tries) and push_open.c (options to handles); not for other files. */
#ifndef GM_EXPORTER_PUSH_INT_H
#define GM_EXPORTER_PUSH_INT_H

#include <curl/curl.h>
#include "base/vec.h"
#include "exporter/push.h"

#define GM_PUSH_NEVER UINT64_MAX

enum gm_push_state { GM_PUSH_IDLE, GM_PUSH_UNDER_WAY, GM_PUSH_PAUSED };

struct gm_push {
	CURLM *multi;
	CURL *easy;
	CURLU *url;
	struct curl_slist *headers;
	char peer[300];			/* scheme://host:port, for messages */
	char error[CURL_ERROR_SIZE];
	int ep, timer;
	uint64_t curl_due, pause_due;	/* CLOCK_MONOTONIC, or GM_PUSH_NEVER */

	struct gm_vec queue;		/* struct gm_str, compressed; oldest first */
	size_t queue_max;
	enum gm_push_state state;
	bool closing;
	uint64_t pause_first, pause_max;
	uint64_t pause_ns;		/* the next pause */
	uint64_t seed;
	unsigned int reported;		/* what was already reported: TOLD_ bits of push.c */
	uint64_t failures;			/* failed tries since the last accepted batch */
	struct gm_push_stats stats;

	/* the answer to the current try */
	size_t head_len, body_len;
	bool head_ended, too_long;
	uint64_t after_ns;		/* Retry-After; 0: none */
	uint8_t body[GM_PUSH_ANSWER_MAX];
};

/* Callbacks of libcurl; arg is the struct gm_push. */
int gm_push_on_timer(CURLM *multi, long ms, void *arg);
int gm_push_on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused);
size_t gm_push_on_header(char *line, size_t size, size_t nr, void *arg);
size_t gm_push_on_body(char *data, size_t size, size_t nr, void *arg);

/* Frees everything, also after opening failed half-way. */
void gm_push_release(struct gm_push *p);

#endif
