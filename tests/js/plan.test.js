// What is asked of the plan: requests of the forms, times of Madrid, the token.

import assert from "node:assert/strict";
import { test } from "node:test";

import { snapped } from "../../src/fastapi-app/static/js/drag.js";
import { ganttLayout } from "../../src/fastapi-app/static/js/gantt.js";
import { makeFormat } from "../../src/fastapi-app/static/js/format.js";
import { blockName } from "../../src/fastapi-app/static/js/marks.js";
import { downOf } from "../../src/fastapi-app/static/js/model.js";
import { makeKeys, makeSend, whileDisabled } from "../../src/fastapi-app/static/js/send.js";
import { confirmedOf } from "../../src/fastapi-app/static/js/shift.js";
import { localValue, outcome, requestOf, wishText } from "../../src/fastapi-app/static/js/wishes.js";

const TEXTS = {
  "quality.standard": "estándar", "stage.mixing": "Mezclado", "stage.all": "Todas", "wish.forbidden": "Horas prohibidas",
  locale: "es-ES", "date.short": "{weekday} {day}", "batch.named": "{quality} {number} ({day})",
  "edit.done": "Hecho. {cost}.", "edit.clash": "No cabe:", "edit.computing": "Se calcula.", "edit.no_plan": "Sin plan:",
};
const es = makeFormat("es", TEXTS);

test("a time goes into a field as the clocks of Madrid show it", () => {
  assert.equal(localValue(Date.parse("2026-03-18T23:15:00Z")), "2026-03-19T00:15");
  assert.equal(localValue(Date.parse("2026-07-01T05:00:00Z")), "2026-07-01T07:00");
});

test("a stage moves by quarters of an hour", () => {
  assert.equal(snapped(Date.parse("2026-03-18T10:08:00Z")), Date.parse("2026-03-18T10:15:00Z"));
  assert.equal(snapped(Date.parse("2026-03-18T10:07:00Z")), Date.parse("2026-03-18T10:00:00Z"));
});

test("each form makes its own request and leaves empty fields out", () => {
  const times = { start: "2026-03-19T06:00", end: "2026-03-19T08:00" };
  assert.deepEqual(requestOf("pin", { quality: "standard", stage: "mixing", start: times.start }), ["/plan/wishes", { kind: "pin", quality: "standard", stage: "mixing", start: times.start }]);
  assert.deepEqual(requestOf("forbidden", { stage: "", ...times }), ["/plan/wishes", { kind: "forbidden", ...times }]);
  assert.deepEqual(requestOf("machine_down", { machine: "conching-2", ...times }), ["/plan/wishes", { kind: "machine_down", stage: "conching", unit: 2, ...times }]);
  assert.deepEqual(requestOf("machine_down", { machine: "mixing", ...times }), ["/plan/wishes", { kind: "machine_down", stage: "mixing", ...times }]);
  assert.deepEqual(requestOf("report", { batch: "20260319-standard-1", stage: "mixing", start: times.start }), ["/plan/actuals", { batch_id: "20260319-standard-1", stages: [{ stage: "mixing", start: times.start }] }]);
  assert.deepEqual(requestOf("report", { batch: "20260319-standard-1", not_made: "1" }), ["/plan/actuals", { batch_id: "20260319-standard-1", made: false }]);
});

test("a batch is named by quality, number and day; on a small block by its number; an unknown name stays", () => {
  const batch = { id: "20260319-standard-1", name: { quality: "standard", day: "2026-03-19", number: 1 } };
  assert.equal(es.batch(batch), "estándar 1 (jue 19)");
  assert.equal(es.batch({ id: "L3", name: null }), "L3");
  assert.equal(blockName(batch, 200, es), "estándar 1 (jue 19)");
  assert.equal(blockName(batch, 40, es), "1");
  assert.equal(blockName(batch, 10, es), "");
});

test("a wish and what came of it are sentences", () => {
  const wish = { kind: "forbidden", stage: null, start: "2026-03-19T17:00:00+00:00", end: "2026-03-19T21:00:00+00:00" };
  assert.equal(wishText(wish, es), "Horas prohibidas: Todas, jue 19 18:00–jue 19 22:00");
  assert.equal(outcome({ wish: { text: { es: "Cuesta 2 €." } }, plan: { state: "done", objective_eur: 351.2, clash: null } }, es), "Hecho. 351\u00a0€. Cuesta 2 €.");
  assert.equal(outcome({ plan: { state: "done", objective_eur: null, clash: { text: { es: "Faltan horas." } } } }, es), "No cabe: Faltan horas.");
  assert.equal(outcome({ plan: { state: "computing" } }, es), "Se calcula.");
  assert.equal(outcome({ plan: { state: "not_known", reason: "no price" } }, es), "Sin plan: no price");
});

