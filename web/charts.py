"""Charts as geometry: where each bar of a row of figures stands. The template draws them; the table says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 720
HEIGHT: Final = 200
FOOT: Final = 28
"""Room for the months under the bars."""
HEAD: Final = 24
"""Room for the figure over the highest bar."""
GAP: Final = 0.28
"""How much of its place is beside a bar."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A bar with what stands over and under it; none where there is no figure, and that is said."""

    x: float
    y: float
    width: float
    height: float
    middle: float
    value: float | None
    label: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A row of bars on one line."""

    bars: tuple[Bar, ...]
    width: int = WIDTH
    height: int = HEIGHT
    base: int = HEIGHT - FOOT

    @property
    def empty(self) -> bool:
        """Whether there is no figure at all to draw."""
        return all(bar.value is None for bar in self.bars)


def bars(figures: Sequence[tuple[str, float | None]]) -> Chart:
    """A chart of some figures, each with its label; the highest reaches the top."""
    most = max((value for _, value in figures if value is not None), default=0) or 1
    place = WIDTH / max(1, len(figures))
    room = HEIGHT - FOOT - HEAD
    drawn = []
    for number, (label, value) in enumerate(figures):
        height = round(room * (value or 0) / most, 1)
        drawn.append(
            Bar(
                x=round(place * (number + GAP / 2), 1),
                y=round(HEIGHT - FOOT - height, 1),
                width=round(place * (1 - GAP), 1),
                height=height,
                middle=round(place * (number + 0.5), 1),
                value=value,
                label=label,
            )
        )
    return Chart(bars=tuple(drawn))
