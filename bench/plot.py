"""Bars as SVG, written by hand: a library for it would be the largest that the benches need."""

from dataclasses import dataclass
from html import escape

_LABEL, _WIDE, _HIGH, _GAP = 430, 360, 16, 6


@dataclass(frozen=True)
class Bar:
    """Something measured as a ratio; what goes beyond its goal is drawn in another color."""

    name: str
    value: float
    goal: float | None = None


def plot(bars: list[Bar]) -> str:
    """The picture, with the figure behind each bar; empty of bars when nothing was measured."""
    most = max([bar.value for bar in bars], default=1.0)
    rows = [_row(bar, at, most) for at, bar in enumerate(bars)]
    height = len(bars) * (_HIGH + _GAP) + _GAP
    size = f'width="{_LABEL + _WIDE + 60}" height="{height}"'
    style = "text { font: 12px sans-serif; fill: #222 } .label { text-anchor: end }"
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n<style>{style}</style>\n' + "\n".join(rows) + "\n</svg>\n"


def _row(bar: Bar, at: int, most: float) -> str:
    top, width = _GAP + at * (_HIGH + _GAP), _WIDE * bar.value / most
    color = "#c0392b" if bar.goal is not None and bar.value > bar.goal else "#2d7d9a"
    return (
        f'<text class="label" x="{_LABEL - 8}" y="{top + 12}">{escape(bar.name)}</text>'
        f'<rect x="{_LABEL}" y="{top}" width="{width:.1f}" height="{_HIGH}" fill="{color}"/>'
        f'<text x="{_LABEL + width + 6:.1f}" y="{top + 12}">{bar.value:g}</text>'
    )
