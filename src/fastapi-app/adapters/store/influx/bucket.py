"""How a bucket keeps its points: for how long, and in shards of what length. Pure.

2.x tells it at `/api/v2/buckets`, 1.x by `SHOW RETENTION POLICIES`. A history must not be forgotten, and a shard for each week of
years of it costs memory and open files: 641 of them 815 MB at their peak, 15 of a year each 234 MB.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from adapters.store.influx.query import Question, quoted
from domain.errors import StoreUnavailableError

YEAR_S: Final = 52 * 7 * 86_400
"""The length of a shard that suits some hundred points a day."""
_UNITS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


@dataclass(frozen=True, slots=True)
class Keeping:
    """For how long points are kept (0: for ever) and how long a shard is [s]. `name` is the id of a bucket of 2.x, or the name of a
    policy of 1.x.
    """

    name: str
    retention_s: float
    shard_s: float
    is_policy: bool

    def mend_retention(self, bucket: str) -> str:
        """What a person types so that nothing is forgotten."""
        if self.is_policy:
            return f"ALTER RETENTION POLICY {quoted(self.name)} ON {quoted(bucket)} DURATION INF"
        return f"influx bucket update --id {self.name} --retention 0"

    def mend_shards(self, bucket: str) -> str:
        """What a person types so that new shards hold a year."""
        if self.is_policy:
            return f"ALTER RETENTION POLICY {quoted(self.name)} ON {quoted(bucket)} SHARD DURATION 52w"
        return f"influx bucket update --id {self.name} --retention 0 --shard-group-duration 52w"


def policies_question(bucket: str) -> Question:
    """The retention policies of a database of 1.x."""
    return Question(f"SHOW RETENTION POLICIES ON {quoted(bucket)}", {})


def year_shards_question(bucket: str, policy: str) -> Question:
    """Gives the shards that a policy of 1.x makes from now on the length of a year."""
    return Question(f"ALTER RETENTION POLICY {quoted(policy)} ON {quoted(bucket)} SHARD DURATION 52w", {})


def measurements_question() -> Question:
    """What the bucket holds, ours or not."""
    return Question("SHOW MEASUREMENTS", {})


def year_shards_body() -> bytes:
    """The same for a bucket of 2.x, as the body of a PATCH."""
    rule = {"type": "expire", "everySeconds": 0, "shardGroupDurationSeconds": YEAR_S}
    return json.dumps({"retentionRules": [rule]}).encode()


def bucket_of(answer: bytes, name: str) -> Keeping | None:
    """Of an answer of `/api/v2/buckets`; None where the token may not see the bucket."""
    try:
        found = next((bucket for bucket in json.loads(answer)["buckets"] if bucket["name"] == name), None)
        if found is None:
            return None
        rule: dict[str, Any] = next(iter(found.get("retentionRules") or []), {})
        return Keeping(str(found["id"]), float(rule.get("everySeconds", 0)), float(rule.get("shardGroupDurationSeconds", 0)), False)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise StoreUnavailableError(f"InfluxDB answered what describes no bucket: {answer[:200]!r}") from error


def policy_of(answer: bytes) -> Keeping | None:
    """The default policy of an answer to `policies_question`; None where there is none."""
    try:
        (entry,) = json.loads(answer)["results"][0]["series"]
        rows = [dict(zip(entry["columns"], row, strict=True)) for row in entry["values"]]
        chosen = next((row for row in rows if row["default"]), None)
        if chosen is None:
            return None
        return Keeping(str(chosen["name"]), seconds_of(chosen["duration"]), seconds_of(chosen["shardGroupDuration"]), True)
    except (ValueError, TypeError, LookupError) as error:
        raise StoreUnavailableError(f"InfluxDB answered what describes no policy: {answer[:200]!r}") from error


def seconds_of(text: str) -> float:
    """Of a duration as Go writes it: 168h0m0s."""
    return sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"([\d.]+)(h|ms|m|s|us|µs|ns)", text))


def measurements_of(answer: bytes) -> frozenset[str]:
    """The names in an answer to `measurements_question`."""
    try:
        series = json.loads(answer)["results"][0].get("series") or []
        return frozenset(str(row[0]) for entry in series for row in entry["values"])
    except (ValueError, TypeError, LookupError) as error:
        raise StoreUnavailableError(f"InfluxDB answered what names no measurements: {answer[:200]!r}") from error
