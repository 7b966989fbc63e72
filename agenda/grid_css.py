"""Make `static/css/agenda-grid.css`: the positions of the grid as classes, since no page may carry a style of its own.

    python -m agenda.grid_css            write the file

`.at-84` begins in the row of the 84th five minutes, `.for-4` is twenty minutes high, `.tall-13` is thirteen hours high,
`.of-3.lane-1` is the second of three side by side, `.part-35` is a bar of 35 percent.
"""

from pathlib import Path

from agenda.layout import DAY_MINUTES, HOUR_ROWS, MOST_LANES, ROW_MINUTES

FILE = Path(__file__).resolve().parent.parent / "static" / "css" / "agenda-grid.css"
ROWS = DAY_MINUTES // ROW_MINUTES


def text() -> str:
    """Return the whole sheet."""
    lines = ["/* Made by `python -m agenda.grid_css`; a test compares. */", "@layer grid {"]
    lines += [f".at-{row} {{ grid-row-start: {row + 1}; }}" for row in range(ROWS)]
    lines += [f".for-{rows} {{ grid-row-end: span {rows}; }}" for rows in range(1, ROWS + 1)]
    lines += [
        f".tall-{hours} {{ grid-template-rows: repeat({hours * HOUR_ROWS}, var(--row)); }}" for hours in range(1, 25)
    ]
    lines += [f".of-{lanes} {{ --lanes: {lanes}; }}" for lanes in range(1, MOST_LANES + 1)]
    lines += [f".lane-{lane} {{ --lane: {lane}; }}" for lane in range(MOST_LANES)]
    lines += [f".part-{part} {{ inline-size: {part}%; }}" for part in range(0, 101, 5)]
    return "\n".join([*lines, "}", ""])


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
