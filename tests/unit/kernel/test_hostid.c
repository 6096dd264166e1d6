// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests of the host's id in a recording: HMAC-SHA256 by RFC 4231, and pseudonyms of ids in files. */
#include "fixture/unit.h"
#include <stdlib.h>
#include "base/hmac.h"
#include "base/vec.h"
#include "kernel/hostid.h"

static void hex(const unsigned char *mac, char out[65])
{
	for (unsigned int i = 0; i < 32; i++)
		snprintf(out + 2 * i, 3, "%02x", mac[i]);
}

/* RFC 4231, 4.2 to 4.8, but for 4.6 (truncation). */
static void test_rfc4231(void **state)
{
	static const char big_key[] = "Test Using Larger Than Block-Size Key - Hash Key First";
	static const char big_both[] = "This is a test using a larger than block-size key and a larger than "
				       "block-size data. "
				       "The key needs to be hashed before being used by the HMAC algorithm.";
	unsigned char k0b[20], kaa[131], k25[25], dd[50], cd[50], mac[32];
	const struct {
		const void *key;
		size_t klen;
		const void *data;
		size_t len;
		const char *want;
	} t[] = {
		{ k0b, 20, "Hi There", 8, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
		{ "Jefe", 4, "what do ya want for nothing?", 28,
		  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
		{ kaa, 20, dd, 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
		{ k25, 25, cd, 50, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b" },
		{ kaa, 131, big_key, sizeof(big_key) - 1,
		  "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
		{ kaa, 131, big_both, sizeof(big_both) - 1,
		  "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2" },
	};
	char got[65];

	(void)state;
	memset(k0b, 0x0b, sizeof(k0b));
	memset(kaa, 0xaa, sizeof(kaa));
	memset(dd, 0xdd, sizeof(dd));
	memset(cd, 0xcd, sizeof(cd));
	for (unsigned int i = 0; i < sizeof(k25); i++)
		k25[i] = (unsigned char)(i + 1);
	for (size_t i = 0; i < GM_ARRAY_SIZE(t); i++) {
		gm_hmac(t[i].key, t[i].klen, t[i].data, t[i].len, mac);
		hex(mac, got);
		assert_string_equal(got, t[i].want);
	}
}

/* Checks the pseudonym of a file with this text; "" if the file has no id. */
static void expect_id(const char *text, size_t len, const char *want)
{
	char path[] = "/tmp/gm_test_hostid.XXXXXX", got[GM_HOSTID_LEN];
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	close(fd);
	memset(got, 'x', sizeof(got));
	gm_hostid(path, got);
	unlink(path);
	assert_string_equal(got, want);
}

#define ID "0123456789abcdef0123456789abcdef"
/* printf ID | openssl dgst -sha256 -hmac 'gmemscope: whose recording is this?' */
#define ITS_NAME "4c0a8d9a03538d114966fdbc5f7e7665"

static void test_names(void **state)
{
	static const char *const same[] = { ID "\n", ID, "0123456789ABCDEF0123456789ABCDEF\n",
					    "01234567-89ab-cdef-0123-456789abcdef\n" };
	static const char *const none[] = {
		"",	      "\n",	"uninitialized\n", "0123456789abcdef0123456789abcde\n",
		ID "0\n",     ID " \n", " " ID "\n",	   "g123456789abcdef0123456789abcdef\n",
		"\n" ID "\n",
	};

	(void)state;
	for (size_t i = 0; i < GM_ARRAY_SIZE(same); i++)
		expect_id(same[i], strlen(same[i]), ITS_NAME);
	for (size_t i = 0; i < GM_ARRAY_SIZE(none); i++)
		expect_id(none[i], strlen(none[i]), "");
	expect_id(ID "\0", 33, "");
}

static void test_no_file(void **state)
{
	char got[GM_HOSTID_LEN] = "old";

	(void)state;
	gm_hostid("/nonexistent/machine-id", got);
	assert_string_equal(got, "");
	gm_hostid("/", got);
	assert_string_equal(got, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc4231),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
