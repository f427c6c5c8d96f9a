/* metrics_layout.c: how counts lie in a file, which says so itself. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "metrics_layout.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

#define CELLS_MOST 1000000	/* more are nobody's */

/* ---- our own ---- */

static size_t
length_of(const char *const *values)
{
	size_t n = 0;

	while (values != NULL && values[n] != NULL)
		n++;
	return n;
}

static const char *const *
values_of(const struct metric_label *label, const char *const *routes)
{
	return label->values != NULL ? label->values : routes;
}

size_t
layout_series(enum metric metric, const char *const *routes)
{
	const struct metric_label *label = metric_table[metric].label;
	size_t n = 1;

	if (metric_table[metric].kind == KIND_LIVING && routes == NULL)
		return 0;
	for (size_t i = 0; i < METRIC_LABELS && label[i].name != NULL; i++)
		n *= length_of(values_of(&label[i], routes));
	return n;
}

size_t
layout_width(enum metric metric)
{
	const uint32_t *bounds = metric_table[metric].bounds;
	size_t n = 0;

	while (bounds != NULL && bounds[n] != 0)
		n++;
	return bounds != NULL ? n + 2 : 1;
}

/* "counter", or "histogram:1000,2500": what must be alike to be added. */
static void
write_kind(struct buffer *out, enum metric metric)
{
	static const char *const names[] = {
		[KIND_COUNTER] = "counter", [KIND_HISTOGRAM] = "histogram",
		[KIND_LIVING] = "living", [KIND_LATEST] = "latest",
		[KIND_OLDEST] = "oldest",
	};
	const uint32_t *bound = metric_table[metric].bounds;
	char before = ':';

	buffer_str(out, names[metric_table[metric].kind]);
	for (; bound != NULL && *bound != 0; bound++) {
		buffer_printf(out, "%c%" PRIu32, before, *bound);
		before = ',';
	}
}

static void
write_label(struct buffer *out, const struct metric_label *label,
    const char *const *routes)
{
	const char *const *value = values_of(label, routes);
	char before = '=';

	buffer_printf(out, " %s", label->name);
	for (; *value != NULL; value++) {
		buffer_printf(out, "%c%s", before, *value);
		before = ',';
	}
}

void
layout_make(struct layout *layout, const char *const *routes)
{
	*layout = (struct layout){0};
	for (enum metric m = 0; m < METRICS_COUNTED; m++) {
		const struct metric_label *label = metric_table[m].label;
		const size_t series = layout_series(m, routes);

		if (series == 0)
			continue;
		buffer_printf(&layout->text, "%s ", metric_table[m].name);
		write_kind(&layout->text, m);
		for (size_t i = 0; i < METRIC_LABELS && label[i].name; i++)
			write_label(&layout->text, &label[i], routes);
		buffer_char(&layout->text, '\n');
		layout->cells += series * layout_width(m);
	}
}

/* ---- anybody's ---- */

struct dimension {
	char *name;
	char *value[METRIC_VALUES];
	size_t count;
};

struct line {
	enum metric metric;	/* METRICS: none of ours */
	size_t width, series;
	struct dimension dimension[METRIC_LABELS];
	size_t dimensions;
};

static enum metric
metric_named(const char *name, const char *kind)
{
	struct buffer ours = BUFFER_EMPTY;
	enum metric m = 0;

	while (m < METRICS_COUNTED && strcmp(metric_table[m].name, name) != 0)
		m++;
	if (m == METRICS_COUNTED)
		return METRICS;
	write_kind(&ours, m);
	if (strcmp(ours.data, kind) != 0)
		m = METRICS;
	buffer_free(&ours);
	return m;
}

static size_t
width_of(const char *kind)
{
	size_t bounds = 1;

	if (strncmp(kind, "histogram:", strlen("histogram:")) != 0)
		return 1;
	for (; *kind != '\0'; kind++)
		bounds += *kind == ',';
	return bounds + 2;
}

static bool
read_dimension(char *word, struct dimension *d)
{
	char *rest = NULL, *value;

	d->count = 0;
	d->name = strtok_r(word, "=", &rest);
	while ((value = strtok_r(NULL, ",", &rest)) != NULL) {
		if (d->count == METRIC_VALUES)
			return false;
		d->value[d->count++] = value;
	}
	return d->count > 0;
}

static bool
read_line(char *text, struct line *line)
{
	char *rest = NULL;
	char *name = strtok_r(text, " ", &rest);
	char *kind = strtok_r(NULL, " ", &rest);
	char *word;

	if (name == NULL || kind == NULL)
		return false;
	line->metric = metric_named(name, kind);
	line->width = width_of(kind);
	line->series = 1;
	line->dimensions = 0;
	while ((word = strtok_r(NULL, " ", &rest)) != NULL) {
		struct dimension *d = &line->dimension[line->dimensions];

		if (line->dimensions++ == METRIC_LABELS ||
		    !read_dimension(word, d))
			return false;
		line->series *= d->count;
	}
	return true;
}

/* The labels of one of the line's series, as they are printed. */
static void
write_labels(struct buffer *out, const struct line *line, size_t series)
{
	size_t below = line->series;

	buffer_reset(out);
	buffer_str(out, "");
	for (size_t i = 0; i < line->dimensions; i++) {
		const struct dimension *d = &line->dimension[i];

		below /= d->count;
		buffer_printf(out, "%s%s=\"%s\"", i > 0 ? "," : "", d->name,
		    d->value[series / below % d->count]);
	}
}

static void
visit_line(const struct line *line, size_t cell,
    void (*visit)(void *, const struct series_at *), void *context)
{
	struct buffer labels = BUFFER_EMPTY;

	for (size_t i = 0; i < line->series; i++) {
		write_labels(&labels, line, i);
		const struct series_at at = {
			.metric = line->metric,
			.labels = labels.data,
			.cell = cell + i * line->width,
			.width = line->width,
		};
		visit(context, &at);
	}
	buffer_free(&labels);
}

bool
layout_walk(const char *text, size_t cells,
    void (*visit)(void *, const struct series_at *), void *context)
{
	char *copy = xstrdup(text), *rest = NULL, *next;
	struct line *line = xmalloc(sizeof(*line));
	size_t cell = 0;
	bool good = strpbrk(text, "\"\\") == NULL && cells < CELLS_MOST;

	for (next = strtok_r(copy, "\n", &rest); next != NULL && good;
	    next = strtok_r(NULL, "\n", &rest)) {
		good = read_line(next, line) &&
		    line->width * line->series <= cells - cell;
		if (!good)
			break;
		if (visit != NULL && line->metric != METRICS)
			visit_line(line, cell, visit, context);
		cell += line->width * line->series;
	}
	free(line);
	free(copy);
	return good && cell == cells;
}
