/* admin_restart.c: parley-admin restart: this host's responders, one by one. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin.h"
#include "admin_output.h"
#include "clock.h"
#include "thread.h"

#define RESTART SIGUSR2		/* parley-responders(8) */
#define RESTART_MS 60000	/* what is in hand is finished first */
#define LOOK_MS 5

/* A process that has written a pid file. */
struct responder {
	char path[PATH_MAX];
	char name[NAME_MAX + 1];	/* of the file, without .pid */
	pid_t pid;
	struct timespec since;		/* when it wrote that */
};

/* As the kernel knows them, by 15 characters at most. */
static bool
is_responder(pid_t pid)
{
	static const char *const names[] = { "parley-applicat",
		"parley-chats", "parley-dialects", "parley-messages",
		"parley-search", "parley-status" };
	char path[64], name[32] = "";
	FILE *file;
	size_t i;

	snprintf(path, sizeof(path), "/proc/%ld/comm", (long)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	if (fgets(name, sizeof(name), file) != NULL)
		name[strcspn(name, "\n")] = '\0';
	fclose(file);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* Reads its file again; false: it says nothing of a responder that runs. */
static bool
look(struct responder *responder)
{
	FILE *file = fopen(responder->path, "re");
	struct stat status;
	bool found;
	long pid = 0;

	if (file == NULL)
		return false;
	found = fstat(fileno(file), &status) == 0 &&
	    fscanf(file, "%ld", &pid) == 1 && pid > 0;
	fclose(file);
	if (!found || !is_responder((pid_t)pid))
		return false;
	responder->pid = (pid_t)pid;
	responder->since = status.st_mtim;
	return true;
}

static bool
is_later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec :
	    a->tv_nsec > b->tv_nsec;
}

/* Waits until it serves again: as another process, if somebody did that. */
static int
restart(const struct responder *old, const struct call *call,
    int64_t *took_ms)
{
	const int64_t began = clock_mono_ms();
	struct responder new = *old;

	if (kill(old->pid, RESTART) != 0)
		return admin_fail(EXIT_AGAIN, "%s: process %ld: %s", old->name,
		    (long)old->pid, strerror(errno));
	while (!look(&new) || !is_later(&new.since, &old->since)) {
		if (*call->stop)
			return admin_fail(EXIT_AGAIN, "%s: interrupted",
			    old->name);
		if (clock_mono_ms() - began >= RESTART_MS)
			return admin_fail(EXIT_AGAIN, "%s: process %ld has not "
			    "begun anew within %d s; its log says why. Those "
			    "after it were left as they are", old->name,
			    (long)old->pid, RESTART_MS / 1000);
		thread_pause(LOOK_MS);
	}
	*took_ms = clock_mono_ms() - began;
	return EXIT_OK;
}

/* ---- which ones ---- */

static int
is_pid_file(const struct dirent *entry)
{
	const size_t len = strlen(entry->d_name);

	return len > 4 && strcmp(entry->d_name + len - 4, ".pid") == 0;
}

/* None named is all of them. */
static bool
is_wanted(const struct call *call, const char *name)
{
	size_t i;

	for (i = 0; i < call->args_count; i++)
		if (strcmp(call->args[i], name) == 0)
			return true;
	return call->args_count == 0;
}

static bool
find(const struct call *call, const char *file, struct responder *responder)
{
	snprintf(responder->path, sizeof(responder->path), "%s/%s",
	    call->config->pid_dir, file);
	snprintf(responder->name, sizeof(responder->name), "%.*s",
	    (int)strlen(file) - 4, file);
	return is_wanted(call, responder->name) && look(responder);
}

/* Into the array for programs; or at once, if there is none. */
static void
report(json_t *array, const struct responder *responder, int64_t took_ms)
{
	if (array != NULL) {
		json_array_append_new(array, json_pack("{s:s,s:I,s:o}",
		    "name", responder->name,
		    "pid", (json_int_t)responder->pid,
		    "milliseconds", took_ms < 0 ? json_null() :
		    json_integer(took_ms)));
		return;
	}
	if (took_ms < 0)
		printf("%s: process %ld\n", responder->name,
		    (long)responder->pid);
	else
		printf("%s: restarted in %" PRId64 " ms\n", responder->name,
		    took_ms);
	fflush(stdout);
}

static int
restart_all(const struct call *call, struct dirent **files, int count,
    json_t *array)
{
	const bool only_say = (call->given & GIVEN_DRY_RUN) != 0;
	struct responder responder;
	int64_t took_ms = -1;
	int status = EXIT_OK, found = 0, i;

	for (i = 0; i < count && status == EXIT_OK; i++) {
		if (!find(call, files[i]->d_name, &responder))
			continue;
		found++;
		if (!only_say)
			status = restart(&responder, call, &took_ms);
		if (status == EXIT_OK)
			report(array, &responder, took_ms);
	}
	if (found > 0 || status != EXIT_OK)
		return status;
	return admin_fail(EXIT_NO, "%s: no pid file of such a responder that "
	    "runs", call->config->pid_dir);
}

int
admin_restart(const struct call *call)
{
	struct dirent **files;
	json_t *array;
	int status, count, i;

	if (*call->config->pid_dir == '\0')
		return admin_fail(EXIT_USAGE, "pid_dir is not set, so nothing "
		    "says which responders run here. Those of systemd: "
		    "systemctl restart 'parley@*.service'");
	count = scandir(call->config->pid_dir, &files, is_pid_file, alphasort);
	if (count < 0)
		return admin_fail(EXIT_USAGE, "%s: %s", call->config->pid_dir,
		    strerror(errno));
	array = admin_wants_json(call) ? json_array() : NULL;
	status = restart_all(call, files, count, array);
	if (array != NULL)
		output_json(array);
	for (i = 0; i < count; i++)
		free(files[i]);
	free(files);
	return status;
}
