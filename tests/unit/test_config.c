/* test_config.c: defaults, file and environment, and errors that name keys. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "config.h"
#include "memory.h"

static char path[] = "/tmp/parley-test-config-XXXXXX";
static char shared[] = "/tmp/parley-test-config-shared-XXXXXX";
static char error[512];
static const char *const no_env[] = { NULL };

/* config_load with an environment that is made of literals. */
static enum result
load_with(struct config *config, const char *file, const char *const *envp)
{
	char *const *plain;

	memcpy(&plain, &envp, sizeof(plain));
	error[0] = '\0';
	return config_load(config, file, plain, error, sizeof(error));
}

static void
write_file_bytes(const char *bytes, size_t len, mode_t mode)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void
write_file(const char *content)
{
	write_file_bytes(content, strlen(content), 0600);
}

/* Loads the file, which must be right, with an environment. */
static void
load(struct config *config, const char *const *envp)
{
	enum result result = load_with(config, path, envp);

	assert_string_equal(error, "");
	assert_int_equal(result, RESULT_OK);
}

/* The file and environment must be refused, and the error say all this. */
static void
refused(const char *const *envp, const char *says, const char *says_too)
{
	struct config config;

	assert_int_equal(load_with(&config, path, envp), RESULT_INVALID);
	if (strstr(error, says) == NULL || strstr(error, says_too) == NULL)
		fail_msg("\"%s\" lacks \"%s\" or \"%s\"", error, says,
		    says_too);
}

static void
refused_file(const char *content, const char *says, const char *says_too)
{
	write_file(content);
	refused(no_env, says, says_too);
}

static void
refused_env(const char *entry, const char *says, const char *says_too)
{
	const char *envp[] = { entry, NULL };

	write_file("");
	refused(envp, says, says_too);
}

static void
an_empty_file_leaves_the_defaults(void **state)
{
	struct config config;

	(void)state;
	write_file("");
	load(&config, no_env);
	assert_string_equal(config.admin_key, "");
	assert_string_equal(config.amqp_url,
	    "amqp://guest:guest@127.0.0.1:5672/%2f");
	assert_int_equal(config.body_limit, 262144);
	assert_int_equal(config.db_port, 3306);
	assert_int_equal(config.log_level, LEVEL_INFO);
	assert_string_equal(config.log_target, "stderr");
	assert_int_equal(config.log_requests, REQUESTS_ALL);
	assert_int_equal(config.log_slow_ms, 500);
	assert_int_equal(config.queue_limit_bytes, 1073741824);
	assert_int_equal(config.search_backend, SEARCH_BACKEND_MYSQL);
	assert_string_equal(config.search_url, "http://127.0.0.1:9200");
	assert_int_equal(config.threads, 32);
	assert_int_equal(config.web_timeout_ms, 10000);
	config_free(&config);
	config_free(&config);
}

static void
the_file_sets_every_type(void **state)
{
	struct config config;

	(void)state;
	write_file("# a comment\n"
	    "; another\n"
	    "\n"
	    "db_name = other\r\n"
	    "db_password=p#a=s:s\n"
	    "redis_timeout_ms   =   10\n"
	    "queue_limit_bytes = 70368744177664 ; and a comment\n"
	    "log_level = debug\n"
	    "log_target = syslog\n"
	    "search_backend = opensearch\n"
	    "pid_dir =\n"
	    "limit_address_reads = 1/600000\n"
	    "limit_address_writes = 0\n"
	    "trusted_proxies = ::1 10.0.0.0/8\n"
	    "threads = 007");
	load(&config, no_env);
	assert_string_equal(config.db_name, "other");
	assert_string_equal(config.db_password, "p#a=s:s");
	assert_int_equal(config.redis_timeout_ms, 10);
	assert_true(config.queue_limit_bytes == (size_t)1 << 46);
	assert_int_equal(config.log_level, LEVEL_DEBUG);
	assert_string_equal(config.log_target, "syslog");
	assert_int_equal(config.search_backend, SEARCH_BACKEND_OPENSEARCH);
	assert_string_equal(config.pid_dir, "");
	assert_int_equal(config.threads, 7);
	assert_int_equal(config.limit_address_reads.per_minute, 1);
	assert_int_equal(config.limit_address_reads.burst, 600000);
	assert_int_equal(config.limit_address_writes.per_minute, 0);
	assert_int_equal(config.trusted_proxies.count, 2);
	config_free(&config);
	assert_int_equal(config.trusted_proxies.count, 0);
}

