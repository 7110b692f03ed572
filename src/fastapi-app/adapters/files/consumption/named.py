"""Files whose first line names their columns: Datadis, the form of the CNMC, e-distribución, i-DE. Columns go by name."""

import csv
import io
from collections.abc import Collection, Iterator, Mapping

from adapters.files.consumption import cells
from adapters.files.csv.text import refused
from domain.intake.consumption import Clocked, Flagged, Numbered, Reported
from domain.intake.consumption import refused as refused_at

TAKEN: Mapping[str, int] = {"CONSUMO_KWH": 1, "AE_KWH": 1, "CONSUMO KWH": 1, "CONSUMO WH": 1000}
"""Column of what was taken -> how many of its unit make a kWh. `AE` is active energy that comes in."""
GIVEN: Mapping[str, int] = {"ENERGIA_VERTIDA_KWH": 1, "AS_KWH": 1, "GENERACION KWH": 1, "GENERACION WH": 1000}
METHODS = ("METODO_OBTENCION", "REAL/ESTIMADO", "METODO OBT.")
REACTIVE = ("R1_KVARH", "R2_KVARH", "R3_KVARH", "R4_KVARH")
VALID = (
    "CUPS;Fecha;Hora;Consumo_kWh;Metodo_obtencion (Datadis, CNMC), CUPS;Fecha;Hora;AE_kWh;AS_KWh;...;REAL/ESTIMADO (e-distribución)"
    " or CUPS;FECHA-HORA;INV / VER;...;CONSUMO Wh (i-DE)"
)


def is_named(header: str) -> bool:
    """Whether a first line names columns, and the first of them is the supply point."""
    return header.upper().replace(",", ";").split(";")[0].strip() == "CUPS"


def read(text: str) -> Iterator[Reported]:
    """The rows of a file with names."""
    delimiter = ";" if ";" in text.split("\n", 1)[0] else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    names = [name.strip().upper() for name in next(reader)]
    taken, given, method = _first(names, TAKEN), _first(names, GIVEN), _first(names, METHODS)
    if taken is None or not ({"FECHA", "HORA"} <= set(names) or {"FECHA-HORA", "INV / VER"} <= set(names)):
        raise refused(f"columns that are not known: {'; '.join(names)[:200]}", valid=VALID)
    needed = max(index for index, name in enumerate(names) if name) + 1
    for row in reader:
        if not any(map(str.strip, row)):
            continue
        line = reader.line_num
        if len(row) < needed:
            raise refused_at(line, f"{len(row)} cells for {needed} columns", len(row), "a cell for each column")
        cell = dict(zip(names, row, strict=False))
        yield Reported(
            line,
            cells.cups(cell["CUPS"], line),
            _label(cell, line),
            cells.number(cell[taken], line, taken, TAKEN[taken]),
            None if given is None else cells.optional(cell[given], line, given, GIVEN[given]),
            tuple(cells.optional(cell.get(name), line, name) for name in REACTIVE),
            cells.estimated(cell[method] if method else None, line),
        )


def _first(names: list[str], known: Collection[str]) -> str | None:
    return next((name for name in names if name in known), None)


def _label(cell: Mapping[str, str], line: int) -> Clocked | Numbered | Flagged:
    if "FECHA-HORA" in cell:
        return Flagged(cells.instant(cell["FECHA-HORA"], line), cells.summer(cell["INV / VER"], line))
    day, hour = cells.day(cell["FECHA"], line), cell["HORA"].strip()
    if ":" in hour:
        return Clocked(day, cells.end_minute(hour, line))
    if not hour.isdecimal() or not 1 <= int(hour) <= 100:
        raise refused_at(line, "no hour", hour[:40], "1 to 25 or 01:00 to 24:00")
    return Numbered(day, int(hour))
