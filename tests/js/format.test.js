import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { makeFormat } from "../../src/fastapi-app/static/js/format.js";

const examples = JSON.parse(readFileSync(new URL("../fixtures/formats.json", import.meta.url), "utf8"));
const words = {
  es: { "hour.summer": "(verano)", "hour.winter": "(invierno)", "age.now": "ahora mismo", "age.minutes": "hace {n} min", "age.hours": "hace {n} h", "age.days": "hace {n} días" },
  en: { "hour.summer": "(summer)", "hour.winter": "(winter)" },
};

function written(format, { kind, value, digits }) {
  if (kind === "number") return format.number(value, digits);
  if (kind === "price") return format.price(value);
  if (kind === "span") return format.span(...value.map(Date.parse));
  return { hour: format.hour, moment: format.moment, short_day: format.shortDay }[kind](Date.parse(value));
}

for (const lang of ["es", "en"]) {
  test(`the browser writes as the examples say in ${lang}`, () => {
    const format = makeFormat(lang, words[lang]);
    for (const example of examples) assert.equal(written(format, example).replaceAll("\u00a0", " "), example[lang], JSON.stringify(example));
  });
}

test("a sentence keeps numbers beside their units, and English puts the euro first", () => {
  const said = { es: "Cuesta 33,42 € más a -10,03 €/MWh y 5 h.", en: "Costs 33.42 € more at -10.03 €/MWh and 5 h." };
  assert.equal(makeFormat("es", words.es).said(said), "Cuesta 33,42\u00a0€ más a −10,03\u00a0€/MWh y 5\u00a0h.");
  const named = makeFormat("es", { ...words.es, "edit.request": "la petición {n}", "quality.standard": "estándar" });
  assert.equal(named.said({ es: "retirar w2 o 600 kg de standard" }), "retirar la petición 2 o 600\u00a0kg de estándar");
  assert.equal(makeFormat("en", words.en).said(said), "Costs €33.42 more at −10.03\u00a0€/MWh and 5\u00a0h.");
});

test("ages are counted in whole minutes, hours from one hour on, days from two days on", () => {
  const { age } = makeFormat("es", words.es);
  const minutes = (n) => age(n * 60000);
  assert.deepEqual([minutes(0.9), minutes(1), minutes(59), minutes(60), minutes(47 * 60), minutes(48 * 60)],
    ["ahora mismo", "hace 1 min", "hace 59 min", "hace 1 h", "hace 47 h", "hace 2 días"]);
});

test("a code that the catalogue does not know is shown as it is", () => {
  assert.equal(makeFormat("es", words.es).word("class", "new"), "new");
});
