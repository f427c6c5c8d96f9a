/* status_page_charts.js: small charts in SVG that show one moment together. */
/* SPDX-License-Identifier: BSD-2-Clause */
"use strict";

const KEPT_MS = 300000;		/* what a chart goes back */
const LEAST_MS = 60000;		/* what it spans at least */
const GAP_MS = 7000;		/* without a point so long the line breaks */
const WIDTH = 300, HEIGHT = 100;

/* An element of HTML with its properties and children. */
function make(tag, properties, ...children) {
	const element = Object.assign(document.createElement(tag), properties);

	element.append(...children);
	return element;
}

function makeSvg(tag, attributes, ...children) {
	const element = document.createElementNS("http://www.w3.org/2000/svg",
	    tag);

	for (const [name, value] of Object.entries(attributes))
		element.setAttribute(name, value);
	element.append(...children);
	return element;
}

/* Sets a text only if it is another, so that nothing is read out again. */
function setText(element, text) {
	if (element.textContent !== text)
		element.textContent = text;
}

/* The next of 1, 2, 2.5, 5, 10, ... that is at least the value. */
function niceTop(value) {
	const power = 10 ** Math.floor(Math.log10(value));

	return power * [1, 2, 2.5, 5, 10].find((step) => step * power >= value);
}

class Chart {
	constructor(chart) {
		this.chart = chart;
		this.drawn = chart.series.map(({tone}) => ({
			area: makeSvg("path", {class: `area ${tone}`}),
			line: makeSvg("path", {class: `line ${tone}`}),
		}));
		this.moment = makeSvg("line", {y1: 0, y2: HEIGHT});
		this.top = make("span", {className: "top"});
		this.start = make("span");
		this.end = make("span");
		this.plot = make("div", {className: "plot", tabIndex: 0},
		    makeSvg("svg", {viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
			preserveAspectRatio: "none", "aria-hidden": true},
		    ...this.drawn.flatMap(({area, line}) => [area, line]),
		    this.moment), this.top);
		this.plot.setAttribute("role", "img");
		this.values = [];
		this.figure = make("figure", {className:
		    `panel ${chart.stacked ? "stacked" : ""}`},
		    make("figcaption", {},
			make("h2", {}, chart.title),
			make("span", {className: "unit"}, chart.unit)),
		    this.plot,
		    make("div", {className: "ends", ariaHidden: true},
			this.start, this.end),
		    this.makeLegend());
	}

	makeLegend() {
		const rows = [...this.chart.series, ...this.chart.facts ?? []];

		return make("dl", {className: "legend"}, ...rows.map((row) => {
			const value = make("dd", {textContent: NOTHING});

			this.values.push({row, value});
			return make("div", {}, make("span",
			    {className: `swatch ${row.tone ?? "fact"}`}),
			    make("dt", {}, row.name), value);
		}));
	}

	/* What a point keeps: values of series and facts, in their order. */
	read(x) {
		return this.values.map(({row}) => row.of(x));
	}

	/*
	 * points: {at, of: Map of chart to what read gave}, none older than
	 * KEPT_MS; shown: the one of them that legends tell.
	 */
	draw(points, shown) {
		const to = points.at(-1).at;
		const from = Math.min(points[0].at, to - LEAST_MS);
		const across = (at) => WIDTH * (at - from) / (to - from);
		const at = across(shown.at);

		this.drawSeries(points, across);
		this.moment.setAttribute("x1", at);
		this.moment.setAttribute("x2", at);
		this.moment.toggleAttribute("hidden", at === WIDTH);
		setText(this.start, `−${asSeconds((to - from) / 1000)}`);
		setText(this.end, shown.at === to ? "now" : asTime(shown.at));
		this.tell(shown);
	}

	tell(shown) {
		const told = this.values.map(({row, value}, i) => {
			const text = (row.text ?? this.chart.text)(
			    shown.of.get(this)[i]);

			setText(value, text);
			return `${row.name} ${text}`;
		});

		const {title, unit} = this.chart;

		this.plot.ariaLabel = [title, unit, asTime(shown.at), ...told]
		    .join(", ");
	}