static void
the_environment_wins_over_the_file(void **state)
{
	const char *envp[] = { "HOME=/", "PARLEY_DB_NAME=from_env",
		"PARLEY_THREADS=3", "PARLEYX=1", "PARLEY_ADMIN_KEY=k", NULL };
	struct config config;

	(void)state;
	write_file("db_name = from_file\nthreads = 4\ndb_user = stays\n");
	load(&config, envp);
	assert_string_equal(config.db_name, "from_env");
	assert_string_equal(config.db_user, "stays");
	assert_string_equal(config.admin_key, "k");
	assert_int_equal(config.threads, 3);
	config_free(&config);
}

static void
the_environment_names_the_file(void **state)
{
	char variable[64];
	const char *envp[] = { variable, NULL };
	struct config config;

	(void)state;
	snprintf(variable, sizeof(variable), "PARLEY_CONFIG=%s", path);
	write_file("threads = 5\n");
	assert_int_equal(load_with(&config, NULL, envp), RESULT_OK);
	assert_int_equal(config.threads, 5);
	config_free(&config);
}

static void
what_the_stack_prints_is_no_error(void **state)
{
	const char *envp[] = { "PARLEY_CONFIG=/nowhere", "PARLEY_URL=x",
		"PARLEY_REDIS=x", "PARLEY_AMQP=x", "PARLEY_RUN=x",
		"PARLEY_DB_SOCKET=/s", NULL };
	struct config config;

	(void)state;
	write_file("");
	load(&config, envp);
	assert_string_equal(config.db_socket, "/s");
	config_free(&config);
}

static void
unknown_keys_are_named(void **state)
{
	(void)state;
	refused_file("\n\nnonsense = 1\n", ":3:", "nonsense");
	refused_file("DB_PORT = 1\n", ":1:", "DB_PORT");
	refused_env("PARLEY_NONSENSE=1", "PARLEY_NONSENSE", "");
	refused_env("PARLEY_db_port=1", "PARLEY_db_port", "");
	refused_env("PARLEY_DB_PORTS=1", "PARLEY_DB_PORTS", "");
	refused_env("PARLEY_=1", "PARLEY_", "");
}

static void
origins_are_schemes_with_hosts_or_a_star(void **state)
{
	static const char *const good[] = { "", "*", "https://a.example",
		"http://localhost:3000 https://b.example", "http://[::1]:80" };
	static const char *const bad[] = { "* https://a.example", "null",
		"a.example", "https://a.example/", "https://A.example",
		"https://", "https://*.example", "://a" };
	struct config config;
	char line[80];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(line, sizeof(line), "cors_origins = %s\n", good[i]);
		write_file(line);
		load(&config, no_env);
		assert_string_equal(config.cors_origins, good[i]);
		config_free(&config);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(line, sizeof(line), "cors_origins = %s\n", bad[i]);
		refused_file(line, "cors_origins", "scheme://host[:port]");
	}
}

static void
values_out_of_range_are_named_with_the_range(void **state)
{
	(void)state;
	refused_file("db_port = 0\n", "db_port is \"0\"", "from 1 to 65535");
	refused_file("db_port = 65536\n", "65536", "from 1 to 65535");
	refused_file("threads = 99999999999999999999999\n", "threads",
	    "from 1 to 1024");
	refused_file("body_limit = 1023\n", "body_limit", "from 1024 to");
	refused_file("log_level = loud\n", "log_level is \"loud\"",
	    "error|warn|info|debug");
	refused_file("log_target = parley.log\n", "log_target is",
	    "a path that begins with /");
	refused_file("log_requests = some\n", "log_requests is \"some\"",
	    "all|errors|none");
	refused_file("search_backend = MySQL\n", "search_backend",
	    "mysql|opensearch");
	refused_file("db_name =\n", "db_name", "1 to 1024 bytes");
	refused_env("PARLEY_DB_PORT=0", "PARLEY_DB_PORT", "from 1 to 65535");
}

