// Which view an address opens, and what a machine does at an instant.

import assert from "node:assert/strict";
import test from "node:test";

import { places } from "../../src/fastapi-app/static/js/machines.js";
import { viewOf } from "../../src/fastapi-app/static/js/views.js";

const NAMES = ["now", "plan", "prices"];
const holderOf = (id) => ({ weather: "prices" })[id];

test("an address opens its view, the view that holds its section, all, or the first", () => {
  assert.equal(viewOf("#plan", NAMES, holderOf), "plan");
  assert.equal(viewOf("#weather", NAMES, holderOf), "prices");
  assert.equal(viewOf("#all", NAMES, holderOf), "all");
  for (const hash of ["", "#", "#nothing", "#constructor"]) assert.equal(viewOf(hash, NAMES, (id) => (id === "weather" ? "prices" : undefined)), "now");
});

test("an address that cannot be read opens the first view", () => {
  assert.equal(viewOf("#%E0%A4%A", NAMES, holderOf), "now");
});

test("a run is on from its start up to but not at its end, the first to come is next", () => {
  const runs = [{ start: 0, end: 10 }, { start: 10, end: 20 }, { start: 30, end: 40 }, { start: 50, end: 60 }];
  assert.deepEqual(places(runs, 10), ["over", "on", "next", "later"]);
  assert.deepEqual(places(runs, 20), ["over", "over", "next", "later"]);
  assert.deepEqual(places(runs, 60), ["over", "over", "over", "over"]);
});
