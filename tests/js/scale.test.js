import assert from "node:assert/strict";
import { test } from "node:test";
import { bandPath, digitsOf, linear, niceTicks, priceDomain, runs, stepPath } from "../../src/fastapi-app/static/js/scale.js";

const same = (value) => value;

test("a linear scale maps the ends of its domain to those of its range", () => {
  const y = linear([0, 0.2], [200, 0]);
  assert.deepEqual([y(0), y(0.1), y(0.2)], [200, 100, 0]);
  assert.equal(linear([5, 5], [10, 20])(5), 10);
});

test("ticks are round, cover the values, and are exact decimals", () => {
  assert.deepEqual(niceTicks(0, 0.187, 4), [0, 0.05, 0.1, 0.15, 0.2]);
  assert.deepEqual(niceTicks(0, 6, 4), [0, 2, 4, 6]);
  assert.deepEqual(niceTicks(-3, 17, 4), [-5, 0, 5, 10, 15, 20]);
});

test("never more than seven ticks for the counts that the charts ask for", () => {
  for (let high = 0.03; high < 5000; high *= 1.37) assert.ok(niceTicks(0, high, 4).length <= 7, String(high));
});

test("labels have as many decimals as the step needs", () => {
  assert.deepEqual([digitsOf([0, 0.05]), digitsOf([0, 0.1]), digitsOf([0, 5]), digitsOf([0, 0.002])], [2, 1, 0, 3]);
});

test("a lowest price just under zero adds no empty step below", () => {
  const { low, ticks } = priceDomain([-0.001, 0.18]);
  assert.ok(low < 0 && low > -0.002);
  assert.deepEqual(ticks, [0, 0.05, 0.1, 0.15, 0.2]);
});

test("a hole in the slots is a hole in the line", () => {
  const slots = [{ start: 0, end: 1, value: 5 }, { start: 1, end: 2, value: 6 }, { start: 3, end: 4, value: 7 }];
  assert.equal(stepPath(slots, same, same), "M0 5H1L1 6H2M3 7H4");
});

test("a band is an area for each slot", () => {
  assert.equal(bandPath([{ start: 0, end: 2, low: 1, high: 3 }], same, same, (slot) => slot.low, (slot) => slot.high), "M0 3H2V1H0Z");
});

test("runs join neighbours of a kind, not those on both sides of a hole", () => {
  const slots = [{ start: 0, end: 1, k: "a" }, { start: 1, end: 2, k: "a" }, { start: 2, end: 3, k: "b" }, { start: 4, end: 5, k: "b" }];
  assert.deepEqual(runs(slots, ({ k }) => k).map(({ start, end, kind }) => [start, end, kind]), [[0, 2, "a"], [2, 3, "b"], [4, 5, "b"]]);
});
