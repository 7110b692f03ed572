// Today and tomorrow: price steps filled by class or tariff period, the strip of periods, the line of now.

import { svg } from "./dom.js";
import { canvas, hatching, hourAxis, line, nowLine, rect, text, valueAxis, watermark } from "./frame.js";
import { classesOf, dayOf, holes, slotsOf } from "./model.js";
import { attachReader } from "./reader.js";
import { linear, niceTicks, runs, stepPath } from "./scale.js";

const EDGE = { left: 44, right: 8, top: 40, strip: 18, axis: 24 };

export function drawDays(plot, doc, { format, now, width }) {
  const days = daysModel(doc);
  const layout = daysLayout(days, width);
  const picture = canvas(width, layout.height);
  picture.append(hatching("hatch-days"), valueAxis({ ...layout, format, unit: format.t("unit.price") }));
  for (const day of days.days) picture.append(dayGroup(day, days, layout, { format, now }));
  picture.append(spotLine(days.spot, layout, format), stripOf(days.days, layout), hourAxis({ ...days, x: layout.x, y: layout.bottom + EDGE.strip, every: width < 700 ? 6 : 3 }));
  if (doc.simulated) picture.append(watermark(width, layout.height, format.t("simulated")));
  if (now >= days.start && now < days.end) picture.append(nowLine({ now, x: layout.x, top: EDGE.top - 4, bottom: layout.bottom + EDGE.strip, label: format.t("now") }));
  const cursor = rect(0, EDGE.top, 0, layout.bottom - EDGE.top, { class: "cursor", rx: 2 });
  picture.append(cursor);
  plot.replaceChildren(picture);
  readDays(plot, days, layout, { format, now, cursor });
}

export function daysModel(doc) {
  const classes = classesOf(doc);
  const days = ["today", "tomorrow"].map((name) => ({ name, ...dayOf(doc.prices[name], classes) }));
  const spot = [...slotsOf(doc.prices.spot_today), ...slotsOf(doc.prices.spot_tomorrow)];
  return { days, spot, start: days[0].start, end: days[1].end };
}

export function daysLayout({ days, spot, start, end }, width) {
  const values = [...days.flatMap((day) => day.slots), ...spot].map((slot) => slot.value);
  const ticks = niceTicks(Math.min(0, ...values), Math.max(0.05, ...values), 4);
  const height = width < 700 ? 280 : 320;
  const bottom = height - EDGE.strip - EDGE.axis;
  const x = linear([start, end], [EDGE.left, width - EDGE.right]);
  const y = linear([ticks[0], ticks.at(-1)], [bottom, EDGE.top]);
  return { x, y, ticks, height, bottom, left: EDGE.left, right: width - EDGE.right };
}

function dayGroup(day, { start }, { x, y, bottom }, { format, now }) {
  const group = svg("g");
  for (const hole of holes(day.slots, day.start, day.end)) group.append(holeOf(hole, day, { x, bottom, format }));
  for (const slot of day.slots) {
    const fill = slot.value < 0 ? "below-zero" : slot.cls ? `bar-cls cls-${slot.cls}` : `bar-per per-${slot.period}`;
    const [top, base] = [Math.min(y(slot.value), y(0)), Math.max(y(slot.value), y(0))];
    group.append(rect(x(slot.start), top, x(slot.end) - x(slot.start) - 1, base - top, { class: slot.end <= now ? `${fill} past` : fill }));
  }
  if (day.start > start) group.append(line(x(day.start), EDGE.top - 16, x(day.start), bottom, "midnight"));
  group.append(text(x(day.start) + (day.start > start ? 8 : 0), 12, `${format.t(day.name)}, ${format.shortDay(day.start)}`, { class: "strong" }));
  return group;
}

function holeOf(hole, day, { x, bottom, format }) {
  const width = x(hole.end) - x(hole.start);
  const label = format.t(["not_published", "late"].includes(day.state) ? "not_published" : "no_data");
  const group = svg("g", {}, rect(x(hole.start), EDGE.top, width, bottom - EDGE.top, { fill: "url(#hatch-days)" }));
  if (width > label.length * 6.5) group.append(text((x(hole.start) + x(hole.end)) / 2, (EDGE.top + bottom) / 2, label, { class: "mark", "text-anchor": "middle" }));
  return group;
}

function spotLine(spot, { x, y }, format) {
  if (spot.length === 0) return svg("g");
  const last = spot.at(-1);
  return svg("g", {}, svg("path", { d: stepPath(spot, x, y), class: "line-spot" }), text(x(last.end) - 4, y(last.value) - 6, format.t("spot"), { class: "mark", "text-anchor": "end" }));
}

function stripOf(days, { x, bottom }) {
  const group = svg("g");
  for (const run of runs(days.flatMap((day) => day.slots), (slot) => slot.period)) {
    const width = x(run.end) - x(run.start);
    group.append(rect(x(run.start), bottom + 3, width - 1, EDGE.strip - 4, { class: `strip per-${run.kind}` }));
    if (width > 20) group.append(text(x(run.start) + width / 2, bottom + EDGE.strip - 4, run.kind, { class: `on per-${run.kind}`, "text-anchor": "middle" }));
  }
  return group;
}

export function slotText(slot, format) {
  const parts = [`${format.span(slot.start, slot.end)}: ${format.price(slot.value)} ${format.t("unit.price")}`, slot.period];
  if (slot.cls) parts.push(format.word("class", slot.cls));
  parts.push(format.word("origin", slot.origin));
  return parts.join(" · ");
}

function readDays(plot, days, { x, bottom }, { format, now, cursor }) {
  const slots = days.days.flatMap((day) => day.slots);
  const readout = plot.closest("figure").querySelector(".readout");
  if (slots.length === 0) return;
  const items = slots.map((slot) => ({ text: `${format.shortDay(slot.start)}, ${slotText(slot, format)}`, slot }));
  const show = ({ slot, text: words }, active) => {
    readout.textContent = active ? words : "";
    cursor.setAttribute("x", x(slot.start));
    cursor.setAttribute("width", active ? x(slot.end) - x(slot.start) : 0);
    cursor.setAttribute("visibility", active ? "visible" : "hidden");
  };
  const first = Math.max(0, slots.findIndex((slot) => slot.start <= now && now < slot.end));
  const at = (px) => slots.findIndex((slot) => px >= x(slot.start) && px < x(slot.end));
  const label = `${plot.closest("figure").querySelector("h2").textContent}, ${format.t("reader")}`;
  attachReader(plot, { label, items, at, first, show, bottom });
}
