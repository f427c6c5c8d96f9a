#!/usr/bin/env python3
# search.py: measures ways to search in MySQL and in OpenSearch, see doc/search.md.
# SPDX-License-Identifier: BSD-2-Clause
"""usage: search.py mysql|opensearch [SIZE]

mysql       three tables on the server at $PARLEY_DB_SOCKET, in the database
            $PARLEY_DB_NAME: plain texts, n-grams, full text of trigrams
opensearch  mappings on the node at $PARLEY_SEARCH_URL

SIZE is the number of messages in the chat that all ways have (100,000).
Messages are lines of the fortunes packages. What is made is removed again.
"""
import copy
import glob
import json
import os
import random
import re
import subprocess
import sys
import time
import urllib.request

TREE = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BATCH = 1000  # messages in a transaction or a _bulk
ROWS = 250    # in a statement
TERMS = ("zzzqx", "whiskey", "there", "the", "e")
RUNS = 5      # the best of so many is what counts


def lines():
    found = []
    for path in sorted(glob.glob("/usr/share/games/fortunes/**/*",
                                 recursive=True)):
        if path.endswith((".dat", ".u8")) or not os.path.isfile(path):
            continue
        try:
            text = open(path, encoding="utf-8").read()
        except UnicodeDecodeError:
            continue
        found += [line.strip().lower() for line in text.split("\n")
                  if len(line.strip()) > 10]
    return found


def messages(count, found=[]):
    if not found:
        found += lines()
    random.seed(7)
    for number in range(1, count + 1):
        yield number, random.choice(found)


def words(text):
    return " %s " % " ".join(re.findall(r"[^\W_]+", text))


def trigrams(text):
    return [text[i:i + 3] for i in range(len(text) - 2)]


# ---- MySQL ----

