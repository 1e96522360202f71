"""Drawing charts with matplotlib, one at a time, as it is not thread-safe."""

import asyncio
import io
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Literal

from server.errors.base import Language
from server.library.tables.chart import MAX_POINTS, Chart
from server.library.tables.numbers import format_number

ChartFormat = Literal["svg", "png"]

SIZE = (8.0, 5.0)
MAX_WIDTH = 16.0
DPI = 120
WRAP_AT = 14
MAX_LABEL_CHARACTERS = 40
MAX_UPRIGHT_CHARACTERS = 60
"""With more characters in all labels together, they are turned."""

MAX_TICKS = 60
OTHERS: dict[Language, str] = {"zh": "其他", "en": "Others"}
NOTES: dict[Language, str] = {"zh": "另有 {count} 项未画出", "en": "{count} more are not shown"}


class ChartDrawer:
    """Draws charts in a thread, one after another."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def draw(self, chart: Chart, chart_format: ChartFormat, language: Language) -> bytes:
        """Return a chart as SVG, whose text is drawn as shapes, or as PNG. Raises `FontMissing`."""
        async with self._lock:
            drawing = asyncio.ensure_future(asyncio.to_thread(draw_chart, chart, chart_format, language))
            try:
                return await asyncio.shield(drawing)
            except asyncio.CancelledError:  # the thread goes on: nobody else may draw until it has ended
                await asyncio.wait([drawing])
                raise


def draw_chart(chart: Chart, chart_format: ChartFormat, language: Language) -> bytes:
    """Return a chart as SVG or PNG. Takes tenths of a second, and at the first time seconds."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from server.library.tables.chart_fonts import choose_families

    chart = _gather_slices(chart, language) if chart.kind == "pie" else chart
    note = NOTES[language].format(count=chart.num_left_out) if chart.num_left_out else ""
    labels = [_shorten(label) for label in chart.labels]
    texts = [*labels, *(series.name + series.unit for series in chart.series), chart.title, chart.label_name, note]
    families = choose_families([*texts, "0123456789.,-−%()"])
    width = min(max(SIZE[0], 0.25 * len(labels)), MAX_WIDTH) if chart.kind == "bar" else SIZE[0]
    with rc_context({"font.family": list(families), "svg.fonttype": "path", "axes.unicode_minus": True}):
        figure = Figure(figsize=(width, SIZE[1]), dpi=DPI, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        if chart.kind == "pie":
            _draw_pie(axes, chart, labels)
        else:
            _draw_axes(axes, chart, labels)
        if chart.title:
            figure.suptitle(_plain(_shorten(chart.title)))
        if note:
            figure.supxlabel(_plain(note), fontsize="small")
        file = io.BytesIO()
        metadata = {"Date": None} if chart_format == "svg" else {}
        figure.savefig(file, format=chart_format, metadata=metadata)
    return file.getvalue()


def _draw_axes(axes: Any, chart: Chart, labels: Sequence[str]) -> None:
    from matplotlib.ticker import FuncFormatter

    places = range(len(labels))
    width = 0.8 / len(chart.series)
    for number, series in enumerate(chart.series):
        values = [float("nan") if value is None else float(value) for value in series.values]
        name = _plain(_name(series.name, series.unit))
        if chart.kind == "bar":
            axes.bar([place - 0.4 + width * (number + 0.5) for place in places], values, width, label=name)
        else:
            axes.plot(places, values, marker="o" if len(labels) <= MAX_TICKS else "", label=name)
    _set_ticks(axes, labels)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _write_tick(value)))
    axes.axhline(0, color="0.3", linewidth=0.8)
    axes.set_xlabel(_plain(_shorten(chart.label_name)))
    if len(chart.series) > 1:
        axes.legend()
    else:
        axes.set_ylabel(_plain(_shorten(_name(chart.series[0].name, chart.series[0].unit))))


def _set_ticks(axes: Any, labels: Sequence[str]) -> None:
    """Write the labels below their places, turned where they are long, and not all where they are many."""
    step = -(-len(labels) // MAX_TICKS)
    shown = labels[::step]
    is_turned = sum(map(len, shown)) > MAX_UPRIGHT_CHARACTERS or len(shown) > 15
    written = shown if is_turned else [textwrap.fill(label, WRAP_AT) for label in shown]
    axes.set_xticks(range(0, len(labels), step), [_plain(label) for label in written])
    if is_turned:
        angle = 90 if len(shown) > 20 else 45
        axes.tick_params(axis="x", labelrotation=angle)
        for text in axes.get_xticklabels():
            text.set_horizontalalignment("center" if angle == 90 else "right")
            text.set_rotation_mode("default" if angle == 90 else "anchor")


def _draw_pie(axes: Any, chart: Chart, labels: Sequence[str]) -> None:
    values = [float(value or 0) for value in chart.series[0].values]
    names = [_plain(textwrap.fill(label, WRAP_AT)) for label in labels]
    axes.pie(values, labels=names, autopct="%.1f%%", startangle=90, counterclock=False)
    axes.set_xlabel(_plain(_shorten(_name(chart.series[0].name, chart.series[0].unit))))


def _gather_slices(chart: Chart, language: Language) -> Chart:
    """Return a pie with its largest values, and the others as one."""
    (series,), most = chart.series, MAX_POINTS["pie"]
    values = [value or Decimal(0) for value in series.values]
    if len(values) <= most:
        return chart
    order = sorted(range(len(values)), key=lambda index: values[index], reverse=True)
    kept = sorted(order[: most - 1])
    shown = [*(values[index] for index in kept), sum((values[index] for index in order[most - 1 :]), Decimal(0))]
    labels = (*(chart.labels[index] for index in kept), OTHERS[language])
    return replace(chart, labels=labels, series=(replace(series, values=tuple(shown)),))


def _name(name: str, unit: str) -> str:
    return f"{name} ({unit})" if unit and unit not in name else name


def _write_tick(value: float) -> str:
    return format_number(Decimal(f"{value:.12g}")).replace("-", "−")


def _shorten(text: str) -> str:
    line = "".join(character for character in " ".join(text.split()) if character.isprintable())
    return line if len(line) <= MAX_LABEL_CHARACTERS else f"{line[: MAX_LABEL_CHARACTERS - 1]}…"


def _plain(text: str) -> str:
    """Return a text in which nothing is taken for a formula."""
    return text.replace("$", r"\$")
