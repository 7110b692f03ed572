// Small bar charts: the error by day ahead beside that of the baseline, and the saving of each day inside what was possible.

import { canvas, line, rect, text, valueAxis, watermark } from "./frame.js";
import { attachReader, plotLabel, readoutOf } from "./reader.js";
import { linear, niceTicks } from "./scale.js";

const EDGE = { left: 44, right: 8, top: 24, axis: 26 };

export function drawRecord(plot, doc, context) {
  const { t, price, percent, withUnit } = context.format;
  drawBars(plot, doc, context, {
    unit: t("unit.price"), bottom: 220, first: 0,
    bars: doc.forecast.record.by_day_ahead.map((day) => ({
      name: `+${day.day_ahead}`, value: day.mae_eur_kwh, frame: day.baseline_mae_eur_kwh,
      text: t("record_day", { n: day.day_ahead, mae: price(day.mae_eur_kwh), baseline: withUnit(day.baseline_mae_eur_kwh, "eur_kwh", 4), percent: percent(less(day)) }),
    })),
  });
}

export function drawSavings(plot, doc, context) {
  const { t, euros, shortDay } = context.format;
  drawBars(plot, doc, context, {
    unit: "€", bottom: 160, first: doc.savings.days.slice(-28).length - 1,
    bars: doc.savings.days.slice(-28).map((day) => {
      const at = Date.parse(`${day.date}T12:00Z`);
      const possible = day.perfect_eur === null ? null : day.baseline_eur - day.perfect_eur;
      return {
        name: String(Number(day.date.slice(8))), value: day.saving_eur, frame: possible,
        text: t("saving_day", { day: shortDay(at), saving: euros(day.saving_eur), possible: euros(possible) }),
      };
    }),
  });
}

// How much smaller the error is than the baseline's [%]; null when one is not known.
const less = ({ mae_eur_kwh: ours, baseline_mae_eur_kwh: theirs }) => (ours === null || !theirs ? null : 100 * (1 - ours / theirs));

// A bar for each value, with the outline of its frame of reference behind it.
function drawBars(plot, doc, { format, width }, { unit, bars, bottom, first }) {
  const values = bars.flatMap((bar) => [bar.value, bar.frame]).filter((value) => value !== null);
  const ticks = niceTicks(Math.min(0, ...values), Math.max(0, ...values), 4);
  const step = (width - EDGE.left - EDGE.right) / bars.length;
  const y = linear([ticks[0], ticks.at(-1)], [bottom, EDGE.top]);
  const x = (i) => EDGE.left + i * step;
  const picture = canvas(width, bottom + EDGE.axis);
  picture.append(valueAxis({ ticks, y, left: EDGE.left, right: width - EDGE.right, format, unit }));
  const inset = Math.min(12, step * 0.15);
  for (const [i, bar] of bars.entries()) {
    if (bar.frame !== null) picture.append(column(bar.frame, { x: x(i) + inset, y, width: step - 2 * inset }, "frame"));
    if (bar.value !== null) picture.append(column(bar.value, { x: x(i) + inset, y, width: step - 2 * inset }, bar.value < 0 ? "loss" : "gain"));
    else picture.append(text(x(i) + step / 2, y(0) - 4, "–", { "text-anchor": "middle" }));
    if (i % Math.ceil(24 / step) === 0) picture.append(text(x(i) + step / 2, bottom + 17, bar.name, { "text-anchor": "middle" }));
  }
  picture.append(line(EDGE.left, y(0), width - EDGE.right, y(0), "axis"));
  if (doc.simulated) picture.append(watermark(width, bottom, format.t("simulated")));
  const cursor = rect(0, EDGE.top, step, bottom - EDGE.top, { class: "cursor", rx: 3 });
  picture.append(cursor);
  plot.replaceChildren(picture);
  const show = (bar, active) => {
    readoutOf(plot).textContent = bar.text;
    cursor.setAttribute("x", x(bars.indexOf(bar)));
    cursor.setAttribute("visibility", active ? "visible" : "hidden");
  };
  const at = (px) => (px < EDGE.left ? -1 : Math.min(bars.length - 1, Math.floor((px - EDGE.left) / step)));
  attachReader(plot, { label: plotLabel(plot, format), items: bars, at, first, show });
}

function column(value, { x, y, width }, cls) {
  return rect(x, Math.min(y(value), y(0)), width, Math.abs(y(value) - y(0)), { class: `column ${cls}` });
}
