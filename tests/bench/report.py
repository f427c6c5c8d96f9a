# Tables and pictures of what was measured.
# SPDX-License-Identifier: BSD-2-Clause
import html
import statistics

BAR, LEFT, WIDE, HIGH = 16, 250, 760, 30


class Rounds:
    """The results of one route with so many clients, round by round."""

    def __init__(self, results):
        self.results = results

    def median(self, key):
        return statistics.median(r[key] for r in self.results)

    def least(self, key):
        return min(r[key] for r in self.results)

    def most(self, key):
        return max(r[key] for r in self.results)

    def errors(self):
        return sum(r["errors"] for r in self.results)

    def cpu(self):
        """Medians of µs for a request."""
        names = {name for r in self.results for name in r["cpu_us"]}
        return {name: statistics.median(r["cpu_us"].get(name, 0.0)
                                        for r in self.results)
                for name in names}


def ratios(measured, hello):
    """Of a route to hello, round by round: both of the same minute."""
    return [r["rate"] / h["rate"]
            for r, h in zip(measured.results, hello.results)]


def table(measured):
    """measured: {(route, clients): Rounds}; Markdown."""
    lines = ["| route | clients | requests/s (min–max) | of hello (min–max) "
             "| p50 ms | p99 ms | p99.9 ms | errors |",
             "|---|---|---|---|---|---|---|---|"]
    for (name, clients), rounds in measured.items():
        ratio = ratios(rounds, measured["hello", clients])
        lines.append(
            f"| {name} | {clients} | {rounds.median('rate'):,.0f} "
            f"({rounds.least('rate'):,.0f}–{rounds.most('rate'):,.0f}) "
            f"| {statistics.median(ratio):.2f} "
            f"({min(ratio):.2f}–{max(ratio):.2f}) "
            f"| {rounds.median('p50'):.1f} | {rounds.median('p99'):.1f} "
            f"| {rounds.median('p999'):.1f} | {rounds.errors()} |")
    return "\n".join(lines) + "\n"


def cost_text(cost):
    """µs of each part: their sum, and what is 1 or more, dearest first."""
    parts = sorted(cost.items(), key=lambda c: -c[1])
    return f"{sum(cost.values()):.0f}: " + ", ".join(
        f"{part} {us:.0f}" for part, us in parts if us >= 1)


def cpu_table(measured):
    lines = ["| route | clients | µs of processor time for a request |",
             "|---|---|---|"]
    for (name, clients), rounds in measured.items():
        lines.append(f"| {name} | {clients} | {cost_text(rounds.cpu())} |")
    return "\n".join(lines) + "\n"


def picture(measured):
    """An SVG: a bar for each row, as long as its ratio to hello."""
    rows = [(f"{name}, {clients}", rounds,
             statistics.median(ratios(rounds, measured["hello", clients])))
            for (name, clients), rounds in measured.items()]
    high = HIGH + len(rows) * (BAR + 6)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDE}" '
           f'height="{high}" font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDE}" height="{high}" fill="white"/>',
           f'<text x="{LEFT}" y="18">requests/s, and the ratio to hello'
           '</text>']
    for at, (name, rounds, ratio) in enumerate(rows):
        y = HIGH + at * (BAR + 6)
        long = max(1, ratio * (WIDE - LEFT - 130))
        out += [f'<text x="{LEFT - 8}" y="{y + 12}" text-anchor="end">'
                f'{html.escape(name)}</text>',
                f'<rect x="{LEFT}" y="{y}" width="{long:.0f}" '
                f'height="{BAR}" fill="#4a7fb5"/>',
                f'<text x="{LEFT + long + 6:.0f}" y="{y + 12}">'
                f'{rounds.median("rate"):,.0f}/s, {ratio:.2f}</text>']
    return "\n".join(out + ["</svg>"]) + "\n"