static void
numbers_are_digits_only(void **state)
{
	static const char *const bad[] = { "", "-1", "+1", "0x10", "1k",
		"1 0", "1.0", "ten", "1e3" };
	char line[64];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(line, sizeof(line), "threads = %s\n", bad[i]);
		refused_file(line, "threads", "from 1 to 1024");
	}
}

static void
a_rate_is_two_numbers_or_0(void **state)
{
	static const char *const bad[] = { "", "1", "0/1", "1/0", "1/",
		"/1", "1/2/3", "1 / 2", "600001/1", "1/600001", "00" };
	char line[64];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(line, sizeof(line), "limit_address_reads = %s\n",
		    bad[i]);
		refused_file(line, "limit_address_reads", "a minute/");
	}
}

static void
networks_are_checked(void **state)
{
	(void)state;
	refused_file("trusted_proxies = ::1 10.0.0.1/8\n", "trusted_proxies",
	    "192.0.2.0/24");
}

static void
a_secret_is_not_repeated_in_the_error(void **state)
{
	char *entry = xcalloc(3000, 1);

	(void)state;
	strcpy(entry, "PARLEY_DB_PASSWORD=hush");
	memset(entry + strlen(entry), 'x', 2000);
	refused_env(entry, "PARLEY_DB_PASSWORD", "1024");
	assert_null(strstr(error, "hush"));
	free(entry);
}

static void
lines_that_are_no_settings_are_refused(void **state)
{
	(void)state;
	refused_file("\nwhat is this\n", ":2:", "key = value");
	refused_file("[db]\nport = 1\n", ":2:", "[db]");
	refused_file("threads = 1\nthreads = 2\n", ":2:", "threads");
	refused_file("db_name = a\n  b\n", ":2:", "white space");
	refused_file("db_name = a\n db_user = b\n", ":2:", "white space");
}

static void
a_line_that_is_too_long_is_refused_not_cut(void **state)
{
	char *content = xcalloc(5000, 1);

	(void)state;
	strcpy(content, "db_name = ");
	memset(content + 10, 'x', 4000);
	refused_file(content, ":1:", "longer than");
	strcat(content, "\nthreads = 1\n");
	refused_file(content, ":1:", "longer than");
	free(content);
}

/* Without a line feed: found by fuzzing. */
#define CUT "db_name = a\0b"

static void
a_nul_in_the_file_is_refused(void **state)
{
	(void)state;
	write_file_bytes("db_name = a\0b\nthreads = 2\n", 26, 0600);
	refused(no_env, ":1:", "NUL");
	write_file_bytes(CUT, sizeof(CUT) - 1, 0600);
	refused(no_env, ":1:", "NUL");
}

static void
a_file_that_is_not_there_is_refused(void **state)
{
	struct config config;
	const char *envp[] = { "PARLEY_CONFIG=/nowhere/parley.conf", NULL };

	(void)state;
	assert_int_equal(load_with(&config, "/nowhere/x.conf", no_env),
	    RESULT_INVALID);
	assert_non_null(strstr(error, "/nowhere/x.conf: No such file"));
	assert_int_equal(load_with(&config, NULL, envp), RESULT_INVALID);
	assert_non_null(strstr(error, "/nowhere/parley.conf"));
	assert_int_equal(load_with(&config, "/tmp", no_env), RESULT_INVALID);
	assert_non_null(strstr(error, "/tmp"));
}

