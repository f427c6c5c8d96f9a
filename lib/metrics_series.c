/* metrics_series.c: sums of counts, by name and labels. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "metrics_series.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

void
series_clear(struct series_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->series[i].labels);
	free(list->series);
	*list = (struct series_list){0};
}

void
series_add(struct series_list *list, enum metric metric, const char *labels,
    const uint64_t *values, size_t width)
{
	struct series *s;

	if (list->count == list->size) {
		list->size = list->size ? list->size * 2 : 256;
		list->series = xrealloc(list->series, list->size,
		    sizeof(*list->series));
	}
	s = &list->series[list->count++];
	*s = (struct series){
		.metric = metric,
		.labels = xstrdup(labels),
		.width = width,
	};
	if (values != NULL)
		memcpy(s->value, values, width * sizeof(*values));
}

/* ---- out of a file ---- */

struct taking {
	struct series_list *list;
	const metric_cell *cells;
	const char *of_program;		/* as a label */
	bool living;
};

static void
take(void *context, const struct series_at *at)
{
	const struct taking *t = context;
	const bool of_living = metric_table[at->metric].kind == KIND_LIVING;
	uint64_t value[LAYOUT_CELLS];
	bool any = of_living && t->living;

	if (of_living && !t->living)
		return;
	for (size_t i = 0; i < at->width; i++) {
		value[i] = atomic_load_explicit(&t->cells[at->cell + i],
		    memory_order_relaxed);
		any = any || value[i] != 0;
	}
	if (any)
		series_add(t->list, at->metric,
		    of_living ? t->of_program : at->labels, value, at->width);
}

void
series_take(struct series_list *list, struct metrics_head *head, bool living)
{
	const uint64_t lives = living, one = 1,
	    started = (uint64_t)head->started;
	struct buffer program = BUFFER_EMPTY, version = BUFFER_EMPTY;
	struct taking taking = {
		.list = list,
		.cells = metrics_cells_of(head),
		.living = living,
	};

	buffer_printf(&program, "program=\"%.*s\"", METRICS_NAME - 1,
	    head->program);
	buffer_printf(&version, "version=\"%.*s\"", METRICS_NAME - 1,
	    head->version);
	taking.of_program = program.data;
	if (!layout_walk(metrics_layout_of(head), head->cells, take, &taking))
		goto out;	/* it was checked before: not reached */
	/* 0 of a program that is there no more says more than nothing. */
	series_add(list, METRIC_PROCESSES, program.data, &lives, 1);
	if (living) {
		series_add(list, METRIC_START_TIME, program.data, &started, 1);
		series_add(list, METRIC_BUILD_INFO, version.data, &one, 1);
	}
out:
	buffer_free(&program);
	buffer_free(&version);
}

/* ---- sums ---- */

static int
compare(const void *a, const void *b)
{
	const struct series *s = a, *t = b;

	if (s->metric != t->metric)
		return s->metric < t->metric ? -1 : 1;
	return strcmp(s->labels, t->labels);
}

static void
merge(struct series *into, const struct series *from)
{
	for (size_t i = 0; i < into->width && i < from->width; i++) {
		uint64_t *value = &into->value[i];
		const uint64_t other = from->value[i];

		switch (metric_table[into->metric].kind) {
		case KIND_LATEST:
			*value = other > *value ? other : *value;
			break;
		case KIND_OLDEST:
			*value = other < *value ? other : *value;
			break;
		default:
			*value += other;
		}
	}
}

void
series_merge(struct series_list *list)
{
	struct series *last = NULL, *s;
	size_t count = 0;

	if (list->count > 0)
		qsort(list->series, list->count, sizeof(*s), compare);
	for (size_t i = 0; i < list->count; i++) {
		s = &list->series[i];
		if (last != NULL && compare(last, s) == 0) {
			merge(last, s);
			free(s->labels);
		} else {
			last = &list->series[count++];
			*last = *s;
		}
	}
	list->count = count;
}

const struct series *
series_find(const struct series_list *list, enum metric metric,
    const char *labels)
{
	char *wanted = xstrdup(labels);
	const struct series key = { .metric = metric, .labels = wanted };
	const struct series *found = NULL;

	if (list->count > 0)
		found = bsearch(&key, list->series, list->count,
		    sizeof(key), compare);
	free(wanted);
	return found;
}
