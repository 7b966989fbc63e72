"""The figures as a table, and beside them the aims that issue 2 set."""

from typing import Any

FLOOR = "two queries"


def table(results: dict[str, Any]) -> str:
    """One block a size, one line a page."""
    lines = []
    head = f"{'':34}{'p50':>8}{'p95':>8}{'/s':>8}{'p50 ×8':>9}{'p95 ×8':>9}{'/s ×8':>8}{'CPU':>8}{'floor':>8}{'queries':>9}{'kB':>7}{'+css':>7}"
    for size, found in results["sizes"].items():
        built = found["built"]
        lines += [
            "",
            f"{int(size):,} appointments ({built['coming']:,} to come, {built['records']:,} records, filled in {built['seconds']} s)",
        ]
        lines.append(head)
        floor = found["measured"][FLOOR]["alone"]["p50_ms"]
        for name, one in found["measured"].items():
            weight = one.get("bytes", {})
            label = name + (f" ({weight['free']} free)" if weight.get("free") else "")
            lines.append(
                f"{label:34}{one['alone']['p50_ms']:8.2f}{one['alone']['p95_ms']:8.2f}{one['alone']['per_second']:8.0f}"
                f"{one['eight']['p50_ms']:9.2f}{one['eight']['p95_ms']:9.2f}{one['eight']['per_second']:8.0f}{one['cpu_ms']:8.2f}"
                f"{one['alone']['p50_ms'] / floor:7.1f}×{one.get('queries', ''):>9}"
                f"{_kilo(weight.get('page')):>7}{_kilo(weight.get('with_css')):>7}"
            )
        steps = found["measured"]["booking"]["steps_p50_ms"]
        lines.append("a booking, step by step, p50: " + ", ".join(f"{name} {took}" for name, took in steps.items()))
    return (
        "\n".join(lines) + "\n\n(milliseconds; CPU is the workers' own time for one; a booking is hold + form + book)"
    )


def _kilo(count: int | None) -> str:
    return f"{count / 1000:.1f}" if count else ""


def aims(results: dict[str, Any]) -> list[dict[str, Any]]:
    """What was aimed at, what was found, and whether that will do."""
    sizes = {int(size): found["measured"] for size, found in results["sizes"].items()}
    smallest, largest = sizes[min(sizes)], sizes[max(sizes)]

    def worst(of: str, name: str) -> float:
        return max(one[name]["alone"]["p50_ms"] / one[of]["alone"]["p50_ms"] for one in sizes.values())

    week = "week of times"
    growth = largest[week]["alone"]["p50_ms"] / smallest[week]["alone"]["p50_ms"]
    front = "first free of every practitioner"
    queries = max(one.get("queries", 0) for measured in sizes.values() for one in measured.values())
    booking = max(one["booking"]["cpu_ms"] / one[FLOOR]["cpu_ms"] for one in sizes.values())
    heaviest = max(one[name]["bytes"]["with_css"] for one in sizes.values() for name in (week, front, "practitioner"))
    return [
        _aim("a week of times, p50, against the two-query floor", worst(FLOOR, week), 4.0, "×"),
        _aim(f"a week's growth from {min(sizes):,} to {max(sizes):,} appointments", growth, 1.2, "×"),
        _aim("queries on a public page, at most", queries, 4, ""),
        _aim("a booking's CPU (three requests, commits included), against the two-query floor", booking, 5.0, "×"),
        _aim("a page with its style sheets, compressed, at most", heaviest / 1000, 20.0, " kB"),
    ]


def _aim(what: str, found: float, at_most: float, unit: str) -> dict[str, Any]:
    return {"what": what, "found": round(found, 2), "at_most": at_most, "unit": unit, "met": found <= at_most}


def verdict(found: list[dict[str, Any]]) -> str:
    """One line an aim."""
    return "\n".join(
        f"  {'met   ' if one['met'] else 'MISSED'}  {one['what']}: {one['found']}{one['unit']} (aim: {one['at_most']:g}{one['unit']})"
        for one in found
    )