	/*
	 * Stacked, each stands on the one before, and one of nothing is not
	 * drawn: its line would be that one's. Else all stand on the ground.
	 * Nor are errors drawn where there are none: red is to be seen.
	 */
	drawSeries(points, across) {
		const {stacked, series} = this.chart;
		const lines = series.map(() => []);
		let most = 0;

		for (const {at, of} of points) {
			let ground = 0;

			for (const [i, {tone}] of series.entries()) {
				const value = of.get(this)[i];
				const drawn = stacked || tone === "error" ?
				    value : value !== null;
				const high = drawn ? ground + value : null;

				lines[i].push({at, low: ground, high});
				most = Math.max(most, high ?? 0);
				if (stacked)
					ground = high ?? ground;
			}
		}
		const least = this.chart.top ?? 1;
		const top = most > least ? niceTop(most * 1.05) : least;
		const up = (value) => HEIGHT * (1 - value / top);

		setText(this.top, this.chart.text(top));
		for (const [i, {area, line}] of this.drawn.entries()) {
			const parts = whole(lines[i]);

			line.setAttribute("d", parts.map((part) =>
			    outline(part, across, up)).join(""));
			if (stacked || series.length === 1)
				area.setAttribute("d", parts.map((part) =>
				    filled(part, across, up)).join(""));
		}
	}
}

/* Takes a line apart where something is missing. */
function whole(line) {
	const parts = [];
	let last = null;

	for (const point of line) {
		if (point.high !== null) {
			if (last === null || point.at - last.at > GAP_MS)
				parts.push([]);
			parts.at(-1).push(point);
		}
		last = point.high === null ? null : point;
	}
	return parts;
}

/* A point alone is drawn as one: h0 is a dot, for ends are round. */
function outline(part, across, up) {
	return "M" + part.map(({at, high}) =>
	    `${across(at).toFixed(1)} ${up(high).toFixed(1)}`).join("L") + "h0";
}

function filled(part, across, up) {
	const under = part.toReversed().map(({at, low}) =>
	    `L${across(at).toFixed(1)} ${up(low).toFixed(1)}`);

	return outline(part, across, up) + under.join("") + "Z";
}

/* All charts of a page, and the moment that they show together. */
class Charts {
	constructor(charts, place) {
		this.charts = charts.map((chart) => new Chart(chart));
		this.points = [];
		this.moment = null;		/* null: the newest */
		for (const chart of this.charts)
			this.listen(chart.plot);
		place.replaceChildren(...this.charts.map(({figure}) => figure));
	}

	listen(plot) {
		plot.addEventListener("pointermove", (event) => {
			const {left, width} = plot.getBoundingClientRect();

			this.showAt((event.clientX - left) / width);
		});
		plot.addEventListener("pointerleave", () => this.show(null));
		plot.addEventListener("blur", () => this.show(null));
		plot.addEventListener("keydown", (event) => {
			const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];

			if (step !== undefined && this.points.length > 0) {
				event.preventDefault();
				this.step(step);
			}
		});
	}

	add(x) {
		const {at} = x.now;

		this.points.push({at, of: new Map(this.charts.map(
		    (chart) => [chart, chart.read(x)]))});
		this.points = this.points.filter((point) =>
		    at - point.at <= KEPT_MS);
		this.draw();
	}

	/* The point next to where, from 0 at the left to 1 at the right. */
	showAt(where) {
		const {points} = this;

		if (points.length === 0)
			return;
		const to = points.at(-1).at;
		const from = Math.min(points[0].at, to - LEAST_MS);
		const at = from + where * (to - from);

		const far = (point) => Math.abs(point.at - at);

		this.show(points.reduce((best, point) =>
		    far(point) < far(best) ? point : best));
	}

	step(by) {
		const {points} = this;
		const at = points.indexOf(this.moment ?? points.at(-1)) + by;

		this.show(points[Math.min(Math.max(at, 0), points.length - 1)]);
	}

	show(point) {
		this.moment = point === this.points.at(-1) ? null : point;
		this.draw();
	}

	draw() {
		const {points} = this;

		if (points.length === 0)
			return;
		if (!points.includes(this.moment))
			this.moment = null;
		for (const chart of this.charts)
			chart.draw(points, this.moment ?? points.at(-1));
	}
}
