"""JSON of Datadis' API and of UFD's portal."""

import json
from collections.abc import Iterator
from typing import Any

from adapters.files.consumption import cells
from adapters.files.csv.text import refused
from domain.intake.consumption import Clocked, Numbered, Reported

VALID = 'a list of {"cups", "date", "time", "consumptionKWh"} (Datadis) or {"items": [{"periodStartDate", "consumptions"}]} (UFD)'


def read(text: str, supply_point: str | None) -> Iterator[Reported]:
    """The rows of a document; `line` counts its entries. UFD's names no supply point: it has to be told."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise refused(f"not JSON: {error}", valid=VALID) from error
    if isinstance(document, dict) and isinstance(document.get("items"), list):
        if supply_point is None:
            raise refused("the document names no supply point", valid="--supply-point CUPS")
        yield from _of_ufd(document["items"], cells.cups(supply_point, 0))
        return
    curve = document.get("timeCurve") if isinstance(document, dict) else document
    if not isinstance(curve, list):
        raise refused("a document of another form", valid=VALID)
    for line, entry in enumerate(curve, 1):
        yield _of_datadis(entry, line)


def _of_datadis(entry: Any, line: int) -> Reported:
    try:
        given = entry.get("surplusEnergyKWh")
        return Reported(
            line,
            cells.cups(entry["cups"], line),
            Clocked(cells.day(entry["date"], line), cells.end_minute(entry["time"], line)),
            cells.number(str(entry["consumptionKWh"]), line, "consumptionKWh"),
            None if given is None else cells.number(str(given), line, "surplusEnergyKWh"),
            estimated=cells.estimated(entry.get("obtainMethod"), line),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise refused(f"entry {line} is not of that form", valid=VALID) from error


def _of_ufd(items: list[Any], supply_point: str) -> Iterator[Reported]:
    line = 0
    for item in items:
        try:
            day = cells.day(item["periodStartDate"], line + 1)
            values = [str(value["consumptionValue"]) for value in item["consumptions"]["items"]]
        except (KeyError, TypeError, AttributeError) as error:
            raise refused(f"the day after entry {line} is not of that form", valid=VALID) from error
        for value in values:
            line += 1
            yield Reported(line, supply_point, Numbered(day, None), cells.number(value, line, "consumptionValue"))
