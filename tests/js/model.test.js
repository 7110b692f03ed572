import assert from "node:assert/strict";
import { test } from "node:test";
import { stageBox, ganttLayout, unitsOf } from "../../src/fastapi-app/static/js/gantt.js";
import { flipOf } from "../../src/fastapi-app/static/js/hour.js";
import { classesOf, dayOf, downOf, holes, lanesOf, slotsOf, stagesOf } from "../../src/fastapi-app/static/js/model.js";
import { dayAddress } from "../../src/fastapi-app/static/js/dayform.js";
import { daysModel, readable } from "../../src/fastapi-app/static/js/days.js";
import { HOUR } from "../../src/fastapi-app/static/js/time.js";
import { cellBox, shadeOf, weekCells } from "../../src/fastapi-app/static/js/week.js";

const iso = (ms) => new Date(ms).toISOString();
const slot = (start, price = 0.1) => ({ start: iso(start), end: iso(start + HOUR), price_eur_kwh: price, period: "P1" });
const NOON = Date.parse("2026-11-18T12:00:00Z");
const stage = (name, unit, from, to) => ({ stage: name, unit, start: iso(NOON + from * HOUR), end: iso(NOON + to * HOUR), energy_kwh: 1, cost_eur: 1 });

test("a slot without a price is no slot, and never one of price 0", () => {
  assert.deepEqual(slotsOf({ slots: [slot(NOON, null), slot(NOON + HOUR, 0)] }).map(({ value }) => value), [0]);
  assert.deepEqual(slotsOf(null), []);
});

test("holes are what no slot covers, at the ends and inside", () => {
  const slots = [{ start: 2, end: 3 }, { start: 5, end: 6 }];
  assert.deepEqual(holes(slots, 0, 8), [{ start: 0, end: 2 }, { start: 3, end: 5 }, { start: 6, end: 8 }]);
  assert.deepEqual(holes([], 0, 8), [{ start: 0, end: 8 }]);
  assert.deepEqual(holes([{ start: 0, end: 8 }], 0, 8), []);
});

test("the quarters of an hour have the class of the hour", () => {
  const classes = classesOf({ week: { days: [{ hours: [{ ...slot(NOON), production_class: "Optimal" }] }] } });
  const day = dayOf({ date: "2026-11-18", slots: [{ ...slot(NOON), start: iso(NOON + HOUR / 2) }] }, classes);
  assert.equal(day.slots[0].cls, "optimal");
});

test("the forecast shows only where nothing is published", () => {
  const forecast = { hours: [{ ...slot(NOON), origin: "forecast", p10: 0.1, p50: 0.2, p90: 0.3 }, { ...slot(NOON + HOUR), origin: "forecast", p10: 0.1, p50: 0.2, p90: 0.3 },
    { ...slot(NOON + 2 * HOUR), origin: "published", p10: 0.1, p50: 0.2, p90: 0.3 }] };
  const doc = { week: null, plan: null, forecast, prices: { today: { date: "2026-11-18", slots: [slot(NOON)] }, tomorrow: { date: "2026-11-19", slots: [] } } };
  assert.deepEqual(daysModel(doc).days[0].forecast.map(({ start }) => start), [NOON + HOUR]);
});

test("batches that overlap stand in lanes of their own", () => {
  const plan = { batches: [[0, 4], [1, 2], [2, 5], [4, 6]].map(([from, to], i) => ({ id: `L${i}`, quality: "standard", stages: [stage("mixing", "mixing", from, to)] })) };
  assert.deepEqual(lanesOf(plan, NOON, NOON + 24 * HOUR).map(({ batch, lane }) => [batch.id, lane]), [["L0", 0], ["L1", 1], ["L2", 1], ["L3", 0]]);
  assert.deepEqual(lanesOf(null, 0, 1), []);
});

test("machines come in the order of the stages, then by number", () => {
  const chain = (unit) => [stage("mixing", "mixing", 0, 1), stage("conching", unit, 1, 2), stage("tempering", "tempering", 2, 3)];
  const stages = stagesOf({ batches: [{ id: "L1", stages: chain("conching-2") }, { id: "L2", stages: chain("conching-1") }] });
  assert.deepEqual(unitsOf(stages), ["mixing", "conching-1", "conching-2", "tempering"]);
  const layout = ganttLayout(stages, NOON, 300);
  assert.equal(stageBox(stages[0], layout).x, layout.x(NOON));
});

