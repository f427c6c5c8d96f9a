/* status_page.js: asks for the operator's key, then for what the page shows. */
/* SPDX-License-Identifier: BSD-2-Clause */
"use strict";

const POLL_MS = 2000;
const SOON_MS = 500;		/* the second time: it takes two to show any */
const PATIENCE_MS = 8000;	/* more than the slowest answer takes */
const STALE_MS = 6000;		/* of what is older is said that it is */
const EARLIER_MS = 10000;	/* what quantiles are taken over */
const STORED = "parley-operator-key";

function byId(id) {
	return document.getElementById(id);
}

/* What the service refuses this key with; asking again would not help. */
class Refused extends Error {
}

/*
 * Throws Refused for a wrong key, and any other error when there is no answer
 * now. A key that no header can carry is not sent: it cannot be right.
 */
async function fetchSample(key) {
	if (!/^[\x21-\x7e]+$/.test(key))
		throw new Refused("This is not the operator's key.");
	const answer = await fetch("status/data", {
		headers: {Authorization: `Bearer ${key}`},
		cache: "no-store",
		credentials: "omit",
		redirect: "error",
		signal: AbortSignal.timeout(PATIENCE_MS),
	});
	if (answer.ok)
		return readSample(await answer.text(), Date.now());
	const {detail} = await answer.json().catch(() => ({}));
	if (answer.status === 401 || answer.status === 403)
		throw new Refused(detail ?? "This is not the operator's key.");
	throw new Error(`${answer.status} ${detail ?? ""}`);
}

/* ---- what is shown beside the charts ---- */

/*
 * The element of that name in a list or table, made when it is not there yet:
 * what stays is only given other texts, for those who have it read to them.
 */
function entry(place, name, create) {
	const old = [...place.children].find((child) =>
	    child.dataset.name === name);

	if (old !== undefined)
		return old;
	place.append(create());
	place.lastChild.dataset.name = name;
	return place.lastChild;
}

function setTexts(elements, texts) {
	texts.forEach((text, i) => setText(elements[i], text));
}

function showParts(x) {
	for (const [part, {name}] of Object.entries(PARTS)) {
		const up = partUp(x, part);
		const [kind, sign, word] = up === 1 ? ["good", "✓", "up"] :
		    up === 0 ? ["bad", "✗", "down"] : ["", "?", "not known"];
		const item = entry(byId("parts"), part, () => make("li", {},
		    make("span", {className: "sign", ariaHidden: true}),
		    make("span"), make("span", {className: "word"})));

		item.className = kind;
		setTexts(item.children, [sign, name, word]);
	}
}

/* Is changed only when it says something else: it is read out then. */
function showAlarms(alarms) {
	const list = byId("attention");
	const shown = alarms.length > 0 ? alarms : ["Nothing."];
	const text = [...list.children].map((item) => item.textContent);
	const count = alarms.length;

	if (text.join("\n") !== shown.join("\n"))
		list.replaceChildren(...shown.map((textContent) => make("li",
		    {textContent, className: count > 0 ? "bad" : "good"})));
	document.title = count > 0 ? `(${count}) Parley` : "Parley";
	showState(count > 0 ? "bad" : "good", count === 0 ? "All is well." :
	    count === 1 ? "One thing needs attention." :
	    `${count} things need attention.`);
}

function showState(kind, text) {
	byId("state").className = kind;
	setText(byId("state"), text);
}

/* A row of a table with so many cells behind its head. */
function makeRow(cells) {
	return make("tr", {}, make("th", {scope: "row"}),
	    ...Array.from({length: cells}, () => make("td")));
}

function showFamilies(x, first) {
	setText(byId("since"), asTime(first.at));
	for (const family of FAMILIES) {
		const mine = inFamily(family);
		const since = (digit) => asCount(growth(x.now, first, REQUESTS,
		    (labels) => mine(labels) && inClass(digit)(labels)));
		const row = entry(byId("families"), family.name,
		    () => makeRow(6));

		setTexts(row.cells, [family.name, since(""),
		    asNumber(perSecond(x.now, x.earlier, REQUESTS, mine)),
		    asSeconds(quantileOver(0.5, REQUEST_SECONDS, mine)(x)),
		    asSeconds(quantileOver(0.99, REQUEST_SECONDS, mine)(x)),
		    since("4"), since("5")]);
	}
}

function showPrograms(x) {
	const programs = programsOf(x);

	for (const program of programs)
		showProgram(x, program);
	for (const row of [...byId("programs").rows])
		if (!programs.includes(row.dataset.name))
			row.remove();
}

