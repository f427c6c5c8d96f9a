/* admin_doctor_host.c: parley-admin doctor: files, disk, limits of the host. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "admin_doctor.h"
#include "buffer.h"
#include "config_table.h"

#define MEBI (1ULL << 20)
#define ROOM_WARNING (1024 * MEBI)
#define ROOM_ERROR (200 * MEBI)

/* What a responder has open besides what depends on its settings. */
#define FILES_MORE 160

/* ---- walking a directory ---- */

/* Calls visit for each entry whose name ends like this. */
static void
each_file(struct doctor *d, const char *directory, const char *ending,
    void (*visit)(struct doctor *, const char *path))
{
	DIR *dir = opendir(directory);
	struct buffer path = BUFFER_EMPTY;
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		size_t len = strlen(entry->d_name), tail = strlen(ending);

		if (len < tail || strcmp(entry->d_name + len - tail,
		    ending) != 0)
			continue;
		buffer_reset(&path);
		buffer_printf(&path, "%s/%s", directory, entry->d_name);
		visit(d, path.data);
	}
	if (dir != NULL)
		closedir(dir);
	buffer_free(&path);
}

/* ---- configuration files ---- */

/* Whether a line of it sets a password or the operator's key. */
static bool
holds_secret(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[1024], key[64], value[2];
	bool secret = false;

	while (file != NULL && !secret &&
	    fgets(line, sizeof(line), file) != NULL)
		secret = sscanf(line, " %63[a-z_] = %1s", key, value) == 2 &&
		    (strstr(key, "password") != NULL ||
		    strcmp(key, "admin_key") == 0);
	if (file != NULL)
		fclose(file);
	return secret;
}

/* As the programs themselves judge it; what we cannot read others cannot. */
static void
look_at_config(struct doctor *d, const char *path)
{
	static const struct advice advice = {
	    "host configuration",
	    "it holds a password, and others of this host can read it; "
	    "programs refuse to start with it",
	    "let only its owner read it (or, if it is root's, the group of "
	    "the program's user), and have new passwords if others got at it",
	    "chmod 0600 '@it'" };
	struct stat st;
	mode_t open;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) ||
	    !holds_secret(path))
		return;
	open = st.st_mode & (st.st_uid == 0 ? S_IRWXO | S_IWGRP :
	    S_IRWXO | S_IRWXG);
	doctor_find(d, open != 0 ? FOUND_ERROR : FOUND_OK, &advice, path,
	    "%s has the mode %04o", path, (unsigned)st.st_mode & 07777);
}

static void
look_at_configs(struct doctor *d)
{
	const char *path = d->call->config_path;
	char *directory, *slash;

	if (path == NULL)
		path = getenv(CONFIG_ENV_FILE);
	if (path == NULL)
		path = CONFIG_SYSTEM_FILE;
	directory = realpath(path, NULL);
	if (directory == NULL)
		return;
	slash = strrchr(directory, '/');
	*slash = '\0';
	each_file(d, directory, ".conf", look_at_config);
	free(directory);
}

/* ---- processes, their sockets ---- */

/* The number behind name in a file of /proc; 0: it is not to be read. */
static unsigned long
read_limit(const char *path, const char *name)
{
	FILE *file = fopen(path, "re");
	unsigned long limit = 0;
	char line[256];

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			limit = strtoul(line + strlen(name), NULL, 10);
	if (file != NULL)
		fclose(file);
	return limit;
}

static bool
is_ours(long pid)
{
	char path[64], name[16] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	if (fgets(name, sizeof(name), file) == NULL)
		name[0] = '\0';
	fclose(file);
	return strncmp(name, "parley-", 7) == 0;
}

/*
 * A responder listens on its standard input. Only its own user, and root, see
 * which socket that is: /proc/net/unix says what is called so.
 */
static void
look_at_socket(struct doctor *d, long pid)
{
	static const struct advice advice = {
	    "host sockets",
	    "whoever can connect to it can ask Parley anything, as any "
	    "client address",
	    "let only its owner and its group connect", "chmod 0660 '@it'" };
	char name[64], link[64] = "", inode[32], line[512], path[256];
	struct stat st;
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%ld/fd/0", pid);
	if (readlink(name, link, sizeof(link) - 1) < 0 ||
	    sscanf(link, "socket:[%31[0-9]]", inode) != 1)
		return;
	file = fopen("/proc/net/unix", "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "%*s %*s %*s %*s %*s %*s %63s %255s", name,
		    path) == 2 && strcmp(name, inode) == 0 &&
		    stat(path, &st) == 0 && S_ISSOCK(st.st_mode))
			doctor_find(d, st.st_mode & S_IRWXO ? FOUND_WARNING :
			    FOUND_OK, &advice, path, "%s has the mode %04o",
			    path, (unsigned)st.st_mode & 07777);
	if (file != NULL)
		fclose(file);
}

static void
look_at_files(struct doctor *d, long pid)
{
	static const struct advice advice = {
	    "host files",
	    "a process that may open no more files takes no connection",
	    "raise it: LimitNOFILE=4096 in the unit of the process, "
	    "server.max-fds in lighttpd's configuration, or ulimit -n where "
	    "it is started", NULL };
	const struct config *config = d->config;
	unsigned long need = 3 * (unsigned long)config->threads +
	    (unsigned long)config->db_connections + FILES_MORE;
	unsigned long limit;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%ld/limits", pid);
	limit = read_limit(path, "Max open files");
	if (limit > 0)
		doctor_find(d, limit < need ? FOUND_WARNING : FOUND_OK,
		    &advice, NULL, "process %ld may open %lu files, and may "
		    "need %lu", pid, limit, need);
}

static void
look_at_process(struct doctor *d, const char *pid_file)
{
	FILE *file = fopen(pid_file, "re");
	long pid = 0;

	if (file == NULL)
		return;
	if (fscanf(file, "%ld", &pid) == 1 && pid > 0 && is_ours(pid)) {
		d->processes++;
		look_at_socket(d, pid);
		look_at_files(d, pid);
	}
	fclose(file);
}

/* ---- disk ---- */

static void
look_at_disk(struct doctor *d, const char *path)
{
	static const struct advice advice = {
	    "host disk",
	    "when it is full nothing there can be written: logs, and what "
	    "services keep there",
	    "make room", "df -h '@it'" };
	struct statvfs fs;
	uint64_t room;

	if (path[0] == '\0' || statvfs(path, &fs) != 0)
		return;
	room = (uint64_t)fs.f_bavail * fs.f_frsize;
	doctor_find(d, room < ROOM_ERROR ? FOUND_ERROR : room < ROOM_WARNING ?
	    FOUND_WARNING : FOUND_OK, &advice, path,
	    "%" PRIu64 " MiB are free at %s", (uint64_t)(room / MEBI), path);
}

void
doctor_host(struct doctor *d)
{
	look_at_configs(d);
	look_at_disk(d, "/");
	look_at_disk(d, d->config->pid_dir);
	if (d->config->pid_dir[0] != '\0')
		each_file(d, d->config->pid_dir, ".pid", look_at_process);
}