def mysql(sql):
    done = subprocess.run(
        ["mariadb", "--socket", os.environ["PARLEY_DB_SOCKET"], "-N",
         "--default-character-set=utf8mb4", os.environ["PARLEY_DB_NAME"]],
        input=sql, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


KEY = """application_id INT UNSIGNED, chat_number BIGINT UNSIGNED,
number BIGINT UNSIGNED, """
PRIMARY = "PRIMARY KEY (application_id, chat_number, number)"
TEXTS = KEY + ("folded MEDIUMBLOB NOT NULL, words MEDIUMBLOB NOT NULL, "
               + PRIMARY)
TABLES = {
    "plain": {"measure_texts": TEXTS},
    "n-grams": {
        "measure_gram_texts": TEXTS,
        "measure_grams": """application_id INT UNSIGNED,
            chat_number BIGINT UNSIGNED, gram VARBINARY(12),
            number BIGINT UNSIGNED,
            PRIMARY KEY (application_id, chat_number, gram, number)"""},
    "full text": {
        "measure_fulltext": KEY + "grams MEDIUMTEXT NOT NULL, " + PRIMARY +
        ", FULLTEXT KEY (grams)"},
}


def quote(text):
    return "'%s'" % text.replace("\\", "\\\\").replace("'", "\\'")


def encoded(text):
    return " ".join("t" + gram.encode().hex() for gram in trigrams(text))


def fill_sql(way, chat, part):
    rows, grams = [], []
    for number, text in part:
        key = "(1, %d, %d, " % (chat, number)
        if way == "full text":
            rows.append(key + quote(encoded(text)) + ")")
            continue
        rows.append(key + quote(text) + ", " + quote(words(text)) + ")")
        if way == "n-grams":
            grams += ["(1, %d, %s, %d)" % (chat, quote(gram), number)
                      for gram in set(trigrams(text))]
    table = list(TABLES[way])[0]
    yield "INSERT INTO %s VALUES %s;\n" % (table, ",".join(rows))
    for i in range(0, len(grams), 2000):
        yield "INSERT IGNORE INTO measure_grams VALUES %s;\n" % ",".join(
            grams[i:i + 2000])


def fill(way, chat, count):
    every = list(messages(count))
    sql = []
    for i in range(0, count, ROWS):
        if i % BATCH == 0:
            sql.append("COMMIT; START TRANSACTION;\n")
        sql += fill_sql(way, chat, every[i:i + ROWS])
    sql = "".join(sql) + "COMMIT;\n"
    start = time.time()
    mysql(sql)
    return count / (time.time() - start)


def profile(sql):
    out = mysql("SET profiling = 1;\n" + (sql + ";\n") * RUNS +
                "SHOW PROFILES;\n")
    times = re.findall(r"^\d+\t([\d.]+)\tSELECT", out, re.M)
    return min(map(float, times)) * 1000


def expression(term):
    pairs = [term[i:i + 2] for i in range(len(term) - 1)]
    return pairs, "(^| )" + "".join("(?=[^ ]*%s)" % p for p in pairs)


def query(way, chat, term):
    if way == "full text":
        return ("SELECT SQL_NO_CACHE number FROM measure_fulltext WHERE "
                "MATCH(grams) AGAINST('+\"%s\"' IN BOOLEAN MODE) "
                "ORDER BY number DESC LIMIT 21" % encoded(term))
    if way == "n-grams":
        joins = "".join(
            " JOIN measure_grams g%d ON g%d.application_id = 1 AND "
            "g%d.chat_number = %d AND g%d.gram = %s AND g%d.number = s.number"
            % (i, i, i, chat, i, quote(gram), i)
            for i, gram in enumerate(sorted(set(trigrams(term)))))
        return ("SELECT SQL_NO_CACHE s.number FROM measure_gram_texts s%s "
                "WHERE s.application_id = 1 AND s.chat_number = %d AND "
                "LOCATE('%s', folded) ORDER BY LOCATE(' %s ', words) = 0, "
                "s.number DESC LIMIT 21" % (joins, chat, term, term))
    pairs, regexp = expression(term)
    alike = "0"
    if len(set(pairs)) >= 3:
        alike = ("IF(LOCATE('%s', folded) AND LOCATE('%s', folded) AND "
                 "LOCATE('%s', folded) AND CONVERT(folded USING utf8mb4) "
                 "COLLATE utf8mb4_bin REGEXP '%s', 1, 0)"
                 % (pairs[0], pairs[len(pairs) // 2], pairs[-1], regexp))
    return ("SELECT SQL_NO_CACHE number, LEAST(3, IF(LOCATE('%s', folded), "
            "IF(LOCATE(' %s ', words), 3, 2), %s)) AS r FROM measure_texts "
            "WHERE application_id = 1 AND chat_number = %d "
            "HAVING r BETWEEN 1 AND 3 ORDER BY number DESC LIMIT 2000"
            % (term, term, alike, chat))


def measure_mysql(size):
    drop = "".join("DROP TABLE IF EXISTS %s;\n" % name
                   for tables in TABLES.values() for name in tables)
    mysql(drop + "".join(
        "CREATE TABLE %s (%s) ENGINE = InnoDB CHARACTER SET utf8mb4 "
        "COLLATE utf8mb4_bin;\n" % (name, columns)
        for tables in TABLES.values() for name, columns in tables.items()))
    try:
        for way in TABLES:
            sizes = {1: 1000, 2: size}
            if way == "plain":
                sizes[3] = size * 10
            for chat, count in sizes.items():
                print("%s: chat of %d: filled with %d messages/s; "
                      % (way, count, fill(way, chat, count)), end="")
                print(", ".join(
                    "%s %.1f ms" % (term, profile(query(way, chat, term)))
                    for term in TERMS if way == "plain" or len(term) > 2),
                    flush=True)
    finally:
        mysql(drop)


# ---- OpenSearch ----

def http(method, path, body=None):
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    kind = "x-ndjson" if path.endswith("_bulk") else "json"
    request = urllib.request.Request(
        os.environ["PARLEY_SEARCH_URL"] + path, method=method, data=body,
        headers={"Content-Type": "application/" + kind})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def mappings():
    shipped = json.load(open(TREE + "/conf/opensearch/index.json"))
    tokenizer = {"type": "ngram", "min_gram": 3, "max_gram": 3}
    triples = copy.deepcopy(shipped)
    analysis = triples["settings"]["index"]["analysis"]
    analysis["tokenizer"]["triples"] = tokenizer
    analysis["analyzer"]["triples"] = {"type": "custom",
                                       "tokenizer": "triples"}
    folded = triples["mappings"]["properties"]["folded"]
    folded["fields"]["pairs"] = dict(folded["fields"]["points"],
                                     analyzer="pairs")
    folded["analyzer"] = "triples"
    wildcard = copy.deepcopy(shipped)
    wildcard["mappings"]["properties"]["folded"] = {"type": "wildcard"}
    return {"pairs": shipped, "triples": triples, "wildcard": wildcard}


def bulks(size):
    body = []
    for number, text in messages(size):
        body += [json.dumps({"index": {"_id": "1:2:%d" % number,
                                       "routing": "1:2"}}),
                 json.dumps({"chat": "1:2", "number": number, "body": text,
                             "folded": text.split(" "),
                             "words": words(text)})]
        if number % BATCH == 0:
            yield ("\n".join(body) + "\n").encode()
            body = []


def contains(way, term):
    if way == "wildcard":
        return {"wildcard": {"folded": {"value": "*%s*" % term}}}
    if len(term) == 1:
        return {"term": {"folded.points": term}}
    return {"match_phrase": {"folded": term}}


def search_ms(index, condition):
    body = {"size": 21, "track_total_hits": False,
            "sort": [{"_score": "desc"}, {"number": "desc"}],
            "query": {"bool": {"filter": [{"term": {"chat": "1:2"}},
                                          condition]}}}
    best = 1e9
    for _ in range(RUNS * 3):
        start = time.time()
        http("POST", "/%s/_search?request_cache=false" % index, body)
        best = min(best, time.time() - start)
    return best * 1000


def measure_opensearch(size):
    every = list(bulks(size))
    for way, mapping in mappings().items():
        index = "measure-" + way
        http("PUT", "/" + index, mapping)
        try:
            start = time.time()
            for body in every:
                assert not http("POST", "/%s/_bulk" % index, body)["errors"]
            rate = size / (time.time() - start)
            http("POST", "/%s/_forcemerge?max_num_segments=1" % index)
            stats = http("GET", "/%s/_stats/store" % index)["_all"]
            print("%s: %d documents/s, %d MB; " % (
                way, rate,
                stats["primaries"]["store"]["size_in_bytes"] / 1e6), end="")
            print(", ".join(
                "%s %.1f ms" % (term, search_ms(index, contains(way, term)))
                for term in TERMS), flush=True)
        finally:
            http("DELETE", "/" + index)


def main():
    ways = {"mysql": measure_mysql, "opensearch": measure_opensearch}
    if len(sys.argv) not in (2, 3) or sys.argv[1] not in ways:
        sys.exit(__doc__)
    ways[sys.argv[1]](int(sys.argv[2]) if len(sys.argv) > 2 else 100000)


if __name__ == "__main__":
    main()
