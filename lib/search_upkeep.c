/* search_upkeep.c: looking after the search index: picks the backend. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "search_upkeep.h"

#include <stdarg.h>
#include <stdio.h>

#include "search_upkeep_internal.h"

struct upkeep *
upkeep_new(const struct config *config, struct db *db)
{
	static const struct upkeep_methods *const backends[] = {
		[SEARCH_BACKEND_MYSQL] = &upkeep_mysql,
		[SEARCH_BACKEND_OPENSEARCH] = &upkeep_opensearch,
	};
	const struct upkeep_methods *methods =
	    backends[config->search_backend];
	struct upkeep *upkeep = methods->open(config, db);

	upkeep->methods = methods;
	upkeep->config = config;
	upkeep->db = db;
	return upkeep;
}

void
upkeep_free(struct upkeep *upkeep)
{
	if (upkeep != NULL)
		upkeep->methods->close(upkeep);
}

const char *
upkeep_error(const struct upkeep *upkeep)
{
	return upkeep->error;
}

enum result
upkeep_fail(struct upkeep *upkeep, enum result result, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(upkeep->error, sizeof(upkeep->error), format, args);
	va_end(args);
	return result;
}

enum result
upkeep_version(struct upkeep *upkeep, char *out, size_t size)
{
	return upkeep->methods->version(upkeep, out, size);
}

enum result
upkeep_versions(struct upkeep *upkeep, const struct edition *wanted,
    size_t count, uint64_t *versions)
{
	return count == 0 ? RESULT_OK :
	    upkeep->methods->versions(upkeep, wanted, count, versions);
}

enum result
upkeep_walk(struct upkeep *upkeep, struct edition *out, size_t limit,
    size_t *count, uint64_t *total)
{
	return upkeep->methods->walk(upkeep, out, limit, count, total);
}

enum result
upkeep_remove(struct upkeep *upkeep, const struct edition *editions,
    size_t count)
{
	return count == 0 ? RESULT_OK :
	    upkeep->methods->remove(upkeep, editions, count);
}

enum result
upkeep_forget(struct upkeep *upkeep)
{
	return upkeep->methods->forget(upkeep);
}

enum result
upkeep_rebuild_begin(struct upkeep *upkeep, struct rebuild *out)
{
	*out = (struct rebuild){0};
	return upkeep->methods->begin(upkeep, out);
}

enum result
upkeep_rebuild_look(struct upkeep *upkeep, const struct rebuild *rebuild,
    bool *swapped)
{
	*swapped = false;
	return upkeep->methods->look(upkeep, rebuild, swapped);
}

enum result
upkeep_rebuild_index(struct upkeep *upkeep, const struct item *const *items,
    size_t count, enum indexed *outcome)
{
	return upkeep->methods->index(upkeep, items, count, outcome);
}

enum result
upkeep_rebuild_swap(struct upkeep *upkeep, const struct rebuild *rebuild)
{
	return upkeep->methods->swap(upkeep, rebuild);
}

enum result
upkeep_rebuild_remove(struct upkeep *upkeep, const char *index)
{
	return upkeep->methods->remove_index(upkeep, index);
}
