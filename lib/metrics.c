/* metrics.c: what this process counts, in memory that outlives it. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "metrics.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "memory.h"
#include "metrics_file.h"
#include "metrics_own.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

/* ---- opening ---- */

static unsigned
count_of(const char *const *values)
{
	unsigned n = 0;

	while (values[n] != NULL)
		n++;
	return n;
}

/* Where each metric's cells are; NULL: this program has none of them. */
static void
find_cells(struct metrics *m)
{
	metric_cell *cell = metrics_cells_of(m->head);

	for (enum metric i = 0; i < METRICS_COUNTED; i++) {
		const size_t series = layout_series(i, m->routes);

		m->series[i] = (unsigned)series;
		m->width[i] = (unsigned)layout_width(i);
		m->cells[i] = series > 0 ? cell : NULL;
		cell += series * m->width[i];
	}
	m->methods = count_of(metric_methods);
	m->statuses = count_of(metric_statuses);
}

/* What was true of who had the file before, if anybody. */
static void
begin_life(struct metrics *m)
{
	m->head->started = clock_wall_ms();
	snprintf(m->head->version, METRICS_NAME, "%s", PACKAGE_VERSION);
	for (enum metric i = 0; i < METRICS_COUNTED; i++)
		if (metric_table[i].kind == KIND_LIVING)
			metrics_set(m, i, 0);
}

struct metrics *
metrics_open(const char *dir, const char *program, const char *const *routes)
{
	struct metrics *m = xcalloc(1, sizeof(*m));
	struct buffer image = BUFFER_EMPTY;
	struct layout layout;

	m->dir = xstrdup(dir);
	m->routes = routes;
	layout_make(&layout, routes);
	if (*dir == '\0')
		log_info(NULL, "metrics_dir is not set: what this process "
		    "counts ends with it");
	if (*dir == '\0' || metrics_file_claim(dir, program, &layout,
	    &m->head, &m->fd) != RESULT_OK) {
		metrics_image(&image, program, &layout);
		m->head = (void *)buffer_take(&image);
		m->fd = -1;
	}
	buffer_free(&layout.text);
	find_cells(m);
	begin_life(m);
	return m;
}

void
metrics_close(struct metrics *m)
{
	if (m == NULL)
		return;
	if (m->fd >= 0) {
		munmap(m->head, sizeof(*m->head) + m->head->layout_size +
		    m->head->cells * sizeof(metric_cell));
		close(m->fd);		/* the next one may have it */
	} else {
		free(m->head);
	}
	free(m->dir);
	free(m);
}

/* ---- counting ---- */

static void
add(metric_cell *cell, uint64_t n)
{
	atomic_fetch_add_explicit(cell, n, memory_order_relaxed);
}

void
metrics_add(struct metrics *m, enum metric metric, unsigned label, uint64_t n)
{
	if (m == NULL)
		return;
	assert(label < m->series[metric] && m->width[metric] == 1);
	add(m->cells[metric] + label, n);
}

void
metrics_set(struct metrics *m, enum metric metric, uint64_t value)
{
	if (m != NULL && m->cells[metric] != NULL)
		atomic_store_explicit(m->cells[metric], value,
		    memory_order_relaxed);
}

static void
took(struct metrics *m, enum metric metric, unsigned series, int64_t us)
{
	const uint32_t *const bounds = metric_table[metric].bounds;
	metric_cell *const cell = m->cells[metric] +
	    series * m->width[metric];
	const uint64_t time = us > 0 ? (uint64_t)us : 0;
	unsigned bucket = 0;

	while (bounds[bucket] != 0 && time > bounds[bucket])
		bucket++;
	add(cell + bucket, 1);
	add(cell + m->width[metric] - 1, time);
}

void
metrics_took(struct metrics *m, enum metric metric, int64_t us)
{
	if (m != NULL)
		took(m, metric, 0, us);
}

/* The last one if it is none of them. */
static unsigned
place_of(const char *const *values, const char *value)
{
	unsigned i = 0;

	while (values[i + 1] != NULL && values[i] != value &&
	    strcmp(values[i], value) != 0)
		i++;
	return i;
}

/* The text of a status, which is of three digits. */
static unsigned
place_of_status(int status)
{
	char text[4] = {
		(char)('0' + status / 100 % 10), (char)('0' + status / 10 % 10),
		(char)('0' + status % 10), '\0',
	};

	return place_of(metric_statuses, text);
}

void
metrics_answer(struct metrics *m, const struct answered *a)
{
	unsigned at;

	if (m == NULL)
		return;
	assert(m->routes != NULL && a->method < m->methods);
	at = place_of(m->routes, a->route) * m->methods + a->method;
	took(m, METRIC_HTTP_SECONDS, at, a->us);
	add(m->cells[METRIC_HTTP_REQUESTS] + at * m->statuses +
	    place_of_status(a->status), 1);
	metrics_add(m, METRIC_HTTP_BYTES, 0, a->bytes);
}
