"""The calibration by length of history as a drawing (SVG): log-loss, and what came of what was said, before and after."""

from collections.abc import Mapping, Sequence
from typing import Any

WIDTH, HEIGHT, MARGIN = 860, 360, 50
PANEL = 330
Figures = Mapping[str, Mapping[str, Any]]
Point = tuple[float, float]
COLOURS = {"after": "#1565c0", "before": "#b0632a"}


def drawn(figures: Figures, before: Figures | None) -> str:
    """Two panels side by side: log-loss by days of history, and reliability with two days."""
    versions = {"after": figures} | ({"before": before} if before else {})
    parts = [*_losses(versions, float(figures["shares"]["log_loss"])), *_reliability(versions)]
    style = "<style>text{font:13px sans-serif;fill:#333}.axis{stroke:#888;fill:none}</style>"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
    return "\n".join([head, "<title>Calibration of the classes by days of history</title>", style, *parts, "</svg>", ""])


def _losses(versions: Mapping[str, Figures], shares: float) -> list[str]:
    days = [name for name in versions["after"] if name != "shares"]
    losses = {version: [float(figures[day]["log_loss"]) for day in days] for version, figures in versions.items()}
    top = 1.1 * max(shares, *(loss for known in losses.values() for loss in known if loss == loss))
    at = [(place + 0.5) / len(days) for place in range(len(days))]
    parts = [_axes(MARGIN), _text(MARGIN, 20, "log-loss by days of history")]
    parts += [_text(MARGIN + PANEL * x - 6, HEIGHT - 28, day) for x, day in zip(at, days, strict=True)]
    parts += [_text(8, _y(value / top) + 4, f"{value:.1f}") for value in (0.0, 0.5, 1.0, 1.5, 2.0) if value < top]
    parts.append(_line(MARGIN, [(0, shares / top), (1, shares / top)], "#888", "4 4"))
    parts.append(_text(MARGIN + 150, _y(shares / top) - 6, "shares of the classes"))
    for version, known in losses.items():
        points = [(x, loss / top) for x, loss in zip(at, known, strict=True) if loss == loss]
        parts.append(_line(MARGIN, points, COLOURS[version]))
        parts.append(_text(MARGIN + PANEL - 45, _y(points[-1][1]) - (8 if version == "before" else -18), version))
    return parts


def _reliability(versions: Mapping[str, Figures]) -> list[str]:
    left = MARGIN + PANEL + 80
    parts = [_axes(left), _text(left, 20, "2 days: how often came (up) what was said (right)")]
    parts += [_text(left + PANEL * x - 8, HEIGHT - 28, f"{x:.1f}") for x in (0.0, 0.5, 1.0)]
    parts.append(_line(left, [(0, 0), (1, 1)], "#888", "4 4"))
    for version, figures in versions.items():
        points = [(one["said"], one["came"]) for one in figures["2"]["reliability"]]
        parts.append(_line(left, points, COLOURS[version]))
        parts += [f'<circle cx="{left + PANEL * x:.1f}" cy="{_y(y):.1f}" r="3" fill="{COLOURS[version]}"/>' for x, y in points]
    return parts


def _y(share: float) -> float:
    return HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)


def _axes(left: int) -> str:
    return f'<path class="axis" d="M{left},{MARGIN}V{HEIGHT - MARGIN}H{left + PANEL}"/>'


def _text(x: float, y: float, words: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}">{words}</text>'


def _line(left: int, points: Sequence[Point], colour: str, dashes: str = "") -> str:
    path = "L".join(f"{left + PANEL * x:.1f},{_y(y):.1f}" for x, y in points)
    return f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"/>'
