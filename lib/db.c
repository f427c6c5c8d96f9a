/* db.c: connections to MySQL or MariaDB and their prepared statements. */
/* SPDX-License-Identifier: BSD-2-Clause */
#include "db.h"

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "db_internal.h"
#include "db_stmt.h"
#include "log.h"
#include "memory.h"

#define SAY_AGAIN_MS 60000	/* until the same failure is logged again */

/* ---- failures ---- */

/* Error numbers that are more than "not now". See also meaning_of. */
static const struct meaning {
	unsigned code;
	enum result result;
	bool lost;		/* the server closes the connection */
	bool duplicate;
} meanings[] = {
	{ 1020, .result = RESULT_CONFLICT },	/* changed since last read */
	{ 1053, .result = RESULT_UNAVAILABLE, .lost = true },	/* shutdown */
	{ 1062, .result = RESULT_CONFLICT, .duplicate = true },
	{ 1153, .result = RESULT_REFUSED, .lost = true }, /* packet too large */
	{ 1205, .result = RESULT_CONFLICT },	/* waited for a lock */
	{ 1213, .result = RESULT_CONFLICT },	/* deadlock */
	{ 1366, .result = RESULT_REFUSED },	/* a bad value, state HY000 */
	{ 1927, .result = RESULT_UNAVAILABLE, .lost = true },	/* killed */
	{ 2020, .result = RESULT_REFUSED, .lost = true }, /* packet too large */
	{ 3819, .result = RESULT_REFUSED },	/* a check, HY000 */
	{ 4031, .result = RESULT_UNAVAILABLE, .lost = true },	/* was idle */
};

/* Classes: a bad value, a constraint, and what somebody's trigger says. */
static struct meaning
meaning_of(unsigned code, const char *state)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].code == code)
			return meanings[i];
	if (strncmp(state, "22", 2) == 0 || strncmp(state, "23", 2) == 0 ||
	    strncmp(state, "45", 2) == 0)
		return (struct meaning){ code, .result = RESULT_REFUSED };
	/* From 2000 the connector speaks: what it can do is unclear then. */
	return (struct meaning){ code, .result = RESULT_UNAVAILABLE,
		.lost = code >= 2000 && code < 3000 };
}

static void
disconnect(struct db *db)
{
	if (db->mysql != NULL)
		mysql_close(db->mysql);
	db->mysql = NULL;
	db_stmts_close(db);
}

/* Whether the same has been said a moment ago: what fails is tried again. */
static bool
said_lately(struct db *db, unsigned code)
{
	int64_t now = clock_mono_ms();
	bool said = db->said == code && now - db->said_at < SAY_AGAIN_MS;

	if (!said) {
		db->said = code;
		db->said_at = now;
	}
	return said;
}

/*
 * The server's words are logged unless it complains about a value, or a key
 * that is there already: they quote it, and a token is one.
 */
static void
log_failure(struct db *db, const struct meaning *meaning, const char *state,
    const char *sql)
{
	bool quotes = meaning->result == RESULT_REFUSED || meaning->duplicate;
	bool debug = meaning->result == RESULT_CONFLICT ||
	    said_lately(db, meaning->code);

	log_at(debug ? LEVEL_DEBUG : LEVEL_WARN, NULL,
	    "database: error %u (%s) in \"%.60s\"%s%s", meaning->code,
	    state, sql, quotes ? "" : ": ", quotes ? "" : db->error);
}

