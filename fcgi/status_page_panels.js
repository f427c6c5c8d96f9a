/* status_page_panels.js: what the page shows: its parts, charts and alarms. */
/* SPDX-License-Identifier: BSD-2-Clause */
"use strict";

/*
 * Everything here is made of two or three samples: x.now, x.before (the one
 * before it) and x.earlier (about ten seconds older, so that a quantile has
 * something to be one of).
 */

/* ---- the parts: what each is called, and what its being down means ---- */

const PARTS = {
	mysql: {name: "MySQL", then: "what is fresh is still read and " +
	    "written; lists, and what needs a lease, are 503."},
	redis: {name: "Redis", then: "reads come from MySQL; writes are 503."},
	rabbitmq: {name: "RabbitMQ", then: "reads go on; writes are 503."},
	search: {name: "Search", then: "only search is 503; the index " +
	    "catches up by itself."},
	jobs: {name: "Jobs", then: "writes are taken, but nothing is stored: " +
	    "does parley-jobs run?"},
};

/* 1, 0, or null: not known. */
function partUp(x, part) {
	return total(x.now, "parley_dependency_up",
	    ({dependency}) => dependency === part);
}

/* ---- the families of routes ---- */

const FAMILIES = [
	{name: "messages", tone: "c1", has: /\/messages(\/:message)?$/},
	{name: "chats", tone: "c2", has: /\/chats(\/:chat)?$/},
	{name: "applications", tone: "c3", has: /\/applications(\/:token)?$/},
	{name: "search", tone: "c4", has: /\/search$/},
	{name: "dialects", tone: "c5", has: /^(?!none$)[^/]/},
	{name: "status", tone: "c6", has: /^\/(livez|readyz|metrics|status)/},
	{name: "other", tone: "c7", has: /^none$/},
];

function inFamily(family) {
	return ({route}) => family.has.test(route);
}

/* What people wait for: not what watches. */
function isServed({route}) {
	return !FAMILIES.find(({name}) => name === "status").has.test(route);
}

function inClass(digit) {
	return ({status}) => status?.startsWith(digit);
}

/* ---- series ---- */

function rate(name, match) {
	return (x) => perSecond(x.now, x.before, name, match);
}

function gauge(name, match) {
	return (x) => total(x.now, name, match);
}

function quantileOver(q, name, match) {
	return (x) => quantile(q, x.now, x.earlier, name, match);
}

function hitRatio(name) {
	return (x) => share(
	    growth(x.now, x.earlier, name, ({result}) => result === "hit"),
	    growth(x.now, x.earlier, name, ({result}) => result !== "hit"));
}

function stored({result}) {
	return result === "stored";
}

function inQueue(queue) {
	return gauge("parley_queue_messages",
	    (labels) => labels.queue === queue);
}

function ratio(part, whole) {
	return part !== null && whole ? part / whole : null;
}

const REQUESTS = "parley_http_requests_total";
const REQUEST_SECONDS = "parley_http_request_duration_seconds";
const consumers = gauge("parley_queue_consumers");
const fresh = gauge("parley_fresh_writes");
const freshLimit = gauge("parley_fresh_limit");
const dead = inQueue("dead");

/*
 * The charts, in their order. A fact is a value of now without a line; a
 * stacked chart adds its series up; top is the least that its axis reaches.
 */
