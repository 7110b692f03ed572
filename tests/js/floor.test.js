// What is told of the floor: the events of the form, the order of the batches, what came of it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { eventOf, inOrder, machineName, told } from "../../src/fastapi-app/static/js/floor.js";

test("an event says what was typed and nothing else", () => {
  const typed = { batch: "b", machine: "conching-2", at: "", until: "", kg: "" };
  assert.deepEqual(eventOf({ kind: "began", ...typed }), { kind: "began", batch: "b" });
  assert.deepEqual(eventOf({ kind: "spoiled", ...typed, kg: "40", at: "2026-10-05T06:23" }), { kind: "spoiled", batch: "b", at: "2026-10-05T06:23", kg: 40 });
  assert.deepEqual(eventOf({ kind: "machine_down", ...typed, until: "2026-10-05T12:00" }), { kind: "machine_down", unit: "conching-2", until: "2026-10-05T12:00" });
  assert.deepEqual(eventOf({ kind: "nobody", ...typed }), { kind: "nobody" });
});

test("a machine has the name that the plan gives it", () => {
  const machines = [{ stage: "mixing", unit: 1 }, { stage: "conching", unit: 1 }, { stage: "conching", unit: 2 }];
  assert.deepEqual(machines.map((one) => machineName(one, machines)), ["mixing", "conching-1", "conching-2"]);
});

test("what is under way comes first, what ended is still there, what no plan has any more is not", () => {
  const states = ["finished", "planned", "withdrawn", "spoiled", "waiting", "under_way"];
  const batches = states.map((state, n) => ({ id: String(n), state, start: "2026-10-05" }));
  assert.deepEqual(inOrder(batches).map((batch) => batch.state), ["under_way", "waiting", "planned", "finished", "spoiled"]);
});

test("what came of it", () => {
  const words = { t: (key, figures) => `${key} ${Object.values(figures ?? {}).join(" ")}`.trim(), number: String };
  assert.equal(told({ late: [], plan_id: "a" }, words), "floor.done");
  assert.equal(told({ late: [], plan_id: null }, words), "edit.computing");
  assert.equal(told({ late: [{ order: "a", by_minutes: 90 }, { order: "b", by_minutes: null }], plan_id: "a" }, words), "floor.late 2 1.5");
});
