/* test_address.c: addresses, and the networks that they are in. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/address.h"

static struct address
address(const char *text)
{
	struct address a;

	assert_true(address_read(&a, text, strlen(text)));
	return a;
}

static bool
have(const char *list, const char *text)
{
	const struct address a = address(text);
	struct networks networks;
	bool found;

	assert_true(networks_read(&networks, list));
	found = networks_have(&networks, &a);
	networks_free(&networks);
	return found;
}

static void
an_ipv4_address_is_one_client_an_ipv6_one_a_64th(void **state)
{
	static const struct {
		const char *text, *group;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "2001:db8::1", "2001:db8::/64" },
		{ "2001:DB8:0:0:ffff::2", "2001:db8::/64" },
		{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64" },
		{ "::1", "::/64" },
		{ "1111:2222:3333:4444:5555:6666:7777:8888",
		    "1111:2222:3333:4444::/64" },
	};
	char group[ADDRESS_TEXT];
	struct address a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		a = address(rows[i].text);
		address_group(&a, group);
		assert_string_equal(group, rows[i].group);
	}
}

static void
what_is_no_address_is_none(void **state)
{
	static const char *const bad[] = { "", "1.2.3", "1.2.3.4.5",
		"1.2.3.256", "1.2.3.4 ", "1.2.3.4:80", "[::1]", "::1%lo",
		"unknown", "1:2:3:4:5:6:7:8:9", "01.2.3.4",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa" };
	struct address a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(address_read(&a, bad[i], strlen(bad[i])));
	assert_false(address_read(&a, "1.2.3.4", 4));
	assert_true(address_read(&a, "1.2.3.4x", 7));
}

static void
an_address_is_in_the_networks_that_begin_like_it(void **state)
{
	(void)state;
	assert_true(have("192.0.2.1", "192.0.2.1"));
	assert_false(have("192.0.2.1", "192.0.2.2"));
	assert_true(have("192.0.2.0/24", "192.0.2.255"));
	assert_false(have("192.0.2.0/24", "192.0.3.0"));
	assert_true(have("192.0.2.64/26", "192.0.2.127"));
	assert_false(have("192.0.2.64/26", "192.0.2.128"));
	assert_true(have("0.0.0.0/0", "255.1.2.3"));
	assert_false(have("0.0.0.0/0", "2001:db8::1"));
	assert_true(have("::/0", "1.2.3.4"));
	assert_true(have("2001:db8::/33", "2001:db8:7fff::1"));
	assert_false(have("2001:db8::/33", "2001:db8:8000::1"));
	assert_true(have("::1 10.0.0.0/8", "10.9.8.7"));
	assert_false(have("", "127.0.0.1"));
}

static void
what_is_no_network_is_refused(void **state)
{
	static const char *const bad[] = { "x", "1.2.3.4/33", "1.2.3.4/",
		"1.2.3.4/24", "::1/64", "::/129", "1.2.3.0/24x", "10.0.0.0/-8",
		"10.0.0.0/8,::1", "10.0.0.0/8 x", "0.0.0.0/4294967304" };
	struct networks networks;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(networks_read(&networks, bad[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    an_ipv4_address_is_one_client_an_ipv6_one_a_64th),
		cmocka_unit_test(what_is_no_address_is_none),
		cmocka_unit_test(
		    an_address_is_in_the_networks_that_begin_like_it),
		cmocka_unit_test(what_is_no_network_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
