/* hello.c: the least that libfcgi can do, to compare Parley's routes with. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcgiapp.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#define MAX_THREADS 256

static void *
answer(void *unused)
{
	FCGX_Request request;

	if (FCGX_InitRequest(&request, 0, 0) != 0)
		return unused;
	while (FCGX_Accept_r(&request) == 0) {
		FCGX_PutS("Content-Type: text/plain\r\n\r\nhello\n",
		    request.out);
		FCGX_Finish_r(&request);
	}
	return unused;
}

/* hello [THREADS]: serves the socket that is its standard input. */
int
main(int argc, char **argv)
{
	pthread_t threads[MAX_THREADS];
	int count = argc > 1 ? atoi(argv[1]) : 32;

	if (count < 1 || count > MAX_THREADS || FCGX_Init() != 0)
		return 100;
	signal(SIGTERM, SIG_DFL);	/* libfcgi's handler would only wait */
	for (int i = 0; i < count; i++)
		if (pthread_create(&threads[i], NULL, answer, NULL) != 0)
			return 111;
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