test("the two equal hours of the autumn day share a column", () => {
  const start = Date.parse("2025-10-25T22:00:00Z");
  const hours = Array.from({ length: 25 }, (_, i) => slot(start + i * HOUR));
  const cells = weekCells({ days: [{ date: "2025-10-26", hours }] });
  assert.deepEqual(cells.slice(1, 5).map(({ column, part, width }) => [column, part, width]), [[1, 0, 1], [2, 0, 0.5], [2, 0.5, 0.5], [3, 0, 1]]);
  assert.equal(cellBox(cells[3], { step: 20 }).x - cellBox(cells[2], { step: 20 }).x, 10);
});

test("shades run from the cheapest to the dearest, and an unknown value has none", () => {
  assert.deepEqual([0, 0.1, 0.2].map((value) => shadeOf(value, 0, 0.2)), [0, 4, 8]);
  assert.equal(shadeOf(null, 0, 0.2), null);
  assert.equal(shadeOf(undefined, 0, 0.2), null);
});

test("the nearest price at which the class would change", () => {
  const changes = { below: { production_class: "optimal", price_eur_kwh: 0.08 }, above: { production_class: "reduced", price_eur_kwh: 0.12 } };
  assert.deepEqual(flipOf({ price_eur_kwh: 0.09, class_changes: changes }), { name: "optimal", limit: 0.08, side: "below" });
  assert.deepEqual(flipOf({ price_eur_kwh: 0.115, class_changes: changes }), { name: "reduced", limit: 0.12, side: "above" });
  assert.deepEqual(flipOf({ price_eur_kwh: 0.2, class_changes: { below: changes.above, above: null } }), { name: "reduced", limit: 0.12, side: "below" });
  assert.equal(flipOf({ price_eur_kwh: 0.1, class_changes: null }), null);
  assert.equal(flipOf({ price_eur_kwh: null, p50: 0.1 }), null);
});

test("reading goes on into the forecast where nothing is published yet", () => {
  const forecast = { hours: [1, 2].map((at) => ({ ...slot(NOON + at * HOUR, null), origin: "forecast", p10: 0.1, p50: 0.2, p90: 0.3 })) };
  const doc = { week: null, plan: null, forecast, prices: { today: { date: "2026-11-18", slots: [{ ...slot(NOON), origin: "published" }] }, tomorrow: { date: "2026-11-19", slots: [] } } };
  const plain = (value) => String(value);
  const format = { shortDay: plain, span: plain, price: plain, percent: plain, withUnit: plain, word: (_, name) => name, t: (_, { p50, p10, p90 }) => `${p50}: ${p10} to ${p90}` };
  const items = readable(daysModel(doc), format);
  assert.deepEqual(items.map(({ slot: { start } }) => start), [NOON, NOON + HOUR, NOON + 2 * HOUR]);
  assert.match(items[2].text, /0.2: 0.1 to 0.3 · forecast/);
});

test("a day from the calendar has the address of its view; the plan is looked at in the morning", () => {
  const where = { today: "2026-11-23", lang: "es" };
  assert.equal(dayAddress("plan", "2026-11-22", where), "/dashboard?lang=es&at=2026-11-22T06:00#plan");
  assert.equal(dayAddress("money", "2026-11-22", where), "/dashboard?lang=es&at=2026-11-22#money");
  assert.equal(dayAddress("prices", "2026-11-23", where), "/dashboard?lang=es#prices");
});

test("a machine that was asked to be down is drawn as one that was said to be", () => {
  const batches = [{ id: "L1", stages: [{ ...stage("conching", "conching-1", 0, 1), machine: 1 }, { ...stage("mixing", "mixing", 1, 2), machine: null }] }];
  const wish = { kind: "machine_down", start: iso(NOON), end: iso(NOON + 2 * HOUR) };
  const wishes = [{ ...wish, stage: "conching", unit: 2 }, { ...wish, stage: "mixing" }, { ...wish, kind: "forbidden", stage: "mixing" }];
  const doc = { plan: { batches, wishes }, floor: { down: [{ unit: "tempering", stage: "tempering", machine: null, since: iso(NOON), until: null }] } };
  assert.deepEqual(downOf(doc, NOON + 9 * HOUR).map(({ unit, machine, start, end }) => [unit, machine, (end - start) / HOUR]), [["tempering", null, 9], ["conching-2", 2, 2], ["mixing", null, 2]]);
  assert.deepEqual(downOf({ plan: null, floor: null }, 0), []);
});
