/* restart.c: a responder is replaced by what is installed now, in its place. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "restart.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "memory.h"
#include "thread.h"

#define TEST_MS 10000		/* reading a configuration takes no longer */
#define LOOK_MS 2

extern char **environ;

/* The same command with --test, to be freed; its words are argv's. */
static char **
test_command(char *const argv[])
{
	static char test[] = "--test";
	size_t count = 0;
	char **command;

	while (argv[count] != NULL)
		count++;
	command = xcalloc(count + 2, sizeof(*command));
	command[0] = argv[0];
	command[1] = test;
	memcpy(command + 2, argv + 1, (count - 1) * sizeof(*command));
	return command;
}

/* Without the signals that this thread blocks, or it could not be ended. */
static int
start_test(char *const command[], pid_t *child)
{
	posix_spawnattr_t attributes;
	sigset_t none;
	int error;

	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	/* Who has started us may ignore it; we want to hear of the end. */
	signal(SIGCHLD, SIG_DFL);
	error = posix_spawnp(child, command[0], NULL, &attributes, command,
	    environ);
	posix_spawnattr_destroy(&attributes);
	return error;
}

static bool
ends_well(pid_t child)
{
	const int64_t end = clock_mono_ms() + TEST_MS;
	int status = -1;

	while (waitpid(child, &status, WNOHANG) == 0) {
		if (clock_mono_ms() >= end)
			kill(child, SIGKILL);
		log_flush();	/* as the thread that waits here does else */
		thread_pause(LOOK_MS);
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool
restart_possible(char *const argv[])
{
	char **command = test_command(argv);
	pid_t child;
	int error = start_test(command, &child);

	free(command);
	if (error != 0)
		log_error(NULL, "no restart: %s: %s", argv[0],
		    strerror(error));
	else if (ends_well(child))
		return true;
	else
		log_error(NULL, "no restart: %s --test fails; what runs "
		    "goes on", argv[0]);
	return false;
}

void
restart_now(char *const argv[])
{
	close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
	execvp(argv[0], argv);
	log_error(NULL, "restart: %s: %s", argv[0], strerror(errno));
}
