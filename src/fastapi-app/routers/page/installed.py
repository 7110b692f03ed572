"""The page as an app: its manifest, and how its worker is answered. Pure."""

from collections.abc import Mapping
from typing import Any

from wording.localise import Lang

SIZES = ("192", "512")
"""Pixels of the icons."""
GROUND, ACCENT = "#FBF8F3", "#7A3E1D"
WORKER_HEADERS: Mapping[str, str] = {
    "Service-Worker-Allowed": "/dashboard",
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; connect-src 'self'",
}
"""It may look after the page and what is below it; a new one is taken at once; it speaks to nobody else."""


def manifest(plant: str | None, lang: Lang) -> dict[str, Any]:
    """What a browser asks for before it installs the page."""
    icons = [{"src": f"/dashboard/icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png"} for size in SIZES]
    return {
        "id": "/dashboard",
        "name": plant or "Chocolate Factory",
        "short_name": "Chocolate",
        "lang": lang,
        "start_url": f"/dashboard?lang={lang}",
        "scope": "/dashboard",
        "display": "standalone",
        "background_color": GROUND,
        "theme_color": ACCENT,
        "icons": [icon | {"purpose": purpose} for icon in icons for purpose in ("any", "maskable")],
    }
