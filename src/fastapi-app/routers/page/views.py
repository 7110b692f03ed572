"""The views of the page: which section stands in which, and where is said what is not there yet. Pure."""

from collections.abc import Mapping

VIEWS: Mapping[str, tuple[str, ...]] = {
    "now": ("now", "machines", "tomorrow", "euros", "advice", "notes", "facts"),
    "plan": ("plan",),
    "prices": ("days", "week", "forecast", "weather"),
    "money": ("savings", "usual", "bill", "power", "price_parts"),
    "system": ("steps", "system", "plant", "installed"),
}
"""View -> its sections, in the order of reading. What is urgent stands before them all, whichever is open."""

DATED = frozenset({"plan", "prices", "money"})
"""The views in which one goes from day to day."""

MISSING_IN: Mapping[str, frozenset[str]] = {
    "now": frozenset({"class", "recommendations"}),
    "plan": frozenset({"plan"}),
    "prices": frozenset({"week", "forecast", "weather"}),
    "money": frozenset({"savings", "bill"}),
    "system": frozenset(),
}
"""View -> the sections that it names while they have nothing to show."""

KEPT_IN: Mapping[str, frozenset[str]] = {
    "now": frozenset({"alerts"}),
    "plan": frozenset({"plan"}),
    "prices": frozenset({"forecast", "weather"}),
    "money": frozenset({"savings", "bill"}),
    "system": frozenset({"system"}),
}
"""View -> the parts that it names where a view of the past does not have them."""
