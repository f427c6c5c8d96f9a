/* admin_doctor.c: parley-admin doctor: looks at a whole installation. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "admin_doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "config_table.h"
#include "memory.h"

#define CLOCK_WARNING_MS 1000
#define CLOCK_ERROR_MS 30000

/* ---- findings ---- */

/* How to reach Redis by hand. A password is never a part of it. */
static void
add_redis(struct buffer *out, const struct config *config)
{
	if (config->redis_socket[0] != '\0')
		buffer_printf(out, "redis-cli -s '%s'", config->redis_socket);
	else
		buffer_printf(out, "redis-cli -h '%s' -p %d",
		    config->redis_host, config->redis_port);
}

/* What is no MariaDB has a client of its own, called mysql. */
static void
add_mysql(struct buffer *out, const struct doctor *d)
{
	const struct config *config = d->config;

	buffer_str(out, d->is_mysql ? "mysql" : "mariadb");
	if (config->db_host[0] != '\0')
		buffer_printf(out, " -h '%s' -P %d", config->db_host,
		    config->db_port);
	else if (config->db_socket[0] != '\0')
		buffer_printf(out, " -S '%s'", config->db_socket);
	buffer_printf(out, " '%s'", config->db_name);
}

static void
add_search(struct buffer *out, const struct config *config)
{
	buffer_printf(out, "%s/%s", config->search_url,
	    config->search_index);
}

static void
add_admin(struct buffer *out, const struct call *call)
{
	buffer_str(out, PROGRAM);
	if (call->config_path != NULL)
		buffer_printf(out, " -c '%s'", call->config_path);
}

/* Replaces a word behind '@'; returns its length, 0 if it is none of ours. */
static size_t
add_word(struct doctor *d, struct buffer *out, const char *at, const char *it)
{
	static const char *const words[] = {
		"redis", "mysql", "search", "admin", "it",
	};
	size_t i = 0, count = sizeof(words) / sizeof(words[0]);

	while (i < count && strncmp(at, words[i], strlen(words[i])) != 0)
		i++;
	switch (i) {
	case 0:
		add_redis(out, d->config);
		break;
	case 1:
		add_mysql(out, d);
		break;
	case 2:
		add_search(out, d->config);
		break;
	case 3:
		add_admin(out, d->call);
		break;
	case 4:
		buffer_str(out, it != NULL ? it : "");
		break;
	default:
		return 0;
	}
	return strlen(words[i]);
}

static char *
expand(struct doctor *d, const char *text, const char *it)
{
	struct buffer out = BUFFER_EMPTY;

	if (text == NULL)
		return NULL;
	buffer_str(&out, "");
	for (; *text != '\0'; text++) {
		size_t len = *text == '@' ? add_word(d, &out, text + 1, it) :
		    0;

		if (len == 0)
			buffer_char(&out, *text);
		text += len;
	}
	return buffer_take(&out);
}

void
doctor_find(struct doctor *d, enum found level, const struct advice *advice,
    const char *it, const char *format, ...)
{
	struct buffer what = BUFFER_EMPTY;
	struct finding *finding;
	va_list args;

	va_start(args, format);
	buffer_vprintf(&what, format, args);
	va_end(args);
	d->findings = xrealloc(d->findings, d->count + 1, sizeof(*finding));
	finding = &d->findings[d->count++];
	*finding = (struct finding){
		.level = level,
		.advice = advice,
		.what = buffer_take(&what),
	};
	if (level == FOUND_OK)
		return;
	finding->remedy = expand(d, advice->remedy, it);
	finding->command = expand(d, advice->command, it);
}

static void
free_findings(struct doctor *d)
{
	for (size_t i = 0; i < d->count; i++) {
		free(d->findings[i].what);
		free(d->findings[i].remedy);
		free(d->findings[i].command);
	}
	free(d->findings);
}

/* ---- what several parts have ---- */

void
doctor_judge(struct doctor *d, const struct rule *rule, const char *value)
{
	doctor_find(d, rule->good(d, value) ? FOUND_OK : rule->level,
	    &rule->advice, value, "%s is %s", rule->name,
	    value[0] != '\0' ? value : "empty");
}

void
doctor_version(struct doctor *d, const struct versions *versions,
    const char *text)
{
	const char *digits = text + strcspn(text, "0123456789");
	unsigned major = 0, minor = 0;
	bool old;

	if (sscanf(digits, "%u.%u", &major, &minor) != 2) {
		doctor_find(d, FOUND_UNKNOWN, &versions->advice, text,
		    "its version is not to be told from \"%s\"", text);
		return;
	}
	old = major < versions->least[0] ||
	    (major == versions->least[0] && minor < versions->least[1]);
	doctor_find(d, old ? FOUND_ERROR : FOUND_OK, &versions->advice, text,
	    "%s %s%.*s (%u.%u or later is needed, %s is what is tested)",
	    versions->name, old ? "is only " : "",
	    (int)strcspn(digits, " "), digits, versions->least[0],
	    versions->least[1], versions->tested);
}

/* That the answer took long is not that the clock is wrong. */
void
doctor_clock(struct doctor *d, const char *part, int64_t before,
    int64_t theirs, int64_t after)
{
	static const struct advice advice = {
		"host clocks",
		"times of applications, chats and messages, the owner's time "
		"of an Idempotency-Key and the ages of what waits come from "
		"the clocks of several hosts",
		"let all hosts take their time from the same servers (chrony, "
		"systemd-timesyncd)",
		"timedatectl set-ntp true",
	};
	int64_t off = theirs < before ? before - theirs :
	    theirs > after ? theirs - after : 0;

	doctor_find(d, off > CLOCK_ERROR_MS ? FOUND_ERROR :
	    off > CLOCK_WARNING_MS ? FOUND_WARNING : FOUND_OK, &advice, part,
	    "the clock of %s is %lld ms %s this host's", part,
	    (long long)off, theirs < before ? "behind" : "before");
}

/* ---- the command ---- */

static enum found
worst(const struct doctor *d)
{
	enum found level = FOUND_OK;

	for (size_t i = 0; i < d->count; i++)
		if (d->findings[i].level > level)
			level = d->findings[i].level;
	return level;
}

int
admin_doctor(const struct call *call)
{
	static void (*const groups[])(struct doctor *) = {
		doctor_host, doctor_mysql, doctor_redis, doctor_rabbitmq,
		doctor_search, doctor_work, doctor_web,
	};
	static const int exits[FOUNDS] = {
		[FOUND_OK] = EXIT_OK,
		[FOUND_NOTE] = EXIT_OK,
		[FOUND_UNKNOWN] = EXIT_AGAIN,
		[FOUND_WARNING] = EXIT_NO,
		[FOUND_ERROR] = EXIT_NO,
	};
	struct doctor d = {
		.call = call,
		.config = call->config,
		.db = db_new(call->config),
		.cache = cache_new(call->config),
		.broker = broker_new(call->config),
	};
	int status;

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (!*call->stop)
			groups[i](&d);
	if (admin_wants_json(call))
		doctor_print_json(&d);
	else
		doctor_print(&d, (call->given & GIVEN_ALL) != 0);
	status = exits[worst(&d)];
	free_findings(&d);
	broker_free(d.broker);
	cache_free(d.cache);
	db_free(d.db);
	return *call->stop ? EXIT_AGAIN : status;
}