static void
a_secret_in_a_file_that_others_can_read_is_refused(void **state)
{
	static const char secret[] = "db_password = x\n";
	struct config config;

	(void)state;
	write_file_bytes(secret, strlen(secret), 0604);
	refused(no_env, "db_password", "chmod 600");
	write_file_bytes(secret, strlen(secret), 0602);
	refused(no_env, "db_password", path);
	write_file_bytes(secret, strlen(secret), 0400);
	load(&config, no_env);
	config_free(&config);
	write_file_bytes("db_password =\nthreads = 1\n", 26, 0644);
	load(&config, no_env);
	config_free(&config);
	write_file_bytes("amqp_url = amqp://me:it@mq/%2f\n", 31, 0644);
	refused(no_env, "amqp_url", "chmod 600");
	write_file_bytes("amqp_url = amqps://mq.example/%2f\n", 34, 0644);
	load(&config, no_env);
	config_free(&config);
}

/* Of a file that the service itself owns, nobody else may read a secret. */
static void
a_group_may_read_a_secret_only_in_a_file_of_root(void **state)
{
	static const char secret[] = "amqp_password = x\n";
	struct config config;

	(void)state;
	if (geteuid() == 0) {
		write_file_bytes(secret, strlen(secret), 0640);
		load(&config, no_env);
		config_free(&config);
		write_file_bytes(secret, strlen(secret), 0660);
		refused(no_env, "amqp_password", "chmod 600");
		assert_int_equal(chown(path, 65534, 65534), 0);
	}
	write_file_bytes(secret, strlen(secret), 0640);
	refused(no_env, "amqp_password", "chmod 600");
	write_file_bytes(secret, strlen(secret), 0600);
	load(&config, no_env);
	config_free(&config);
	assert_int_equal(chown(path, geteuid(), getegid()), 0);
}

/* Writes the file that is included, and one that has these lines. */
static void
write_including(const char *included, const char *including)
{
	FILE *file = fopen(shared, "w");

	assert_non_null(file);
	fputs(included, file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(shared, 0644), 0);
	write_file(including);
}

static void
a_file_may_include_another_and_change_what_it_says(void **state)
{
	char content[256];
	struct config config;

	(void)state;
	snprintf(content, sizeof(content), "# ours\ninclude = %s\n"
	    "db_user = ours\ndb_password = p\n", strrchr(shared, '/') + 1);
	write_including("db_user = theirs\ndb_name = theirs\n", content);
	load(&config, no_env);
	assert_string_equal(config.db_user, "ours");
	assert_string_equal(config.db_password, "p");
	assert_string_equal(config.db_name, "theirs");
	config_free(&config);
	snprintf(content, sizeof(content), "include = %s\n", shared);
	write_file(content);
	load(&config, no_env);
	assert_string_equal(config.db_user, "theirs");
	config_free(&config);
}

static void
an_included_file_is_held_to_the_same_rules(void **state)
{
	char content[256];

	(void)state;
	snprintf(content, sizeof(content), "include = %s\nthreads = 1\n",
	    shared);
	write_including("db_password = x\n", content);
	refused(no_env, shared, "db_password");
	write_including("\nnonsense = 1\n", content);
	refused(no_env, shared, ":2: unknown key nonsense");
	write_including("include = other\n", content);
	refused(no_env, shared, "includes no other");
	assert_int_equal(unlink(shared), 0);
	refused(no_env, shared, "No such file");
}

static void
an_include_after_a_key_or_of_no_file_is_refused(void **state)
{
	(void)state;
	refused_file("threads = 1\ninclude = x\n", ":2:",
	    "before all keys");
	refused_file("include = /tmp\n", ":1:", "/tmp is no file");
}

static void
keys_that_contradict_each_other_are_refused(void **state)
{
	(void)state;
	refused_file("search_url = https://me:secret@search.example.org\n",
	    "search_url", "search_password");
	assert_null(strstr(error, "secret"));
	refused_file("db_tls = yes\n", "db_tls", "db_host");
	refused_file("tls_cert = /a.pem\n", "tls_cert", "tls_key");
	refused_file("tls_key = /a.pem\n", "tls_cert", "tls_key");
}