enum result
db_fail(struct db *db, MYSQL_STMT *stmt, const char *sql)
{
	unsigned code = stmt ? mysql_stmt_errno(stmt) : mysql_errno(db->mysql);
	char state[SQLSTATE_LENGTH + 1];
	struct meaning meaning;

	snprintf(state, sizeof(state), "%s", stmt ? mysql_stmt_sqlstate(stmt) :
	    mysql_sqlstate(db->mysql));
	snprintf(db->error, sizeof(db->error), "%s", stmt ?
	    mysql_stmt_error(stmt) : mysql_error(db->mysql));
	meaning = meaning_of(code, state);
	log_failure(db, &meaning, state, sql);

	db->lost = meaning.lost;
	db->duplicate = meaning.duplicate;
	/* A duplicate key undoes its statement alone. */
	if (db->session == SESSION_TRANSACTION && !meaning.duplicate)
		db->session = SESSION_FAILED;
	if (meaning.lost) {
		db->down = true;	/* this has been logged */
		disconnect(db);
	}
	return meaning.result;
}

/* ---- connections ---- */

/* The connectors set themselves up once, but not safely among threads. */
static pthread_once_t library_once = PTHREAD_ONCE_INIT;

static void
library_start(void)
{
	if (mysql_library_init(0, NULL, NULL) != 0)
		abort();
}

struct db *
db_new(const struct config *config)
{
	struct db *db = xcalloc(1, sizeof(*db));

	pthread_once(&library_once, library_start);
	db->config = config;
	db->timeout_ms = config->db_timeout_ms;
	return db;
}

void
db_free(struct db *db)
{
	if (db == NULL)
		return;
	disconnect(db);
	db_stmts_free(db);
	free(db);
}

void
db_set_timeout(struct db *db, int ms)
{
	assert(db->session == SESSION_FREE && !db->held);
	db->timeout_ms = ms;
	disconnect(db);
}

/* The connectors know whole seconds only. */
static unsigned
seconds_of(int ms)
{
	return ((unsigned)ms + 999) / 1000;
}

static void
set_options(struct db *db, MYSQL *mysql)
{
	unsigned connect = seconds_of(db->config->db_timeout_ms);
	unsigned seconds = seconds_of(db->timeout_ms);
	unsigned lock_wait = seconds > 1 ? seconds - 1 : 1;
	char set[200];

	snprintf(set, sizeof(set), "SET SESSION sql_mode = "
	    "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', "
	    "time_zone = '+00:00', innodb_lock_wait_timeout = %u", lock_wait);
	mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect);
	mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &seconds);
	mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &seconds);
	mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_options(mysql, MYSQL_INIT_COMMAND,
	    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
	mysql_options(mysql, MYSQL_INIT_COMMAND, set);
}

/* Encrypted, by a server whose certificate is right, or no connection. */
static void
set_tls(MYSQL *mysql, const struct config *config)
{
	const char *const files[] = { config->tls_ca, config->tls_cert,
		config->tls_key };
	static const enum mysql_option options[] = { MYSQL_OPT_SSL_CA,
		MYSQL_OPT_SSL_CERT, MYSQL_OPT_SSL_KEY };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (files[i][0] != '\0')
			mysql_options(mysql, options[i], files[i]);
#ifdef LIBMARIADB
	const db_flag yes = 1;

	mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &yes);
	mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
#else
	const unsigned mode = SSL_MODE_VERIFY_IDENTITY;

	mysql_options(mysql, MYSQL_OPT_SSL_MODE, &mode);
#endif
}

static bool
dial(const struct config *config, MYSQL *mysql)
{
	const char *host = config->db_host[0] ? config->db_host : NULL;
	const char *path = host == NULL && config->db_socket[0] ?
	    config->db_socket : NULL;

	const unsigned tcp = MYSQL_PROTOCOL_TCP;

	/* Else the connectors take "localhost" for the socket. */
	if (host != NULL)
		mysql_options(mysql, MYSQL_OPT_PROTOCOL, &tcp);
	/* Found rows: an update that changes nothing has found its row. */
	return mysql_real_connect(mysql, path ? "localhost" : host,
	    config->db_user, config->db_password, config->db_name,
	    (unsigned)config->db_port, path, CLIENT_FOUND_ROWS) != NULL;
}

