// What the browser writes, by the examples that the server is held to as well.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { makeFormat } from "../../src/fastapi-app/static/js/format.js";

const { examples, texts } = JSON.parse(readFileSync(new URL("../fixtures/formats.json", import.meta.url), "utf8"));

function written(format, { kind, value, digits, unit }) {
  const parsed = (instant) => Date.parse(instant);
  switch (kind) {
    case "number": return format.number(value, digits);
    case "price": return format.price(value);
    case "euros": return format.euros(value, digits);
    case "percent": return format.percent(value, digits);
    case "with_unit": return format.withUnit(value, unit, digits);
    case "batch": return format.batch(value);
    case "machine": return format.machine(value);
    case "span": return format.span(...value.map(parsed));
    default: return { hour: format.hour, moment: format.moment, short_day: format.shortDay }[kind](parsed(value));
  }
}

for (const lang of ["es", "en"]) {
  test(`the browser writes as the examples say in ${lang}`, () => {
    const format = makeFormat(lang, texts[lang]);
    for (const example of examples) assert.equal(written(format, example), example[lang], JSON.stringify(example));
  });
}

test("a sentence is shown as it came; without one there is nothing", () => {
  const { said } = makeFormat("es", texts.es);
  assert.equal(said({ es: "Cuesta 33,42\u00a0€ más.", en: "Costs €33.42 more." }), "Cuesta 33,42\u00a0€ más.");
  assert.equal(said(null), "");
});

test("ages are counted in whole minutes, hours from one hour on, days from two days on", () => {
  const { age } = makeFormat("es", texts.es);
  const minutes = (n) => age(n * 60000);
  assert.deepEqual([minutes(0.9), minutes(1), minutes(59), minutes(60), minutes(47 * 60), minutes(48 * 60)],
    ["ahora mismo", "hace 1 min", "hace 59 min", "hace 1 h", "hace 47 h", "hace 2 días"]);
});

test("a day has one letter where there is no room", () => {
  assert.equal(makeFormat("es", texts.es).dayLetter(Date.parse("2026-11-18T12:00Z")), "X");
  assert.equal(makeFormat("en", texts.en).dayLetter(Date.parse("2026-11-18T12:00Z")), "W");
});

test("a code that the catalogue does not know is shown as it is", () => {
  assert.equal(makeFormat("es", texts.es).word("class", "new"), "new");
});