static void
a_small_room_for_the_error_is_kept_to(void **state)
{
	struct config config;
	char small[8] = "1234567";
	char *envp[] = { NULL };

	(void)state;
	assert_int_equal(config_load(&config, "/nowhere/x.conf", envp,
	    small, 5), RESULT_INVALID);
	assert_string_equal(small, "/now");
	assert_int_equal(small[5], '6');
}

/* Every "#key = value" of the sample, uncommented, is accepted. */
static void
the_sample_loads_and_is_the_default(void **state)
{
	struct config config, sample;
	char line[256];
	FILE *printed = tmpfile(), *file = fopen(path, "w");
	int keys = 0;

	(void)state;
	assert_non_null(file);
	config_print_sample(printed);
	rewind(printed);
	while (fgets(line, sizeof(line), printed) != NULL) {
		assert_true(strlen(line) <= 81);
		if (line[0] != '#' || line[1] == ' ' || line[1] == '\n')
			continue;
		fputs(line + 1, file);
		keys++;
	}
	fclose(printed);
	fclose(file);
	chmod(path, 0600);
	assert_int_equal(keys, 70);
	load(&sample, no_env);
	write_file("");
	load(&config, no_env);
	assert_string_equal(sample.amqp_url, config.amqp_url);
	assert_int_equal(sample.search_timeout_ms, config.search_timeout_ms);
	assert_int_equal(sample.jobs_batch_bytes, config.jobs_batch_bytes);
	config_free(&sample);
	config_free(&config);
}

static void
the_usage_names_every_key(void **state)
{
	FILE *out = tmpfile();
	char line[256];
	int lines = 0;

	(void)state;
	config_usage(out);
	rewind(out);
	while (fgets(line, sizeof(line), out) != NULL)
		lines++;
	fclose(out);
	assert_int_equal(lines, 3 + 70);
}

static int
make_file(void **state)
{
	int fd = mkstemp(path), other = mkstemp(shared);

	(void)state;
	return fd < 0 || other < 0 ? -1 : close(fd) + close(other);
}

static int
remove_file(void **state)
{
	(void)state;
	unlink(shared);
	return unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_file_leaves_the_defaults),
		cmocka_unit_test(the_file_sets_every_type),
		cmocka_unit_test(the_environment_wins_over_the_file),
		cmocka_unit_test(the_environment_names_the_file),
		cmocka_unit_test(what_the_stack_prints_is_no_error),
		cmocka_unit_test(unknown_keys_are_named),
		cmocka_unit_test(origins_are_schemes_with_hosts_or_a_star),
		cmocka_unit_test(values_out_of_range_are_named_with_the_range),
		cmocka_unit_test(numbers_are_digits_only),
		cmocka_unit_test(a_rate_is_two_numbers_or_0),
		cmocka_unit_test(networks_are_checked),
		cmocka_unit_test(a_secret_is_not_repeated_in_the_error),
		cmocka_unit_test(lines_that_are_no_settings_are_refused),
		cmocka_unit_test(a_line_that_is_too_long_is_refused_not_cut),
		cmocka_unit_test(a_nul_in_the_file_is_refused),
		cmocka_unit_test(a_file_that_is_not_there_is_refused),
		cmocka_unit_test(
		    a_secret_in_a_file_that_others_can_read_is_refused),
		cmocka_unit_test(
		    a_group_may_read_a_secret_only_in_a_file_of_root),
		cmocka_unit_test(
		    a_file_may_include_another_and_change_what_it_says),
		cmocka_unit_test(an_included_file_is_held_to_the_same_rules),
		cmocka_unit_test(
		    an_include_after_a_key_or_of_no_file_is_refused),
		cmocka_unit_test(keys_that_contradict_each_other_are_refused),
		cmocka_unit_test(a_small_room_for_the_error_is_kept_to),
		cmocka_unit_test(the_sample_loads_and_is_the_default),
		cmocka_unit_test(the_usage_names_every_key),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_file, remove_file);
}
