/* admin_doctor.h: what the checks of parley-admin doctor have in common. */
/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PARLEY_ADMIN_DOCTOR_H
#define PARLEY_ADMIN_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "admin.h"
#include "broker.h"
#include "cache.h"
#include "config.h"
#include "db.h"

/* In order of their weight. */
enum found {
	FOUND_OK,
	FOUND_NOTE,	/* worth knowing; nothing has to be done */
	FOUND_UNKNOWN,	/* it could not be looked at */
	FOUND_WARNING,	/* a promise is weaker than it could be */
	FOUND_ERROR,	/* something does not work, or a promise is broken */
	FOUNDS
};

/*
 * What is said about a finding besides what was found. In remedy and command
 * these stand for what belongs there:
 *   @redis   redis-cli, with where Redis is
 *   @mysql   the database's client, with the database
 *   @search  the URL of the index
 *   @admin   parley-admin, with the configuration file
 *   @it      what the finding is about: a file, a queue, a number
 */
struct advice {
	const char *check;	/* "redis appendonly": part, and what of it */
	const char *why;	/* why it matters */
	const char *remedy;	/* what is to be done, for people */
	const char *command;	/* a line for a shell that does it; or NULL */
};

struct finding {
	enum found level;
	const struct advice *advice;
	char *what, *remedy, *command;	/* owned; command may be NULL */
};

struct doctor {
	const struct call *call;
	const struct config *config;
	struct db *db;
	struct cache *cache;
	struct broker *broker;
	bool mysql, redis, rabbitmq;	/* it answers: it can be looked into */
	bool is_mysql;			/* and not MariaDB */
	uint32_t consumers;		/* of the queue of writes */
	unsigned processes;		/* of Parley's, by their pid files */
	struct finding *findings;
	size_t count;
};

/* Notes a finding. The advice must be static; it may be NULL. */
void doctor_find(struct doctor *, enum found, const struct advice *,
    const char *it, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* A setting that is right if good says so of its value. */
struct rule {
	const char *name;
	bool (*good)(const struct doctor *, const char *value);
	enum found level;	/* if it is not */
	struct advice advice;
};
void doctor_judge(struct doctor *, const struct rule *, const char *value);

/* Judges a version by its first two numbers; text is what the part said. */
struct versions {
	const char *name;
	unsigned least[2];	/* older ones lack something we need */
	const char *tested;
	struct advice advice;
};
void doctor_version(struct doctor *, const struct versions *,
    const char *text);

/* Compares a part's clock with ours, which was looked at before and after. */
void doctor_clock(struct doctor *, const char *part, int64_t before,
    int64_t theirs, int64_t after);

/* The groups of checks: each goes on when the others cannot. */
void doctor_mysql(struct doctor *);
void doctor_redis(struct doctor *);
void doctor_rabbitmq(struct doctor *);
void doctor_search(struct doctor *);
void doctor_work(struct doctor *);
void doctor_host(struct doctor *);
void doctor_web(struct doctor *);

/* What was found: a table for people, or JSON. */
void doctor_print(const struct doctor *, bool all);
void doctor_print_json(const struct doctor *);

#endif
