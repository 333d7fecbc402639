"""Draws what scenarios hand over, small, one picture each."""

from __future__ import annotations

from pathlib import Path

from _section import Plot


def draw(plot: Plot, folder: Path) -> None:
    """Write the picture into *folder*."""
    import matplotlib as mpl  # noqa: PLC0415  # only a full run draws

    mpl.use("Agg")
    import matplotlib.pyplot as plt  # noqa: PLC0415  # as above

    lines = all(isinstance(label, int) for label in plot.labels)
    height = 3.2 if lines else 1.2 + 0.17 * sum(len(plot.series) + 1 for _ in plot.labels)
    figure, axes = plt.subplots(figsize=(7, height), dpi=100)
    if lines:
        for name, values in plot.series.items():
            axes.plot(plot.labels, values, marker="o", label=name)
        axes.set_xscale("log" if max(plot.labels) > 50 else "linear")
        axes.set_ylim(bottom=0)
        axes.set_xlabel(plot.title)
        axes.set_ylabel(plot.unit)
    else:
        thick = 0.85 / len(plot.series)
        for number, (name, values) in enumerate(plot.series.items()):
            places = [place + (number + 0.5) * thick - 0.425 for place in range(len(plot.labels))]
            shown = [(place, value) for place, value in zip(places, values, strict=True) if value is not None]
            bars = axes.barh([place for place, _ in shown], [value for _, value in shown], thick, label=name)
            axes.bar_label(bars, fmt="%.2g", padding=2, fontsize=6)
        axes.set_yticks(range(len(plot.labels)), plot.labels, fontsize=7)
        axes.invert_yaxis()
        axes.axvline(1, color="black", linewidth=0.8)
        axes.set_xscale("log")
        axes.set_title(plot.title, fontsize=9)
        axes.set_xlabel(plot.unit)
    axes.legend(fontsize=7)
    axes.grid(visible=True, alpha=0.3)
    figure.tight_layout()
    figure.savefig(folder / f"{plot.name}.png")
    plt.close(figure)
