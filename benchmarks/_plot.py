"""Draws what scenarios hand over, small, one picture each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from _section import Plot


def draw(plot: Plot, folder: Path) -> None:
    """Write the picture into *folder*."""
    import matplotlib as mpl  # noqa: PLC0415  # only a full run draws

    mpl.use("Agg")
    import matplotlib.pyplot as plt  # noqa: PLC0415  # as above

    numbers = [label for label in plot.labels if isinstance(label, int)]
    bars = sum(value is not None for values in plot.series.values() for value in values)
    figure, axes = plt.subplots(figsize=(7, 3.2 if numbers else 1.2 + 0.17 * bars), dpi=100)
    (_lines if numbers else _bars)(axes, plot)
    axes.legend(fontsize=7)
    axes.grid(visible=True, alpha=0.3)
    figure.tight_layout()
    figure.savefig(folder / f"{plot.name}.png")
    plt.close(figure)


def _lines(axes: Any, plot: Plot) -> None:
    values = [value for each in plot.series.values() for value in each if value is not None]
    for name, each in plot.series.items():
        axes.plot(plot.labels, each, marker="o", label=name)
    if plot.labels[-1] == 1000:
        axes.set_xscale("log")
    if max(values) > 50 * min(values):
        axes.set_yscale("log")
    else:
        axes.set_ylim(0, 1.1 * max(values))
    axes.set_xlabel(plot.title)
    axes.set_ylabel(plot.unit)


def _bars(axes: Any, plot: Plot) -> None:
    """Draw the bars of each label side by side, without gaps for what it lacks."""
    thick = 0.85 / max(map(len, (_present(plot, number) for number in range(len(plot.labels)))))
    places: dict[str, list[tuple[float, float]]] = {name: [] for name in plot.series}
    for number in range(len(plot.labels)):
        present = _present(plot, number)
        for index, (name, value) in enumerate(present.items()):
            places[name].append((number + (index - (len(present) - 1) / 2) * thick, value))
    for name, shown in places.items():
        drawn = axes.barh([place for place, _ in shown], [value for _, value in shown], thick, label=name)
        axes.bar_label(drawn, fmt="%.2g", padding=2, fontsize=6)
    axes.set_yticks(range(len(plot.labels)), plot.labels, fontsize=7)
    axes.invert_yaxis()
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xscale("log")
    axes.margins(x=0.1)
    axes.set_title(plot.title, fontsize=9)
    axes.set_xlabel(plot.unit)


def _present(plot: Plot, number: int) -> dict[str, float]:
    """Return the values of a label, by the name of the series that have one."""
    return {name: value for name, values in plot.series.items() if (value := values[number]) is not None}
