// What a form of the plant changes.

import assert from "node:assert/strict";
import test from "node:test";

import { DAYS, changesOf, figuresOf, isOf, limitOf } from "../../src/fastapi-app/static/js/plant.js";

const demand = Object.fromEntries(DAYS.map((day) => [day, {}]));
const PLANT = {
  qualities: ["dark", "milk.70"], demand: { ...demand, monday: { dark: 2 } },
  stages: [{ name: "mix", units: 1, power_kw: 10, minutes: { dark: 15, "milk.70": 30 } }],
  shifts: [{ days: ["monday"], start: "06:00", end: "14:00" }],
  contract: { power_kw: { P1: 100 } }, price: { basis: "indexed", fee_eur_per_kwh: 0.008, fixed_eur_per_kwh: {} },
};
const place = (...way) => JSON.stringify(way);

test("nothing is sent of what is as it was", () => {
  assert.deepEqual(changesOf(PLANT, figuresOf(PLANT), PLANT.shifts), {});
  assert.deepEqual(changesOf(PLANT, new Map(), PLANT.shifts), {});
});

test("what differs is sent at its place, a demand that was none too", () => {
  const typed = new Map([[place("stages", "mix", "minutes", "milk.70"), 45], [place("demand", "sunday", "dark"), 1], [place("contract", "power_kw", "P1"), 100]]);
  assert.deepEqual(changesOf(PLANT, typed, PLANT.shifts), { stages: { mix: { minutes: { "milk.70": 45 } } }, demand: { sunday: { dark: 1 } } });
});

test("shifts are sent whole when one of them differs", () => {
  const later = [{ ...PLANT.shifts[0], end: "15:00" }];
  assert.deepEqual(changesOf(PLANT, new Map(), later), { shifts: later });
});

test("a fee is a field where the price has one", () => {
  assert.ok(figuresOf(PLANT).has(place("price", "fee_eur_per_kwh")));
  assert.ok(!figuresOf({ ...PLANT, price: { ...PLANT.price, basis: "fixed" } }).has(place("price", "fee_eur_per_kwh")));
});

test("a figure has the limit of its kind", () => {
  const limits = { "stages.power_kw": 1, "stages.minutes": 2, "contract.power_kw": 3, "price.fee_eur_per_kwh": 4, demand: 5 };
  const of = (...way) => limitOf(limits, place(...way));
  assert.deepEqual([of("stages", "mix", "power_kw"), of("stages", "mix", "minutes", "dark"), of("contract", "power_kw", "P1"), of("price", "fee_eur_per_kwh"), of("demand", "monday", "dark")], [1, 2, 3, 4, 5]);
});

test("a fault is of its field, or of every field of its table", () => {
  assert.ok(isOf("stages.mix.power_kw", place("stages", "mix", "power_kw")));
  assert.ok(isOf("contract.power_kw", place("contract", "power_kw", "P3")));
  assert.ok(!isOf("stages.mix.power", place("stages", "mix", "power_kw")));
});
