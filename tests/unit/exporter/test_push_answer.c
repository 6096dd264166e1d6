// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of user/exporter/push_answer: messages of OTLP servers, valid and damaged. */
#include "fixture/unit.h"
#include <errno.h>
#include <stdlib.h>
#include "exporter/push_answer.h"

static int answer(struct gm_push_answer *a, bool is_ok, const char *type, const char *body, size_t len)
{
	char *exact = malloc(len ? len : 1); /* a block of the exact size, so that ASan finds a read behind it */
	int err;

	memcpy(exact, body, len);
	err = gm_push_answer(a, is_ok, type, exact, len);
	free(exact);
	return err;
}
#define ANSWER(a, is_ok, type, body) answer(a, is_ok, type, body, sizeof(body) - 1)
#define PB "application/x-protobuf"

static void test_answers(void **state)
{
	struct gm_push_answer a;

	(void)state;
	assert_int_equal(ANSWER(&a, true, PB, ""), 0);
	assert_int_equal(a.rejected, 0);
	assert_string_equal(a.text, "");
	/* unknown fields of every kind before and behind */
	assert_int_equal(ANSWER(&a, true, PB "; v=1",
				"\x50\x07\x59"
				"12345678"
				"\x0a\x11\x5d"
				"1234"
				"\x08\xac\x02\x12\x01z\x62\x04"
				"word"
				"\x52\x00"),
			 0);
	assert_int_equal(a.rejected, 300);
	assert_string_equal(a.text, "z");
	assert_int_equal(
		ANSWER(&a, true, "APPLICATION/X-PROTOBUF", "\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), 0);
	assert_int_equal(a.rejected, -1);
	assert_int_equal(ANSWER(&a, false, PB, "\x08\x03\x12\x02no"), 0);
	assert_string_equal(a.text, "no");
	assert_int_equal(ANSWER(&a, false, "text/plain; charset=utf-8", "404 page not found\nat all"), 0);
	assert_string_equal(a.text, "404 page not found");
	assert_int_equal(ANSWER(&a, false, "text/plain", ""), 0);
	assert_int_equal(ANSWER(&a, false, "text/html", "<html>"), 0);
	assert_string_equal(a.text, "");
	assert_int_equal(ANSWER(&a, false, "text/plainer", "x"), 0);
	assert_string_equal(a.text, "");
	assert_int_equal(ANSWER(&a, false, NULL, "x"), 0);
	assert_string_equal(a.text, "");
	/* truncated at every byte */
	assert_int_equal(ANSWER(&a, true, PB, "\x0a"), -EBADMSG);
	assert_int_equal(ANSWER(&a, true, PB, "\x0a\x05\x08\x05"), -EBADMSG);
	assert_int_equal(ANSWER(&a, true, PB, "\x0a\x02\x08\x80"), -EBADMSG);
	assert_int_equal(ANSWER(&a, true, PB,
				"\x59"
				"1234567"),
			 -EBADMSG);
	assert_int_equal(ANSWER(&a, true, PB,
				"\x5d"
				"123"),
			 -EBADMSG);
	assert_int_equal(ANSWER(&a, true, PB, "\x0b"), -EBADMSG); /* a group */
	assert_int_equal(ANSWER(&a, true, PB, "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), -EBADMSG);
	assert_int_equal(ANSWER(&a, true, PB, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), -EBADMSG);
}

static void test_answers_random(void **state)
{
	struct gm_push_answer a;
	uint64_t seed = 11;
	char body[64];

	(void)state;
	for (int i = 0; i < 300000; i++) {
		size_t len = unit_random(&seed) % sizeof(body);

		for (size_t k = 0; k < len; k++)
			body[k] = (char)(unit_random(&seed) % 3 ? unit_random(&seed) % 24 : unit_random(&seed));
		answer(&a, i & 1, PB, body, len);
		assert_true(strlen(a.text) < sizeof(a.text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_answers_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
