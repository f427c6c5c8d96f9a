/* metrics_file.c: a process's file of counts: made, claimed, read. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "metrics_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "memory.h"
#include "metrics_series.h"

#define MAGIC "parleyM1"
#define SLOTS_MOST 1000		/* processes of one program at once */
#define TRIES 5			/* while others make the same file anew */
#define FILE_MOST (8 << 20)	/* bytes; a real one has some 30 KB */

/*
 * The programs may be of several users, who share the directory by their
 * group, and one user's next process may be another's. What is counted is no
 * secret.
 */
#define FILE_MODE 0664

/* ---- what is in a file ---- */

static uint64_t
hash_of(const char *text)
{
	uint64_t hash = 14695981039346656037u;	/* FNV-1a */

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 1099511628211u;
	return hash;
}

const char *
metrics_layout_of(const struct metrics_head *head)
{
	return (const char *)(head + 1);
}

metric_cell *
metrics_cells_of(struct metrics_head *head)
{
	return (metric_cell *)(void *)((char *)(head + 1) +
	    head->layout_size);
}

void
metrics_image(struct buffer *out, const char *program,
    const struct layout *layout)
{
	struct metrics_head head = {
		.layout_hash = hash_of(layout->text.data),
		.layout_size = (uint32_t)(layout->text.len / 8 + 1) * 8,
		.cells = (uint32_t)layout->cells,
	};
	const uint64_t zero = 0;

	memcpy(head.magic, MAGIC, sizeof(head.magic));
	snprintf(head.program, sizeof(head.program), "%s", program);
	buffer_add(out, &head, sizeof(head));
	buffer_add(out, layout->text.data, layout->text.len);
	while (out->len < sizeof(head) + head.layout_size)
		buffer_char(out, '\0');
	for (size_t i = 0; i < layout->cells; i++)
		buffer_add(out, &zero, sizeof(zero));
}

/* What is wrong with a file; NULL: nothing. */
static const char *
fault_of(const struct buffer *file)
{
	const struct metrics_head *head = (const void *)file->data;
	const char *layout;

	if (file->len < sizeof(*head) ||
	    memcmp(head->magic, MAGIC, sizeof(head->magic)) != 0)
		return "is no file of counts, or of another format";
	if (head->layout_size == 0 || head->layout_size % 8 != 0 ||
	    file->len != sizeof(*head) + (uint64_t)head->layout_size +
	    (uint64_t)head->cells * sizeof(metric_cell))
		return "is not as long as it should be";
	layout = metrics_layout_of(head);
	if (layout[head->layout_size - 1] != '\0' ||
	    hash_of(layout) != head->layout_hash ||
	    memchr(head->program, '\0', METRICS_NAME) == NULL ||
	    memchr(head->version, '\0', METRICS_NAME) == NULL ||
	    !layout_walk(layout, head->cells, NULL, NULL))
		return "is damaged";
	return NULL;
}

/* ---- reading ---- */

static enum result
read_all(int fd, struct buffer *out)
{
	struct stat is;
	ssize_t got;

	if (fstat(fd, &is) != 0 || !S_ISREG(is.st_mode) ||
	    is.st_size > FILE_MOST)
		return RESULT_INVALID;
	buffer_reset(out);
	buffer_reserve(out, (size_t)is.st_size);
	while (out->len < (size_t)is.st_size) {
		got = pread(fd, out->data + out->len,
		    (size_t)is.st_size - out->len, (off_t)out->len);
		if (got <= 0)
			return RESULT_INVALID;
		out->len += (size_t)got;
	}
	return RESULT_OK;
}

/* Whether somebody else has the file, without taking it from anybody. */
static bool
is_held(int fd)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

enum result
metrics_file_read(const char *path, struct buffer *out, bool *living)
{
	const char *fault = "cannot be read";
	enum result result = RESULT_INVALID;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd >= 0)
		result = read_all(fd, out);
	if (result == RESULT_OK && out->len > 0)
		fault = fault_of(out);
	*living = fd >= 0 && is_held(fd);
	if (fd >= 0)
		close(fd);
	if (result == RESULT_OK && out->len == 0)
		return RESULT_NOT_FOUND;
	if (fault == NULL)
		return RESULT_OK;
	log_warn(NULL, "%s %s: what it has counted is left out", path, fault);
	return RESULT_INVALID;
}

/* ---- making one ---- */

struct carry {
	const struct series_list *counted;
	metric_cell *cells;
};

static void
carry(void *context, const struct series_at *at)
{
	const struct carry *c = context;
	const struct series *s = series_find(c->counted, at->metric,
	    at->labels);

	for (size_t i = 0; s != NULL && i < at->width; i++)
		c->cells[at->cell + i] = s->value[i];
}

/* Writes into a new image what an old file, of whatever version, has. */
static void
carry_over(struct buffer *old, struct buffer *new)
{
	struct metrics_head *head = (void *)new->data;
	struct series_list counted = {0};
	struct carry c = { &counted, metrics_cells_of(head) };

	series_take(&counted, (void *)old->data, false);
	series_merge(&counted);
	if (!layout_walk(metrics_layout_of(head), head->cells, carry, &c))
		log_error(NULL, "the layout of our own counts is not right");
	series_clear(&counted);
}

static bool
lock_all(int fd)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_SETLK, &all) == 0;
}