const CHARTS = [
	{
		title: "Requests", unit: "per second", text: asNumber,
		stacked: true,
		series: FAMILIES.map((family) => ({
			...family,
			of: rate(REQUESTS, inFamily(family)),
		})),
	}, {
		title: "Answers", unit: "per second", text: asNumber,
		stacked: true,
		series: [["2xx", "c1"], ["3xx", "c2"], ["4xx", "c3"],
		    ["5xx", "error"]].map(([name, tone]) => ({
			name, tone,
			of: rate(REQUESTS, inClass(name[0])),
		})),
	}, {
		title: "Latency", unit: "of an answer", text: asSeconds,
		top: 0.005,
		series: [
			{name: "p99", tone: "c3",
			    of: quantileOver(0.99, REQUEST_SECONDS, isServed)},
			{name: "p50", tone: "c1",
			    of: quantileOver(0.5, REQUEST_SECONDS, isServed)},
		],
	}, {
		title: "Writes", unit: "per second", text: asNumber,
		series: [
			{name: "committed", tone: "c1",
			    of: rate("parley_commit_writes_total", stored)},
			{name: "in MySQL", tone: "c2",
			    of: rate("parley_persist_events_total")},
			{name: "indexed", tone: "c4",
			    of: rate("parley_index_documents_total")},
			{name: "not committed", tone: "error",
			    of: rate("parley_commit_writes_total",
			        (labels) => !stored(labels))},
		],
	}, {
		title: "Confirms", unit: "time to be on disk in the queue",
		text: asSeconds, top: 0.005,
		series: [
			{name: "p99", tone: "c3", of: quantileOver(0.99,
			    "parley_publish_confirm_seconds")},
			{name: "p50", tone: "c1", of: quantileOver(0.5,
			    "parley_publish_confirm_seconds")},
		],
	}, {
		title: "Queue", unit: "groups of writes", text: asCount,
		top: 10,
		series: [
			{name: "waiting", tone: "c1", of: inQueue("writes")},
			{name: "to retry", tone: "c3", of: inQueue("retry")},
		],
		facts: [{name: "consumers", text: asCount, of: consumers}],
	}, {
		title: "Fresh writes", unit: "answered, not in MySQL yet",
		text: asCount, top: 10,
		series: [{name: "fresh", tone: "c1", of: fresh}],
		facts: [
			{name: "of the limit", text: asShare,
			    of: (x) => ratio(fresh(x), freshLimit(x))},
			{name: "oldest", text: asSeconds,
			    of: gauge("parley_fresh_oldest_seconds")},
			{name: "limit", text: asCount, of: freshLimit},
		],
	}, {
		title: "Lag", unit: "of index and counts", text: asCount,
		top: 10,
		series: [
			{name: "to be indexed", tone: "c4",
			    of: gauge("parley_index_backlog")},
			{name: "chats to count", tone: "c2",
			    of: gauge("parley_count_backlog")},
		],
		facts: [
			{name: "oldest", text: asSeconds,
			    of: gauge("parley_index_oldest_seconds")},
			{name: "counted", text: asAgo, of: sinceCount},
		],
	}, {
		title: "Dead letters", unit: "parked, for you", text: asCount,
		top: 5,
		series: [{name: "parked", tone: "error", of: dead}],
	}, {
		title: "Cache", unit: "hits", text: asShare, top: 1,
		series: [
			{name: "fresh in Redis", tone: "c1",
			    of: hitRatio("parley_cache_reads_total")},
			{name: "page kept", tone: "c2",
			    of: hitRatio("parley_page_cache_reads_total")},
		],
	}, {
		title: "Workers", unit: "threads busy", text: asCount, top: 5,
		series: [{name: "busy", tone: "c1",
		    of: gauge("parley_worker_threads_busy")}],
		facts: [{name: "of", text: asCount,
		    of: gauge("parley_worker_threads")}],
	}, {
		title: "Rate limits", unit: "429 per second", text: asNumber,
		stacked: true,
		series: [["reads", "c1"], ["writes", "c2"],
		    ["search", "c4"]].map(([name, tone]) => ({
			name, tone,
			of: rate("parley_rate_limited_total",
			    ({limit}) => limit === name),
		})),
	},
];

function asAgo(seconds) {
	return seconds === null ? NOTHING : `${asSeconds(seconds)} ago`;
}

/* Seconds since parley-count ended well; null: it never did. */
function sinceCount(x) {
	const at = total(x.now, "parley_count_last_success_timestamp_seconds");

	return at ? Math.max(0, x.now.at / 1000 - at) : null;
}

/* ---- the programs ---- */

/* Those that must run; what else runs is shown, too. */
const PROGRAMS = ["parley-applications", "parley-chats", "parley-messages",
    "parley-search", "parley-status", "parley-jobs"];

function programsOf(x) {
	const series = x.now.metrics.get("parley_processes")?.values() ?? [];
	const others = [...series].map(({labels}) => labels.program);

	return [...new Set([...PROGRAMS, ...others.sort()])];
}

function ofProgram(x, name, program) {
	return total(x.now, name, (labels) => labels.program === program);
}

/* ---- what needs attention: each gives sentences, most often none ---- */

const COUNT_LATE_S = 7200;	/* cron runs parley-count each hour */
const FRESH_MUCH = 0.5;

const ALARMS = [
	(x) => Object.entries(PARTS).filter(([part]) => partUp(x, part) === 0)
	    .map(([, {name, then}]) => `${name} is down: ${then}`),
	(x) => dead(x) > 0 ? [`Dead letters: ${asCount(dead(x))}. ` +
	    "parley-admin dead list says why."] : [],
	(x) => fresh(x) > FRESH_MUCH * (freshLimit(x) ?? Infinity) ?
	    ["Fresh writes come near their limit: then writes are 503. Does " +
	    "parley-jobs keep up?"] : [],
	(x) => growth(x.now, x.earlier, REQUESTS, inClass("5")) > 0 ?
	    ["Requests are answered with 5xx."] : [],
	(x) => sinceCount(x) > COUNT_LATE_S ? ["parley-count ended well " +
	    `${asAgo(sinceCount(x))}: does cron run it?`] : [],
	(x) => programsOf(x).filter((program) =>
	    ofProgram(x, "parley_worker_threads", program) > 0 &&
	    ofProgram(x, "parley_worker_threads_busy", program) >=
	    ofProgram(x, "parley_worker_threads", program)).map((program) =>
	    `All threads of ${program} are busy: requests wait.`),
];
