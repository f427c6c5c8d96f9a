/* fuzz_fastcgi.c: records of FastCGI, sent to a whole parley-messages. */
/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program's own main serves in a thread of this process, on a socket,
 * with its accept loop, libfcgi and worker thread. Each input goes over a
 * connection of its own; what comes back is taken apart, and afterwards the
 * only worker must still answer a request that is well.
 *
 * An input that begins with '=' is sent as it is. Any other is a row of
 * records: a byte for the type, a byte of flags, a byte for the length, and
 * the content; so records stay whole when they are mutated:
 *   flags 0x0f  padding
 *         0x10  the content is lines NAME=value, to be sent as name and value
 *         0x20  of another request
 *         0x40  the header says another length than there is
 *         0x80  of another version of the protocol
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "families.h"
#include "fuzz.h"
#include "nowhere.h"

#define WAIT_S 10	/* for an answer: longer than any service may take */
#define HEADER 8
#define PIECE 100	/* most in a record */
#define LINE 127	/* most of name and value */

/* Types of record, as the specification numbers them. */
enum {
	BEGIN_REQUEST = 1, END_REQUEST = 3, PARAMS = 4, STDIN = 5,
	STDOUT = 6, STDERR = 7, GET_VALUES_RESULT = 10, UNKNOWN_TYPE = 11
};

static struct sockaddr_un at;

/* ---- the responder ---- */

static void *
serve(void *argument)
{
	char name[] = "parley-messages", *argv[] = {name, NULL};

	(void)argument;
	messages_main(1, argv);
	return NULL;
}

static void
remove_socket(void)
{
	unlink(at.sun_path);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	pthread_t thread;
	int fd;

	(void)argc;
	(void)argv;
	nowhere();
	at.sun_family = AF_UNIX;
	snprintf(at.sun_path, sizeof(at.sun_path),
	    "/tmp/parley-fuzz-fastcgi.%ld", (long)getpid());
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
	CHECK(listen(fd, 16) == 0 && dup2(fd, STDIN_FILENO) == 0);
	close(fd);
	atexit(remove_socket);
	CHECK(pthread_create(&thread, NULL, serve, NULL) == 0);
	return 0;
}

/* ---- records ---- */

static void
add_header(struct buffer *out, unsigned type, uint8_t flags, size_t len)
{
	const size_t said = (flags & 0x40) ? len + 7 : len;

	buffer_char(out, (flags & 0x80) ? 2 : 1);
	buffer_char(out, (char)type);
	buffer_char(out, 0);
	buffer_char(out, (flags & 0x20) ? 2 : 1);
	buffer_char(out, (char)(said >> 8));
	buffer_char(out, (char)said);
	buffer_char(out, (char)(flags & 0x0f));
	buffer_char(out, 0);
}

static void
add_record(struct buffer *out, unsigned type, uint8_t flags,
    const void *content, size_t len)
{
	static const char padding[16];

	add_header(out, type, flags, len);
	buffer_add(out, content, len);
	buffer_add(out, padding, flags & 0x0f);
}

static void
add_parameters(struct buffer *out, const char *lines, size_t len)
{
	const char *const end = lines + len;

	while (lines < end) {
		const size_t left = (size_t)(end - lines);
		const size_t most = left < LINE ? left : LINE;
		const char *feed = memchr(lines, '\n', most);
		const char *stop = feed != NULL ? feed : lines + most;
		const char *sign = memchr(lines, '=', (size_t)(stop - lines));
		const char *value = sign != NULL ? sign + 1 : stop;

		if (sign == NULL)
			sign = stop;
		buffer_char(out, (char)(sign - lines));
		buffer_char(out, (char)(stop - value));
		buffer_add(out, lines, (size_t)(sign - lines));
		buffer_add(out, value, (size_t)(stop - value));
		lines = feed != NULL ? feed + 1 : stop;
	}
}

/* As records of lengths of one byte, see be_small. */
static void
add_pieces(struct buffer *out, unsigned type, uint8_t flags,
    const struct buffer *content)
{
	size_t done = 0, len;

	do {
		len = content->len - done < PIECE ? content->len - done : PIECE;
		add_record(out, type, flags, content->data + done, len);
		done += len;
	} while (done < content->len);
}

/*
 * libfcgi adds two lengths of 31 bits each in an int, and allocates what
 * comes of it: whoever may write to the socket can end a responder so. Only
 * the web server may, and it does not. So no byte is sent that could be read
 * as the first of such a length.
 */
