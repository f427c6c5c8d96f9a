/* metrics_print.c: all that was counted, as Prometheus reads it. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "log.h"
#include "metrics_own.h"
#include "metrics_series.h"

/* ---- collecting ---- */

static void
add_zero(void *context, const struct series_at *at)
{
	const struct metric_row *row = &metric_table[at->metric];

	if (row->kind == KIND_COUNTER || row->kind == KIND_HISTOGRAM)
		series_add(context, at->metric, at->labels, NULL, at->width);
}

/*
 * What was never counted is 0, and not unknown: else nobody would see its
 * first time. But for routes, of which each has more statuses than it uses.
 */
static void
add_zeros(struct series_list *list)
{
	struct layout layout;

	layout_make(&layout, NULL);
	if (!layout_walk(layout.text.data, layout.cells, add_zero, list))
		log_error(NULL, "the table of metrics is not right");
	buffer_free(&layout.text);
}

static bool
is_one(const char *name)
{
	const size_t len = strlen(name), end = strlen(METRICS_SUFFIX);

	return len > end && strcmp(name + len - end, METRICS_SUFFIX) == 0;
}

static void
add_files(struct series_list *list, const char *dir)
{
	struct buffer path = BUFFER_EMPTY, file = BUFFER_EMPTY;
	const struct dirent *entry;
	DIR *all = opendir(dir);
	bool living;

	if (all == NULL) {
		log_error(NULL, "%s: %s", dir, strerror(errno));
		return;
	}
	while ((entry = readdir(all)) != NULL) {
		if (!is_one(entry->d_name))
			continue;
		buffer_reset(&path);
		buffer_printf(&path, "%s/%s", dir, entry->d_name);
		if (metrics_file_read(path.data, &file, &living) == RESULT_OK)
			series_take(list, (void *)file.data, living);
	}
	closedir(all);
	buffer_free(&path);
	buffer_free(&file);
}

static void
add_samples(struct series_list *list, const struct sample *sample,
    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const uint64_t value = (uint64_t)sample[i].value;

		series_add(list, sample[i].metric, sample[i].labels, &value,
		    1);
	}
}

/* ---- printing ---- */

/* A decimal fraction; unit is a power of ten. */
static void
print_number(struct buffer *out, uint64_t value, unsigned unit)
{
	int digits = 0;

	for (unsigned i = unit; i > 1; i /= 10)
		digits++;
	if (digits == 0)
		buffer_uint(out, value);
	else
		buffer_printf(out, "%" PRIu64 ".%0*" PRIu64, value / unit,
		    digits, value % unit);
}

static void
print_line(struct buffer *out, const struct series *s, const char *suffix,
    uint64_t value, unsigned unit)
{
	buffer_str(out, metric_table[s->metric].name);
	buffer_str(out, suffix);
	if (*s->labels != '\0')
		buffer_printf(out, "{%s}", s->labels);
	buffer_char(out, ' ');
	print_number(out, value, unit);
	buffer_char(out, '\n');
}

static void
print_bucket(struct buffer *out, const struct series *s, uint32_t bound,
    uint64_t below)
{
	buffer_printf(out, "%s_bucket{%s%sle=\"", metric_table[s->metric].name,
	    s->labels, *s->labels != '\0' ? "," : "");
	if (bound != 0)
		buffer_printf(out, "%g", bound / 1e6);
	else
		buffer_str(out, "+Inf");
	buffer_printf(out, "\"} %" PRIu64 "\n", below);
}

static void
print_histogram(struct buffer *out, const struct series *s)
{
	const uint32_t *bounds = metric_table[s->metric].bounds;
	uint64_t below = 0;

	for (size_t i = 0; i + 1 < s->width; i++) {
		below += s->value[i];
		print_bucket(out, s, bounds[i], below);
	}
	print_line(out, s, "_sum", s->value[s->width - 1], 1000000);
	print_line(out, s, "_count", below, 1);
}

static void
print_head(struct buffer *out, const struct metric_row *row)
{
	const char *type = row->kind == KIND_COUNTER ? "counter" :
	    row->kind == KIND_HISTOGRAM ? "histogram" : "gauge";

	buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", row->name,
	    row->help, row->name, type);
}

static void
print_series(struct buffer *out, const struct series *s)
{
	const struct metric_row *row = &metric_table[s->metric];

	if (row->kind == KIND_HISTOGRAM)
		print_histogram(out, s);
	else
		print_line(out, s, "", s->value[0], row->unit);
}

void
metrics_print(const struct metrics *m, const struct sample *sample,
    size_t samples, struct buffer *out)
{
	struct series_list list = {0};
	enum metric last = METRICS;

	add_zeros(&list);
	if (m != NULL && *m->dir != '\0')
		add_files(&list, m->dir);
	if (m != NULL && m->fd < 0)
		series_take(&list, m->head, true);
	add_samples(&list, sample, samples);
	series_merge(&list);
	for (size_t i = 0; i < list.count; i++) {
		const struct series *s = &list.series[i];

		if (s->metric != last)
			print_head(out, &metric_table[s->metric]);
		last = s->metric;
		print_series(out, s);
	}
	series_clear(&list);
}