function showProgram(x, program) {
	const [processes, threads, busy, since] = ["processes",
	    "worker_threads", "worker_threads_busy",
	    "start_time_seconds"].map((name) =>
	    ofProgram(x, `parley_${name}`, program));
	const row = entry(byId("programs"), program, () => {
		const made = makeRow(4);

		made.cells[3].append(make("meter",
		    {ariaLabel: `busy threads of ${program}`}));
		return made;
	});
	const meter = row.querySelector("meter");

	setTexts([...row.cells].filter((cell) => !cell.contains(meter)),
	    [program, processes ? asCount(processes) : "none here",
		threads ? `${asCount(busy)} of ${asCount(threads)}` : NOTHING,
		since ? asDate(since * 1000) : NOTHING]);
	meter.hidden = !threads;
	meter.max = threads || 1;
	meter.value = busy ?? 0;
}

function showVersion(x) {
	const info = x.now.metrics.get("parley_build_info")?.values() ?? [];
	const versions = [...info].map(({labels}) => labels.version);

	setText(byId("version"), [...new Set(versions)].join(", "));
}

/* ---- the page ---- */

class Page {
	constructor() {
		this.key = null;
		this.timer = null;
		this.asking = false;
		this.trouble = "";	/* why there was no answer */
		this.begin();
	}

	/* As if nothing had been heard yet. */
	begin() {
		this.samples = [];
		this.first = null;
		this.heard = this.waiting = Date.now();
		this.charts = new Charts(CHARTS, byId("panels"));
	}

	open(key) {
		this.key = key;
		this.begin();
		byId("door").hidden = true;
		showState("", "Asking …");
		this.ask();
	}

	/* Back to the door, and says why. */
	close(why) {
		this.key = null;
		clearTimeout(this.timer);
		sessionStorage.removeItem(STORED);
		for (const id of ["board", "forget", "clock"])
			byId(id).hidden = true;
		document.body.classList.remove("stale");
		document.title = "Parley";
		showState("", "");
		setText(byId("refusal"), why);
		byId("door").hidden = false;
		byId("key").focus();
	}

	/* One question at a time; the next is due soon after this one. */
	async ask() {
		const {key} = this, began = Date.now();

		clearTimeout(this.timer);
		if (key === null || this.asking || document.hidden)
			return;
		this.asking = true;
		try {
			const sample = await fetchSample(key);
			if (key === this.key)
				this.take(sample);
		} catch (error) {
			if (error instanceof Refused && key === this.key)
				this.close(error.message);
			this.trouble = error.message;
			if (this.key !== null && this.first === null)
				showState("bad", `No answer: ${this.trouble}`);
		}
		this.asking = false;
		this.tick();
		const pause = this.samples.length === 1 ? SOON_MS : POLL_MS;
		this.timer = setTimeout(() => this.ask(),
		    Math.max(0, began + pause - Date.now()));
	}

	take(sample) {
		const before = this.samples.at(-1);

		sessionStorage.setItem(STORED, this.key);
		this.heard = sample.at;
		this.first ??= sample;
		this.samples = this.samples.filter((old) =>
		    sample.at - old.at <= EARLIER_MS || old === before);
		this.samples.push(sample);
		const x = {now: sample, before, earlier: this.samples[0]};

		if (before !== undefined && sample.at > before.at)
			this.show(x);
	}

	show(x) {
		for (const id of ["board", "forget", "clock"])
			byId(id).hidden = false;
		this.charts.add(x);
		showParts(x);
		showAlarms(ALARMS.flatMap((alarm) => alarm(x)));
		showFamilies(x, this.first);
		showPrograms(x);
		showVersion(x);
		setText(byId("updated"), asTime(x.now.at));
	}

	/* Says so when what is shown is old. A page that slept first asks. */
	tick() {
		const stale = this.key !== null && !document.hidden &&
		    Date.now() - Math.max(this.heard, this.waiting) > STALE_MS;

		document.body.classList.toggle("stale", stale);
		if (!stale)
			return;
		document.title = "(old) Parley";
		if (this.first !== null)
			showState("bad", "Stale: no answer since " +
			    `${asTime(this.heard)}. What you see is old.`);
	}

	wake() {
		this.waiting = Date.now();
		this.ask();
	}
}

function main() {
	const page = new Page();
	const kept = sessionStorage.getItem(STORED);
	const loopback = ["localhost", "127.0.0.1", "[::1]"];

	byId("plain").hidden = location.protocol !== "http:" ||
	    loopback.includes(location.hostname);
	byId("door").addEventListener("submit", (event) => {
		const {value} = byId("key");

		event.preventDefault();
		event.target.reset();
		setText(byId("refusal"), "");
		page.open(value.trim());
	});
	byId("forget").addEventListener("click", () => page.close(""));
	document.addEventListener("visibilitychange", () => page.wake());
	setInterval(() => page.tick(), 1000);
	if (kept === null)
		page.close("");
	else
		page.open(kept);
}

main();