static void
be_small(struct buffer *out)
{
	for (size_t i = 0; i < out->len; i++)
		out->data[i] &= 0x7f;
}

static void
add_records(struct buffer *out, const uint8_t *data, size_t size)
{
	struct buffer content = BUFFER_EMPTY;

	while (size >= 3) {
		const size_t len = data[2] < size - 3 ? data[2] : size - 3;
		const char *const from = (const char *)data + 3;

		buffer_reset(&content);
		buffer_str(&content, "");
		if (data[1] & 0x10)
			add_parameters(&content, from, len);
		else
			buffer_add(&content, from, len);
		add_pieces(out, data[0], data[1], &content);
		data += 3 + len;
		size -= 3 + len;
	}
	buffer_free(&content);
}

/* ---- what comes back ---- */

static int
dial(void)
{
	const struct timeval limit = {.tv_sec = WAIT_S};
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	CHECK(fd >= 0);
	CHECK(connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return fd;
}

/* Sends all of it and reads until the responder hangs up. */
static void
converse(const struct buffer *said, struct buffer *heard)
{
	const int fd = dial();
	char chunk[4096];
	ssize_t got;

	if (said->len > 0)
		send(fd, said->data, said->len, MSG_NOSIGNAL);
	shutdown(fd, SHUT_WR);
	/* libFuzzer's own clock interrupts. */
	while ((got = recv(fd, chunk, sizeof(chunk), 0)) > 0 ||
	    (got < 0 && errno == EINTR)) {
		if (got > 0)
			buffer_add(heard, chunk, (size_t)got);
	}
	if (got < 0 && errno != ECONNRESET)
		fuzz_failed(__FILE__, __LINE__, strerror(errno));
	close(fd);
}

/* Checks one answer, if there is any, and makes room for the next. */
static int
check_answer(struct buffer *answer)
{
	int status = 0;

	if (answer->len > 0)
		status = fuzz_check_answer(answer->data, answer->len, 0);
	buffer_reset(answer);
	return status;
}

/* The status of the last answer that is whole; 0: there was none. */
static int
check_records(const struct buffer *heard)
{
	const uint8_t *at_record = (const uint8_t *)heard->data;
	struct buffer answer = BUFFER_EMPTY;
	size_t left = heard->len, len;
	int status = 0;

	while (left >= HEADER) {
		const unsigned type = at_record[1];

		len = (size_t)at_record[4] << 8 | at_record[5];
		CHECK(at_record[0] == 1);
		CHECK(type == END_REQUEST || type == STDOUT ||
		    type == STDERR || type == GET_VALUES_RESULT ||
		    type == UNKNOWN_TYPE);
		CHECK(HEADER + len + at_record[6] <= left);
		if (type == STDOUT && len > 0)
			buffer_add(&answer, at_record + HEADER, len);
		else if (type == END_REQUEST)
			status = check_answer(&answer);
		left -= HEADER + len + at_record[6];
		at_record += HEADER + len + at_record[6];
	}
	CHECK(left == 0);
	buffer_free(&answer);
	return status;
}

/* A good request is answered, whatever came before it. */
static void
check_alive(void)
{
	static const uint8_t begin[] = { 0, 1, 0, 0, 0, 0, 0, 0 };
	static const char params[] = "REQUEST_METHOD=GET\n"
	    "REQUEST_URI=/api/v1/nothing";
	struct buffer said = BUFFER_EMPTY, heard = BUFFER_EMPTY;
	struct buffer pairs = BUFFER_EMPTY;

	add_parameters(&pairs, params, sizeof(params) - 1);
	add_record(&said, BEGIN_REQUEST, 0, begin, sizeof(begin));
	add_record(&said, PARAMS, 0, pairs.data, pairs.len);
	add_record(&said, PARAMS, 0, "", 0);
	add_record(&said, STDIN, 0, "", 0);
	converse(&said, &heard);
	CHECK(check_records(&heard) == 404);
	buffer_free(&said);
	buffer_free(&heard);
	buffer_free(&pairs);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer said = BUFFER_EMPTY, heard = BUFFER_EMPTY;

	if (size > 0 && data[0] == '=')
		buffer_add(&said, data + 1, size - 1);
	else
		add_records(&said, data, size);
	be_small(&said);
	converse(&said, &heard);
	check_records(&heard);
	check_alive();
	buffer_free(&said);
	buffer_free(&heard);
	return 0;
}