/*
 * Written as a whole before it is mapped: on a disk without room that is an
 * error here, and no signal later.
 */
static bool
fill(int fd, const struct buffer *image)
{
	return fchmod(fd, FILE_MODE) == 0 && lock_all(fd) &&
	    pwrite(fd, image->data, image->len, 0) == (ssize_t)image->len;
}

/*
 * Puts a new file in the place of the one that *fd holds, at once for whoever
 * reads them, and holds that one instead.
 */
static enum result
replace(const char *path, const struct buffer *image, int *fd)
{
	struct buffer beside = BUFFER_EMPTY;
	int new;

	buffer_printf(&beside, "%s.new", path);
	unlink(beside.data);	/* of a process that was killed right here */
	new = open(beside.data, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
	    FILE_MODE);
	if (new < 0 || !fill(new, image) || rename(beside.data, path) != 0) {
		log_error(NULL, "%s: %s", beside.data, strerror(errno));
		if (new >= 0) {
			unlink(beside.data);
			close(new);
		}
		buffer_free(&beside);
		return RESULT_UNAVAILABLE;
	}
	close(*fd);
	*fd = new;
	buffer_free(&beside);
	return RESULT_OK;
}

/* ---- claiming one ---- */

/*
 * RESULT_CONFLICT: a living process has it. RESULT_REFUSED: it is another
 * user's, or no file.
 * The lock is that of an open file, which ends with the process; not one of
 * flock(2), because here one may ask whether it is held without taking it.
 */
static enum result
hold(const char *path, int *fd)
{
	struct stat held, there;

	for (int tries = 0; tries < TRIES; tries++) {
		*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
		    O_NONBLOCK, FILE_MODE);
		if (*fd < 0 && (errno == EACCES || errno == ELOOP ||
		    errno == EISDIR))
			return RESULT_REFUSED;
		if (*fd < 0)
			return RESULT_UNAVAILABLE;
		if (!lock_all(*fd)) {
			const bool held_by_other = errno == EAGAIN ||
			    errno == EACCES;

			close(*fd);
			return held_by_other ? RESULT_CONFLICT :
			    RESULT_UNAVAILABLE;
		}
		/* Else it was replaced between these two calls. */
		if (fstat(*fd, &held) == 0 && stat(path, &there) == 0 &&
		    held.st_ino == there.st_ino)
			return RESULT_OK;
		close(*fd);
	}
	return RESULT_CONFLICT;
}

/* Makes a file that is held one of this layout, with what it has counted. */
static enum result
refit(const char *path, const char *program, const struct layout *layout,
    int *fd)
{
	struct buffer old = BUFFER_EMPTY, new = BUFFER_EMPTY;
	enum result result = RESULT_OK;
	const char *fault;
	bool usable;

	usable = read_all(*fd, &old) == RESULT_OK;
	fault = usable ? fault_of(&old) : "cannot be read";
	if (fault == NULL && strcmp(metrics_layout_of((void *)old.data),
	    layout->text.data) == 0)
		goto out;
	metrics_image(&new, program, layout);
	if (fault == NULL) {
		log_info(NULL, "%s is another version's: taken over", path);
		carry_over(&old, &new);
	} else if (!usable || old.len > 0) {
		log_warn(NULL, "%s %s: begun anew", path, fault);
	}
	result = replace(path, &new, fd);
out:
	buffer_free(&old);
	buffer_free(&new);
	return result;
}

static enum result
map(const char *path, int fd, struct metrics_head **head)
{
	struct stat is;
	void *at = MAP_FAILED;

	if (fstat(fd, &is) == 0)
		at = mmap(NULL, (size_t)is.st_size, PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);
	if (at == MAP_FAILED) {
		log_error(NULL, "%s: %s", path, strerror(errno));
		return RESULT_UNAVAILABLE;
	}
	*head = at;
	return RESULT_OK;
}

static enum result
claim(const char *path, const char *program, const struct layout *layout,
    struct metrics_head **head, int *fd)
{
	enum result result = hold(path, fd);

	if (result == RESULT_UNAVAILABLE)
		log_error(NULL, "%s: %s", path, strerror(errno));
	if (result != RESULT_OK)
		return result;
	result = refit(path, program, layout, fd);
	if (result == RESULT_OK)
		result = map(path, *fd, head);
	if (result != RESULT_OK)
		close(*fd);
	return result;
}

enum result
metrics_file_claim(const char *dir, const char *program,
    const struct layout *layout, struct metrics_head **head, int *fd)
{
	enum result result = RESULT_CONFLICT;
	struct buffer path = BUFFER_EMPTY;

	for (int slot = 1; slot <= SLOTS_MOST && (result == RESULT_CONFLICT ||
	    result == RESULT_REFUSED); slot++) {
		buffer_reset(&path);
		buffer_printf(&path, "%s/%s-%d" METRICS_SUFFIX, dir, program,
		    slot);
		result = claim(path.data, program, layout, head, fd);
		/* The directory itself is not ours to write in. */
		if (result == RESULT_REFUSED && access(path.data, F_OK) != 0)
			break;
	}
	if (result == RESULT_CONFLICT || result == RESULT_REFUSED) {
		log_error(NULL, "%s: %s", path.data, result == RESULT_REFUSED ?
		    strerror(EACCES) : "there are too many files of counts");
		result = RESULT_UNAVAILABLE;
	}
	buffer_free(&path);
	return result;
}