function serviceWith(token) {
  const asked = [];
  const kept = new Map();
  const storage = { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value), removeItem: (name) => kept.delete(name) };
  const fetcher = async (path, { headers }) => {
    const ok = headers["X-API-Token"] === token;
    asked.push([path, headers["X-API-Token"] ?? null]);
    return { ok, status: ok ? 200 : 401, json: async () => (ok ? { done: true } : { detail: "send the token" }) };
  };
  return { asked, kept, storage, fetcher };
}

test("the token is asked for once and kept for the visit", async () => {
  const service = serviceWith("right");
  let questions = 0;
  const send = makeSend({ ...service, askToken: async () => { questions += 1; return "right"; } });
  assert.deepEqual(await send("POST", "/plan/wishes", {}), { done: true });
  assert.deepEqual(await send("POST", "/plan/wishes", {}), { done: true });
  assert.equal(questions, 1);
  assert.deepEqual(service.asked, [["/plan/wishes", null], ["/plan/wishes", "right"], ["/plan/wishes", "right"]]);
});

test("a wrong token is not kept, and its refusal is told", async () => {
  const service = serviceWith("right");
  const send = makeSend({ ...service, askToken: async () => "wrong" });
  await assert.rejects(send("POST", "/plan/wishes", {}), { message: "send the token" });
  assert.equal(service.kept.size, 0);
});

test("without a token nothing is changed", async () => {
  const send = makeSend({ ...serviceWith("right"), askToken: async () => "" });
  assert.equal(await send("POST", "/plan/wishes", {}), null);
});

test("what was sent keeps its key until it is answered", async () => {
  const sent = [];
  const answers = [new Error("lost"), { status: 503 }, { status: 201 }, { status: 201 }];
  const fetcher = async (_path, { headers }) => {
    sent.push(headers["Idempotency-Key"]);
    const next = answers.shift();
    if (next instanceof Error) throw next;
    return { ...next, ok: next.status < 400, json: async () => ({}) };
  };
  let number = 0;
  const send = makeSend({ fetcher, askToken: async () => "", storage: { getItem: () => null }, keys: makeKeys(() => `k${number += 1}`) });
  await assert.rejects(send("POST", "/plan/wishes", { kind: "pin" }));
  await assert.rejects(send("POST", "/plan/wishes", { kind: "pin" }));
  await send("POST", "/plan/wishes", { kind: "pin" });
  await send("POST", "/plan/wishes", { kind: "pin" });
  assert.deepEqual(sent, ["k1", "k1", "k1", "k2"]);
});

test("a button is disabled while what it sends is on its way", async () => {
  const button = { disabled: false };
  const seen = [];
  await assert.rejects(whileDisabled(button, async () => { seen.push(button.disabled); throw new Error("no"); }));
  assert.deepEqual([...seen, button.disabled], [true, false]);
});

test("a tap at the end of a shift says up to when, and what was otherwise", () => {
  assert.deepEqual(confirmedOf("2026-10-05T20:00:00+00:00", []), { until: "2026-10-05T20:00:00+00:00" });
  assert.deepEqual(confirmedOf("2026-10-05T20:00:00+00:00", ["a"]), { until: "2026-10-05T20:00:00+00:00", but: ["a"] });
});

test("a machine that is down has a row of its own, in the order of the stages, to the end that is known or that of the plan", () => {
  const at = (hour) => Date.parse(`2026-03-19T${hour}:00:00Z`);
  const stages = [["mixing", "mixing", "06"], ["conching", "conching-1", "09"]].map(([stage, unit, hour]) => ({ batch: "a", stage, unit, start: at(hour), end: at(hour) + 3_600_000 }));
  const told = { floor: { down: [
    { stage: "conching", unit: "conching-2", machine: 2, since: "2026-03-19T07:00:00Z", until: null },
    { stage: "mixing", unit: "mixing", machine: null, since: "2026-03-19T08:00:00Z", until: "2026-03-19T09:30:00Z" },
  ] } };
  const down = downOf(told, at("12"));
  assert.deepEqual(down.map(({ start, end }) => [start, end]), [[at("07"), at("12")], [at("08"), at("09") + 1_800_000]]);
  const layout = ganttLayout(stages, at("06"), 900, down);
  assert.deepEqual(layout.units, ["mixing", "conching-1", "conching-2"]);
  assert.equal(layout.machines.get("conching-2").machine, 2);
  assert.deepEqual(downOf({ floor: null }, 0), []);
});
