import assert from "node:assert/strict";
import { test } from "node:test";
import { HOUR, hourTicks, madrid, midnight, nextDate } from "../../src/fastapi-app/static/js/time.js";

const hours = (date) => (midnight(nextDate(date)) - midnight(date)) / HOUR;

test("Madrid days have 23, 24 and 25 hours", () => {
  assert.deepEqual([hours("2025-03-30"), hours("2025-03-31"), hours("2025-10-26"), hours("2025-10-27")], [23, 24, 25, 24]);
});

test("midnight of a summer day is 22:00 UTC and of a winter day 23:00 UTC of the day before", () => {
  assert.equal(new Date(midnight("2026-07-01")).toISOString(), "2026-06-30T22:00:00.000Z");
  assert.equal(new Date(midnight("2026-01-01")).toISOString(), "2025-12-31T23:00:00.000Z");
});

test("the next date passes months and years", () => {
  assert.deepEqual(["2026-02-28", "2028-02-28", "2026-12-31"].map(nextDate), ["2026-03-01", "2028-02-29", "2027-01-01"]);
});

test("the wall clock of an instant", () => {
  assert.deepEqual(madrid(Date.parse("2026-11-18T23:05:09Z")), { date: "2026-11-19", hour: 0, minute: 5, second: 9 });
});

test("ticks stand at whole hours of the wall clock; the repeated hour has one, the missing hour none", () => {
  const ticks = (date) => hourTicks(midnight(date), midnight(nextDate(date)), 1).map(({ hour }) => hour);
  const all = Array.from({ length: 24 }, (_, hour) => hour);
  assert.deepEqual(ticks("2025-10-26"), all);
  assert.deepEqual(ticks("2025-03-30"), all.filter((hour) => hour !== 2));
  assert.deepEqual(hourTicks(midnight("2026-11-18"), midnight("2026-11-19"), 6).map(({ hour }) => hour), [0, 6, 12, 18]);
});
