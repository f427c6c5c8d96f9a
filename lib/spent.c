/* spent.c: where the time of one request goes. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "spent.h"

#include <stddef.h>

#include "clock.h"

static const char *const names[] = {
	[SPENT_OWN] = "own",
	[SPENT_WEB] = "web",
	[SPENT_TURN] = "turn",
	[SPENT_REDIS] = "redis",
	[SPENT_RABBITMQ] = "rabbitmq",
	[SPENT_MYSQL] = "mysql",
	[SPENT_SEARCH] = "search",
};

const char *
spent_name(enum spent_on part)
{
	return names[part];
}

void
spent_start(struct spent *s, enum spent_on part)
{
	*s = (struct spent){ .part = part, .since = clock_mono_us() };
}

enum spent_on
spent_switch(struct spent *s, enum spent_on part)
{
	enum spent_on before;
	int64_t now;

	if (s == NULL)
		return SPENT_OWN;
	now = clock_mono_us();
	before = s->part;
	s->us[before] += now - s->since;
	s->since = now;
	s->part = part;
	return before;
}

void
spent_explain(struct spent *s, enum spent_on part, const struct spent *other)
{
	enum spent_on i;

	if (s == NULL)
		return;
	for (i = SPENT_OWN + 1; i < SPENT_KINDS; i++) {
		s->us[i] += other->us[i];
		s->us[part] -= other->us[i];
	}
}

int64_t
spent_total(const struct spent *s)
{
	int64_t total = 0;
	enum spent_on i;

	for (i = 0; i < SPENT_KINDS; i++)
		total += s->us[i];
	return total;
}

enum spent_on
spent_most(const struct spent *s)
{
	enum spent_on i, most = SPENT_OWN;

	for (i = 0; i < SPENT_KINDS; i++)
		if (s->us[i] > s->us[most])
			most = i;
	return most;
}
