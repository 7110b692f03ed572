// The panel of one hour of the week: price or p50 with its band, probabilities, what is planned, what would flip it.

import { html, svg } from "./dom.js";

const ORDER = ["optimal", "moderate", "reduced", "halt"];

export function drawHour(panel, hour, legend, format) {
  const facts = [priceFact(hour, legend, format), scoreFact(hour, format), planFact(hour, format), airFact(hour, format), flipFact(hour, format)];
  panel.replaceChildren(
    html("p", { class: "hour-when" }, `${format.day(hour.start)}, ${format.span(hour.start, hour.end)}`),
    html("dl", { class: "facts plain" }, ...facts.filter(Boolean).map(([name, value]) => html("div", {}, html("dt", {}, name), html("dd", {}, value)))),
    chances(hour, format),
  );
}

function priceFact(hour, { price_basis }, { t, withUnit, percent, word }) {
  const price = (value) => withUnit(value, "eur_kwh", 4);
  const name = `${t("price")} · ${word("basis", price_basis)}`;
  if (hour.price_eur_kwh !== null) return [name, `${price(hour.price_eur_kwh)} (${word("origin", hour.origin)})`];
  if (hour.p50 === null) return [name, t("unknown_price")];
  return [name, t("band", { p50: price(hour.p50), p10: price(hour.p10), p90: price(hour.p90), percent: percent(80) })];
}

function scoreFact(hour, { t, number }) {
  return hour.energy_score === null || hour.energy_score === undefined ? null : [t("score"), t("score_of", { score: number(hour.energy_score) })];
}

function planFact(hour, { t, withUnit }) {
  return hour.planned_load_kw === null || hour.planned_load_kw === undefined ? null : [t("planned"), withUnit(hour.planned_load_kw, "kw")];
}

function airFact(hour, { t, withUnit, percent }) {
  return hour.ambient ? [t("air"), `${withUnit(hour.ambient.temperature_c, "celsius", 1)} · ${percent(hour.ambient.humidity_percent)}`] : null;
}

// The nearest price at which the class of an hour of known price would be another one.
export function flipOf({ price_eur_kwh: price, class_changes: changes }) {
  if (!changes || price === null) return null;
  const candidates = ["below", "above"]
    .filter((side) => changes[side])
    .map((side) => ({ name: changes[side].production_class, limit: changes[side].price_eur_kwh, side }));
  return candidates.sort((a, b) => Math.abs(a.limit - price) - Math.abs(b.limit - price))[0] ?? null;
}

function flipFact(hour, { t, withUnit, word }) {
  const flip = flipOf(hour);
  return flip ? [t("flip"), t(`flip_${flip.side}`, { name: word("class", flip.name), price: withUnit(flip.limit, "eur_kwh", 4) })] : null;
}

const bar = (width, cls) => svg("rect", { width, height: 8, rx: 4, class: cls });

function chances(hour, { t, percent, word }) {
  if (!hour.probabilities) return html("p", { class: "small" }, hour.production_class ? word("class", hour.production_class.toLowerCase()) : t("no_class"));
  const rows = ORDER.map((name) => {
    const share = hour.probabilities[name] ?? 0;
    return html("div", { class: `chance cls-${name}` },
      html("dt", {}, word("class", name)),
      html("dd", {}, svg("svg", { class: "share", "aria-hidden": "true" }, bar("100%", "share-all"), bar(`${100 * share}%`, "bar-cls")), html("span", {}, percent(100 * share))));
  });
  return html("dl", { class: "chances" }, ...rows);
}
