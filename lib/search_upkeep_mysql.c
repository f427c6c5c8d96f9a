/* search_upkeep_mysql.c: looking after the texts that MySQL searches. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db_editions.h"
#include "memory.h"
#include "search_upkeep_internal.h"

#define TABLE "search_texts"

struct mysql {
	struct upkeep upkeep;	/* first */
	struct search *search;
	struct key walked_to;	/* all 0: no walk is under way */
	uint64_t total;
};

static struct upkeep *
mysql_open(const struct config *config, struct db *db)
{
	struct mysql *mysql = xcalloc(1, sizeof(*mysql));

	mysql->search = search_new(config, db);
	return &mysql->upkeep;
}

static void
mysql_close(struct upkeep *upkeep)
{
	struct mysql *mysql = (struct mysql *)upkeep;

	search_free(mysql->search);
	free(mysql);
}

/* What db.h calls a conflict may be tried again like any other failure. */
static enum result
judge(struct upkeep *upkeep, enum result result)
{
	if (result == RESULT_OK)
		return RESULT_OK;
	return upkeep_fail(upkeep, RESULT_UNAVAILABLE, "the database: %s",
	    db_error(upkeep->db));
}

static enum result
mysql_version(struct upkeep *upkeep, char *out, size_t size)
{
	(void)upkeep;
	snprintf(out, size, "the database's table " TABLE);
	return RESULT_OK;
}

static enum result
mysql_versions(struct upkeep *upkeep, const struct edition *wanted,
    size_t count, uint64_t *versions)
{
	return judge(upkeep, db_texts_versions(upkeep->db, wanted, count,
	    versions));
}

static enum result
mysql_walk(struct upkeep *upkeep, struct edition *out, size_t limit,
    size_t *count, uint64_t *total)
{
	struct mysql *mysql = (struct mysql *)upkeep;
	enum result result = RESULT_OK;

	if (mysql->walked_to.application == 0)
		result = db_editions_total(upkeep->db, EDITIONS_OF_TEXTS,
		    &mysql->total);
	if (result == RESULT_OK)
		result = db_editions_page(upkeep->db, EDITIONS_OF_TEXTS,
		    &mysql->walked_to, limit, out, count);
	if (result != RESULT_OK)
		return judge(upkeep, result);
	*total = mysql->total;
	mysql->walked_to = *count ? out[*count - 1].key : (struct key){0};
	return RESULT_OK;
}

static enum result
mysql_remove(struct upkeep *upkeep, const struct edition *editions,
    size_t count)
{
	return judge(upkeep, db_texts_remove(upkeep->db, editions, count));
}

/* A row that was deleted leaves nothing. */
static enum result
mysql_forget(struct upkeep *upkeep)
{
	(void)upkeep;
	return RESULT_OK;
}

/*
 * Rebuilding goes over the table in place: each row is made anew from its
 * message in a transaction, so that at no moment a text is missing, and
 * there is nothing to swap.
 */
static enum result
mysql_begin(struct upkeep *upkeep, struct rebuild *out)
{
	(void)upkeep;
	snprintf(out->target, sizeof(out->target), TABLE);
	return RESULT_OK;
}

static enum result
mysql_look(struct upkeep *upkeep, const struct rebuild *rebuild,
    bool *swapped)
{
	(void)upkeep;
	*swapped = false;
	return strcmp(rebuild->target, TABLE) == 0 ? RESULT_OK :
	    RESULT_NOT_FOUND;
}

/* A text of the same version would stay; so it goes first. */
static enum result
replace(struct mysql *mysql, const struct item *const *items, size_t count,
    enum indexed *outcome)
{
	struct edition *old = xcalloc(count, sizeof(*old));
	enum result result;

	for (size_t i = 0; i < count; i++)
		old[i] = (struct edition){ items[i]->key, items[i]->version };
	result = db_texts_remove(mysql->upkeep.db, old, count);
	if (result == RESULT_OK)
		result = search_index(mysql->search, items, count, outcome);
	free(old);
	return result;
}

static enum result
mysql_index(struct upkeep *upkeep, const struct item *const *items,
    size_t count, enum indexed *outcome)
{
	struct mysql *mysql = (struct mysql *)upkeep;
	enum result result = db_begin(upkeep->db);

	if (result == RESULT_OK)
		result = replace(mysql, items, count, outcome);
	if (result == RESULT_OK)
		result = db_commit(upkeep->db);
	if (result == RESULT_OK)
		return RESULT_OK;
	result = judge(upkeep, result);
	db_rollback(upkeep->db);
	return result;
}

static enum result
mysql_swap(struct upkeep *upkeep, const struct rebuild *rebuild)
{
	(void)upkeep;
	(void)rebuild;
	return RESULT_OK;
}

static enum result
mysql_remove_index(struct upkeep *upkeep, const char *index)
{
	(void)upkeep;
	(void)index;
	return RESULT_OK;
}

const struct upkeep_methods upkeep_mysql = {
	.open = mysql_open,
	.close = mysql_close,
	.version = mysql_version,
	.versions = mysql_versions,
	.walk = mysql_walk,
	.remove = mysql_remove,
	.forget = mysql_forget,
	.begin = mysql_begin,
	.look = mysql_look,
	.index = mysql_index,
	.swap = mysql_swap,
	.remove_index = mysql_remove_index,
};
