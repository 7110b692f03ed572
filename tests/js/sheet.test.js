// What can be said of a machine where it stands, and the events that it makes.

import assert from "node:assert/strict";
import test from "node:test";

import { actionsOf, eventOf } from "../../src/fastapi-app/static/js/sheet.js";

const kinds = (...given) => actionsOf(...given).map(({ kind, batch, hours }) => [kind, batch, hours].filter((one) => one !== undefined).join(" ").trim());
const DOWN = ["machine_down 1", "machine_down 2", "machine_down 4", "machine_down"];

test("what can be said follows from how the machine stands", () => {
  assert.deepEqual(kinds({ state: "free", batch: null }, undefined, "b"), ["began b", ...DOWN]);
  assert.deepEqual(kinds({ state: "free", batch: null }, undefined, undefined), DOWN);
  assert.deepEqual(kinds({ state: "busy", batch: "a" }, "running", "b"), ["ended a", "interrupted a", "spoiled a", ...DOWN]);
  assert.deepEqual(kinds({ state: "busy", batch: "a" }, "interrupted", "b"), ["resumed a", "spoiled a", ...DOWN]);
  assert.deepEqual(kinds({ state: "held", batch: "a" }, "done", "b"), ["spoiled a", ...DOWN]);
  assert.deepEqual(kinds({ state: "down", batch: "a" }, "interrupted", "b"), ["machine_up"]);
});

test("an event names its machine, its batch, and a whole minute for its end", () => {
  const machine = { stage: "conching", unit: 2 };
  const now = Date.parse("2026-10-05T06:23:41Z");
  assert.deepEqual(eventOf({ kind: "ended", batch: "a" }, machine, now), { kind: "ended", batch: "a", stage: "conching", unit: 2 });
  assert.deepEqual(eventOf({ kind: "machine_down", hours: 2 }, machine, now), { kind: "machine_down", stage: "conching", unit: 2, until: "2026-10-05T08:23:00.000Z" });
  assert.deepEqual(eventOf({ kind: "machine_down", hours: null }, machine, now), { kind: "machine_down", stage: "conching", unit: 2 });
});