static enum result
connect_now(struct db *db)
{
	MYSQL *mysql = mysql_init(NULL);
	const char *why = NULL;

	if (mysql == NULL)
		abort();	/* out of memory, as in memory.h */
	set_options(db, mysql);
	if (db->config->db_tls)
		set_tls(mysql, db->config);
	if (!dial(db->config, mysql))
		why = mysql_error(mysql);
	else if (db->config->db_tls && mysql_get_ssl_cipher(mysql) == NULL)
		why = "db_tls is set, but the connection is not encrypted";
	if (why != NULL) {
		snprintf(db->error, sizeof(db->error), "%s", why);
		log_at(db->down ? LEVEL_DEBUG : LEVEL_WARN, NULL,
		    "database: cannot connect: %s", db->error);
		db->down = true;
		db->lost = false;
		mysql_close(mysql);
		return RESULT_UNAVAILABLE;
	}
	if (db->down)
		log_info(NULL, "database: connected again");
	db->down = false;
	db->mysql = mysql;
	return RESULT_OK;
}

/*
 * Whether the server has closed the connection while it was not used. It
 * never speaks first but to say that. Without this, a write would be sent
 * into the void, and nobody could tell whether it was done.
 */
static bool
was_closed(const struct db *db)
{
	struct pollfd fd = { .fd = (int)db->mysql->net.fd, .events = POLLIN };

	return poll(&fd, 1, 0) != 0;
}

enum result
db_ready(struct db *db)
{
	db->lost = db->duplicate = false;
	if (db->session == SESSION_FAILED)
		return RESULT_UNAVAILABLE;
	if (db->session == SESSION_FREE && !db->held && db->mysql != NULL &&
	    was_closed(db))
		disconnect(db);
	if (db->mysql != NULL)
		return RESULT_OK;
	return db->held ? RESULT_UNAVAILABLE : connect_now(db);
}

void
db_hold(struct db *db, bool hold)
{
	db->held = hold;
}

bool
db_duplicate(const struct db *db)
{
	return db->duplicate;
}

const char *
db_error(const struct db *db)
{
	return db->error;
}

/* ---- transactions, in text: not every server prepares these ---- */

enum result
db_run_text(struct db *db, const char *sql, size_t len)
{
	enum result result = db_ready(db);

	if (result != RESULT_OK)
		return result;
	if (mysql_real_query(db->mysql, sql, len) == 0)
		return RESULT_OK;
	result = db_fail(db, NULL, sql);
	return db->lost && result == RESULT_UNAVAILABLE ? RESULT_UNKNOWN :
	    result;
}

enum result
db_begin(struct db *db)
{
	static const char sql[] = "START TRANSACTION";
	enum result result;

	assert(db->session == SESSION_FREE);
	result = db_run_text(db, sql, sizeof(sql) - 1);
	/* Nothing hangs on it yet, so it may well be said again. */
	if (db->lost && !db->held)
		result = db_run_text(db, sql, sizeof(sql) - 1);
	if (result == RESULT_OK)
		db->session = SESSION_TRANSACTION;
	return result == RESULT_UNKNOWN ? RESULT_UNAVAILABLE : result;
}

enum result
db_commit(struct db *db)
{
	static const char sql[] = "COMMIT";
	enum result result;

	assert(db->session != SESSION_FREE);
	result = db_run_text(db, sql, sizeof(sql) - 1);
	if (result == RESULT_OK)
		db->session = SESSION_FREE;
	return result;
}

void
db_rollback(struct db *db)
{
	static const char sql[] = "ROLLBACK";

	if (db->session != SESSION_FREE && db->mysql != NULL &&
	    mysql_real_query(db->mysql, sql, sizeof(sql) - 1) != 0)
		disconnect(db);
	db->session = SESSION_FREE;
}

enum result
db_ping(struct db *db)
{
	static const struct query query = { .head = "SELECT 1" };

	return stmt_query_row(db_stmt(db, &query, 0));
}
