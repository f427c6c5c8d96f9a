/* test_client.c: whose request it is, where proxies stand in between. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../fcgi/client.h"

static struct config config;

/* Where a request comes from that says so; what is NULL is not said. */
static void
assert_client(const char *remote, const char *header, const char *expected)
{
	const struct request req = {
		.remote_address = remote,
		.forwarded = header,
		.forwarded_for = header,
	};
	char group[ADDRESS_TEXT];

	client_group(&req, &config, group);
	if (strcmp(group, expected) != 0)
		fail_msg("%s of %s is %s, not %s", header, remote, group,
		    expected);
}

static int
trust(void **state)
{
	(void)state;
	assert_true(networks_read(&config.trusted_proxies,
	    "10.0.0.0/8 2001:db8::/32"));
	return 0;
}

static int
trust_nobody(void **state)
{
	(void)state;
	networks_free(&config.trusted_proxies);
	return 0;
}

static void
who_connects_is_the_client_unless_he_is_trusted(void **state)
{
	(void)state;
	assert_client("192.0.2.1", NULL, "192.0.2.1");
	assert_client("192.0.2.1", "198.51.100.1", "192.0.2.1");
	assert_client("10.0.0.1", NULL, "10.0.0.1");
	assert_client("2001:db9::1", "198.51.100.1", "2001:db9::/64");
	assert_client(NULL, "198.51.100.1", "-");
	assert_client("", "198.51.100.1", "-");
	assert_client("unix:", "198.51.100.1", "-");
}

static void
of_a_list_the_last_that_is_no_proxy_is_the_client(void **state)
{
	static const struct {
		const char *list, *client;
	} rows[] = {
		{ "198.51.100.1", "198.51.100.1" },
		{ "198.51.100.1, 198.51.100.2", "198.51.100.2" },
		{ "198.51.100.1,198.51.100.2 , 10.1.1.1", "198.51.100.2" },
		{ "lie, 198.51.100.2", "198.51.100.2" },
		{ "198.51.100.1, lie, 10.1.1.1", "10.1.1.1" },
		{ "198.51.100.1, lie", "10.0.0.1" },
		{ "10.2.2.2, 10.1.1.1", "10.2.2.2" },
		{ "2001:db9::7, 2001:db8::1", "2001:db9::/64" },
		{ "[2001:db9::7]:443", "2001:db9::/64" },
		{ "[2001:db9::7]", "2001:db9::/64" },
		{ "198.51.100.1:4711, 10.1.1.1:80", "198.51.100.1" },
		{ "", "10.0.0.1" },
		{ " , ,", "10.0.0.1" },
		{ "[::1", "10.0.0.1" },
		{ "[", "10.0.0.1" },
		{ ":", "10.0.0.1" },
	};
	size_t i;

	(void)state;
	config.trusted_header = TRUSTED_FORWARDED_FOR;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_client("10.0.0.1", rows[i].list, rows[i].client);
}

static void
forwarded_is_read_as_rfc_7239_has_it(void **state)
{
	static const struct {
		const char *value, *client;
	} rows[] = {
		{ "for=198.51.100.1", "198.51.100.1" },
		{ "For=\"198.51.100.1\"", "198.51.100.1" },
		{ "for=\"[2001:db9::7]:4711\"", "2001:db9::/64" },
		{ "for=198.51.100.1;by=10.1.1.1;proto=http, for=10.2.2.2",
		    "198.51.100.1" },
		{ "for=198.51.100.1, for=198.51.100.2", "198.51.100.2" },
		{ "proto=https;host=\"a,b\";for=198.51.100.1",
		    "198.51.100.1" },
		{ "for=198.51.100.1, for=unknown, for=10.1.1.1", "10.1.1.1" },
		{ "for=198.51.100.1, for=_hidden", "10.0.0.1" },
		{ "for=198.51.100.1, by=10.1.1.1", "10.0.0.1" },
		{ ", for=198.51.100.1", "198.51.100.1" },
		/* Nobody's quote swallows what a proxy wrote behind it. */
		{ "for=\"x, for=198.51.100.1", "10.0.0.1" },
		{ "for=\"x, for=\"198.51.100.1\"", "10.0.0.1" },
		{ "for=198.51.100.1, x=\"\\\", for=198.51.100.2", "10.0.0.1" },
		{ "for=198.51.100.1 for=198.51.100.2", "10.0.0.1" },
		{ "198.51.100.1", "10.0.0.1" },
		{ "for", "10.0.0.1" },
		{ "for=", "10.0.0.1" },
		{ "for=\"", "10.0.0.1" },
		{ "", "10.0.0.1" },
		{ ";;", "10.0.0.1" },
	};
	size_t i;

	(void)state;
	config.trusted_header = TRUSTED_FORWARDED;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_client("10.0.0.1", rows[i].value, rows[i].client);
}

static void
only_the_header_that_is_configured_counts(void **state)
{
	struct request req = {
		.remote_address = "10.0.0.1",
		.forwarded_for = "198.51.100.1",
		.forwarded = "for=198.51.100.2",
	};
	char group[ADDRESS_TEXT];

	(void)state;
	config.trusted_header = TRUSTED_FORWARDED_FOR;
	client_group(&req, &config, group);
	assert_string_equal(group, "198.51.100.1");
	config.trusted_header = TRUSTED_FORWARDED;
	client_group(&req, &config, group);
	assert_string_equal(group, "198.51.100.2");
	req.forwarded = NULL;
	client_group(&req, &config, group);
	assert_string_equal(group, "10.0.0.1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    who_connects_is_the_client_unless_he_is_trusted),
		cmocka_unit_test(
		    of_a_list_the_last_that_is_no_proxy_is_the_client),
		cmocka_unit_test(forwarded_is_read_as_rfc_7239_has_it),
		cmocka_unit_test(only_the_header_that_is_configured_counts),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, trust, trust_nobody);
}
