"""The measurement at scale as tables in Markdown."""

from typing import Any

from tests.benchmarks.tables import table


def written(report: dict[str, Any]) -> str:
    """Everything that was measured: pages by ratio to the smallest, exports by COPY."""
    told = report["machine"]
    parts = [f"{told['when']}, {told['processor']}, {told['cores']} cores."]
    if told["load"] > 0.5:
        parts[0] += " Other work was on the machine: the ratios hold, the times less so."
    for kind in ("PostgreSQL", "SQLite"):
        if kind not in report:
            continue
        for name, who in (("pages", "the manager"), ("pages of a site", "one site's coordinator")):
            if name in report[kind]:
                parts += [f"### {kind}: pages and lists of {who}", _pages(report[kind][name])]
        if "exports" in report[kind]:
            parts += [f"### {kind}: files and the record", _exports(report[kind]["exports"])]
        if "polling" in report[kind]:
            parts += [_polling(report[kind]["polling"])]
    return "\n\n".join(parts) + "\n"


def _polling(polled: dict[str, Any]) -> str:
    """The overview left open by several people while work goes on."""
    told = [
        f"{100 * found['share']:.1f} % of one core at {int(size):,} scores"
        for size, found in polled.items()
    ]
    people = next(iter(polled.values()))["people"]
    return f"The overview left open by {people} people while work goes on: {', '.join(told)}."


def _pages(pages: dict[str, Any]) -> str:
    sizes = list(next(iter(pages.values()), {}))
    first = sizes[0]
    header = ["processor time", f"{int(first):,} scores, ms"]
    header += [f"{int(size):,}: times that" for size in sizes[1:]]
    rows = []
    for name, found in pages.items():
        own = found[first]["ms"]
        shown = name if found[first]["status"] == 200 else f"{name} ({found[first]['status']})"
        rows.append([shown, f"{own:.0f}", *(f"{found[s]['ms'] / own:.1f}" for s in sizes[1:])])
    return table(header, rows)


def _exports(exports: dict[str, Any]) -> str:
    header = ["file", "scores", "rows", "rows a second of processor time", "of a bare COPY"]
    header += ["memory over idle, MiB", "temporary files, MiB"]
    rows = []
    for size, files in exports.items():
        bare = files["bare"]["rows"] / files["bare"]["ms"]
        for name, found in files.items():
            pace = found["rows"] / found["ms"]
            compared = f"{100 * pace / bare:.0f} %" if name.startswith("long") else ""
            memory = f"{found['mib']:.0f}" if "mib" in found else ""
            spilt = f"{found['temporary_mib']:.0f}" if "temporary_mib" in found else ""
            shown = "bare COPY of the long file" if name == "bare" else name
            rows.append(
                [
                    shown,
                    f"{int(size):,}",
                    f"{found['rows']:,}",
                    f"{1000 * pace:,.0f}",
                    compared,
                    memory,
                    spilt,
                ]
            )
    return table(header, rows)
