/* status_page_numbers.js: reads /status/data; what follows from two samples. */
/* SPDX-License-Identifier: BSD-2-Clause */
"use strict";

/*
 * The text is that of /metrics (Prometheus text format 0.0.4), so there is one
 * source of truth. A sample is when it came, in ms, and for each name of a
 * metric its series: a map from their labels as written to labels and value.
 */
function readSample(text, at) {
	const metrics = new Map();
	const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/gm;

	for (const [, name, written = "", value] of text.matchAll(line)) {
		if (!metrics.has(name))
			metrics.set(name, new Map());
		metrics.get(name).set(written, {
			labels: readLabels(written),
			value: Number(value),
		});
	}
	return {at, metrics};
}

function readLabels(written) {
	const labels = {};
	const pair = /(\w+)="((?:[^"\\]|\\.)*)"/g;

	for (const [, name, value] of written.matchAll(pair))
		labels[name] = value.replace(/\\(.)/g,
		    (_, c) => c === "n" ? "\n" : c);
	return labels;
}

function everything() {
	return true;
}

/* The sum of the series whose labels match; null when there is none. */
function total(sample, name, match = everything) {
	let sum = null;

	for (const {labels, value} of sample.metrics.get(name)?.values() ?? [])
		if (match(labels))
			sum += value;
	return sum;
}

/*
 * How much each series of a counter has grown. One that was not there has
 * grown from 0, and so has one that is less than it was: it was begun anew.
 */
function* growths(now, before, name, match) {
	const old = before.metrics.get(name);

	for (const [written, {labels, value}] of now.metrics.get(name) ?? []) {
		const was = old?.get(written)?.value ?? 0;
		if (match(labels))
			yield {labels, by: value < was ? value : value - was};
	}
}

/* What counters have grown by in all. One that is not there never counted. */
function growth(now, before, name, match = everything) {
	let sum = 0;

	for (const {by} of growths(now, before, name, match))
		sum += by;
	return sum;
}

function perSecond(now, before, name, match) {
	return growth(now, before, name, match) * 1000 / (now.at - before.at);
}

/* Part of (part + rest), as a share from 0 to 1; null when both are 0. */
function share(part, rest) {
	return part + rest > 0 ? part / (part + rest) : null;
}

/*
 * A quantile of what a histogram took in between, in its own unit, as
 * Prometheus estimates it: evenly spread inside a bucket, and what is above
 * the last bound counts as that bound. null: nothing came in.
 */
function quantile(q, now, before, name, match = everything) {
	const grown = growths(now, before, `${name}_bucket`, match);
	const buckets = new Map();

	for (const {labels: {le}, by} of grown) {
		const bound = le === "+Inf" ? Infinity : Number(le);

		buckets.set(bound, (buckets.get(bound) ?? 0) + by);
	}
	return quantileOf(q, [...buckets].sort(([a], [b]) => a - b));
}

/* Of [upper bound, how many were at most that], bounds rising. */
function quantileOf(q, buckets) {
	const rank = q * (buckets.at(-1)?.[1] ?? 0);
	let low = 0, below = 0;

	if (rank === 0)
		return null;
	for (const [bound, upTo] of buckets) {
		if (upTo >= rank && bound === Infinity)
			return low;
		if (upTo >= rank)
			return low + (bound - low) * (rank - below) /
			    (upTo - below);
		[low, below] = [bound, upTo];
	}
	return low;
}

/* ---- as text ---- */

const NOTHING = "–";
const DIGITS = [0, 1, 2].map((digits) => new Intl.NumberFormat("en",
    {maximumFractionDigits: digits}));

/* Two or three digits that count. */
function asNumber(value) {
	if (value === null)
		return NOTHING;
	return DIGITS[value >= 100 ? 0 : value >= 10 ? 1 : 2].format(value);
}

function asCount(value) {
	return value === null ? NOTHING : DIGITS[0].format(value);
}

function asShare(value) {
	return value === null ? NOTHING : `${DIGITS[1].format(value * 100)} %`;
}

function asSeconds(value) {
	if (value === null)
		return NOTHING;
	if (value < 1)
		return `${asNumber(value * 1000)} ms`;
	if (value < 120)
		return `${asNumber(value)} s`;
	return value < 7200 ? `${DIGITS[0].format(value / 60)} min` :
	    `${DIGITS[0].format(value / 3600)} h`;
}

function asTime(ms) {
	return new Date(ms).toLocaleTimeString("en-GB");
}

function asDate(ms) {
	return new Date(ms).toLocaleString("sv");	/* year first */
}
