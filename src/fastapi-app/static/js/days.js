// Today and tomorrow: price steps filled by class or tariff period, the strip of periods, planned batches, the line of now.

import { compareLine, compareOf, compareText } from "./compare.js";
import { svg } from "./dom.js";
import { fanText } from "./fan.js";
import { canvas, hatching, hourAxis, line, nowLine, rect, text, valueAxis, watermark } from "./frame.js";
import { classesOf, dayOf, holes, hoursOf, lanesOf, slotsOf } from "./model.js";
import { blockName, MARKS } from "./marks.js";
import { attachReader, plotLabel, readoutOf } from "./reader.js";
import { bandPath, linear, priceDomain, runs, stepPath } from "./scale.js";
import { HOUR } from "./time.js";

const EDGE = { left: 44, right: 8, top: 52, strip: 18, axis: 24, lane: 20 };

export function drawDays(plot, doc, { format, now, width }) {
  const days = daysModel(doc);
  const layout = daysLayout(days, width);
  const picture = canvas(width, layout.height);
  picture.append(hatching("hatch-days"), valueAxis({ ...layout, format, unit: format.t("unit.price") }));
  for (const day of days.days) picture.append(dayGroup(day, days, layout, { format, now }));
  if (doc.simulated) picture.append(watermark(width, layout.height, format.t("simulated")));
  for (const day of days.days) picture.append(classMarks(day, layout, format));
  picture.append(spotLine(days, layout, format), compareLine(days.compare, layout, format), stripOf(days.days, layout), lanes(days.blocks, layout, format));
  picture.append(hourAxis({ ...days, x: layout.x, y: layout.foot, every: width < 700 ? 6 : 3 }));
  if (now >= days.start && now < days.end) picture.append(nowLine({ now, x: layout.x, top: EDGE.top - 4, bottom: layout.foot, label: format.t("now") }));
  const cursor = rect(0, EDGE.top, 0, layout.bottom - EDGE.top, { class: "cursor", rx: 2 });
  picture.append(cursor);
  plot.replaceChildren(picture);
  readDays(plot, days, layout, { format, now, cursor });
}

export function daysModel(doc) {
  const classes = classesOf(doc);
  const days = ["today", "tomorrow"].map((name) => ({ name, away: doc.system?.store?.state === "away", ...dayOf(doc.prices[name], classes) }));
  const [start, end] = [days[0].start, days[1].end];
  const ahead = hoursOf(doc.forecast).filter((hour) => hour.p50 !== null && hour.origin === "forecast");
  for (const day of days) day.forecast = ahead.filter((hour) => holes(day.slots, day.start, day.end).some((hole) => hour.start >= hole.start && hour.end <= hole.end));
  const spot = [...slotsOf(doc.prices.spot_today), ...slotsOf(doc.prices.spot_tomorrow)];
  return { days, spot, start, end, compare: compareOf(doc), blocks: lanesOf(doc.plan, start, end) };
}

export function daysLayout({ days, spot, start, end, blocks, compare }, width) {
  const slots = days.flatMap((day) => day.slots);
  const values = [...slots, ...spot, ...compare.slots].map((slot) => slot.value).concat(days.flatMap((day) => day.forecast.map((hour) => hour.p90)));
  const { low, high, ticks } = values.length > 0 ? priceDomain(values) : { low: 0, high: 1, ticks: [] };
  const bottom = width < 700 ? 236 : 268;
  const foot = bottom + EDGE.strip + EDGE.lane * (1 + Math.max(-1, ...blocks.map((block) => block.lane)));
  const x = linear([start, end], [EDGE.left, width - EDGE.right]);
  const y = linear([low, high], [bottom, EDGE.top]);
  return { x, y, ticks, bottom, foot, height: foot + EDGE.axis, left: EDGE.left, right: width - EDGE.right };
}

function dayGroup(day, { start }, { x, y, bottom }, { format, now }) {
  const group = svg("g");
  for (const hole of holes(day.slots, day.start, day.end)) group.append(holeOf(hole, day, { x, bottom, format, now }));
  if (day.forecast.length > 0) {
    group.append(svg("path", { d: bandPath(day.forecast, x, y, (hour) => hour.p10, (hour) => hour.p90), class: "band-fill" }));
    group.append(svg("path", { d: stepPath(day.forecast.map((hour) => ({ ...hour, value: hour.p50 })), x, y), class: "line-p50" }));
  }
  for (const slot of day.slots) group.append(bar(slot, x, y, now));
  const hours = (day.end - day.start) / HOUR;
  if (day.start > start) group.append(line(x(day.start), 4, x(day.start), bottom, "midnight"));
  group.append(text(x(day.start) + (day.start > start ? 8 : 0), 12, `${format.t(day.name)}, ${format.shortDay(day.start)}${hours === 24 ? "" : ` · ${hours} h`}`, { class: "strong" }));
  return group;
}

// The class of each run over its bars, as a mark, with its word where there is room.
function classMarks({ slots }, { x }, format) {
  const group = svg("g");
  for (const run of runs(slots.filter((slot) => slot.cls), (slot) => slot.cls)) {
    const room = x(run.end) - x(run.start);
    const words = `${MARKS[run.kind]} ${format.word("class", run.kind)}`;
    if (room > 9) group.append(text((x(run.start) + x(run.end)) / 2, EDGE.top - 10, room > 7.5 * words.length ? words : MARKS[run.kind], { class: "class-mark", "text-anchor": "middle" }));
  }
  return group;
}

function bar(slot, x, y, now) {
  const fill = slot.value < 0 ? "below-zero" : slot.cls ? `bar-cls cls-${slot.cls}` : `bar-per per-${slot.period}`;
  const [top, base] = [Math.min(y(slot.value), y(0)), Math.max(y(slot.value), y(0))];
  return rect(x(slot.start), top, x(slot.end) - x(slot.start) - 1, base - top, { class: slot.end <= now ? `${fill} past` : fill });
}

function holeOf(hole, day, { x, bottom, format, now }) {
  const width = x(hole.end) - x(hole.start);
  const label = format.t(day.away ? "away" : ["not_published", "late"].includes(day.state) ? "not_published" : "no_data");
  const group = svg("g", {}, rect(x(hole.start), EDGE.top, width, bottom - EDGE.top, { fill: "url(#hatch-days)" }));
  const lines = width > label.length * 7.5 ? [label] : [label.slice(0, label.lastIndexOf(" ")), label.slice(label.lastIndexOf(" ") + 1)];
  const middle = (x(hole.start) + x(hole.end)) / 2;
  const place = Math.abs(x(now) - middle) < 5 * label.length ? middle + width / 4 : middle;  // clear of the line of now
  if (width > 0.6 * label.length * 7.5) for (const [row, words] of lines.entries()) group.append(text(place, EDGE.top + 20 + 15 * row, words, { class: "mark", "text-anchor": "middle" }));
  return group;
}

function spotLine({ spot }, { x, y }, format) {
  if (spot.length === 0) return svg("g");
  const last = spot.at(-1);
  const paths = ["line-halo", "line-spot"].map((cls) => svg("path", { d: stepPath(spot, x, y), class: cls }));
  return svg("g", {}, ...paths, text(x(last.end) - 4, y(last.value) - 7, format.t("spot"), { class: "mark", "text-anchor": "end" }));
}

function stripOf(days, { x, bottom }) {
  const group = svg("g");
  for (const run of runs(days.flatMap((day) => day.slots), (slot) => slot.period)) {
    const width = x(run.end) - x(run.start);
    group.append(rect(x(run.start), bottom + 3, width - 1, EDGE.strip - 4, { class: `strip per-${run.kind}` }));
    if (width > 22) group.append(text(x(run.start) + width / 2, bottom + EDGE.strip - 4, run.kind, { class: `on per-${run.kind}`, "text-anchor": "middle" }));
  }
  return group;
}

function lanes(blocks, { x, bottom, left, right }, format) {
  const group = svg("g");
  for (const block of blocks) {
    const [from, to, y] = [Math.max(left, x(block.start)), Math.min(right, x(block.end)), bottom + EDGE.strip + 2 + block.lane * EDGE.lane];
    group.append(rect(from, y, to - from - 1, EDGE.lane - 3, { class: `block ${block.quality}`, rx: 3 }));
    const name = blockName(block.batch, to - from, format);
    if (name) group.append(text((from + to) / 2, y + 13, name, { class: `block-label ${block.quality}`, "text-anchor": "middle" }));
  }
  return group;
}

export function slotText(slot, format) {
  const words = [`${format.shortDay(slot.start)}, ${format.span(slot.start, slot.end)}: ${format.withUnit(slot.value, "eur_kwh", 4)}`, slot.period];
  if (slot.cls) words.push(format.word("class", slot.cls));
  return [...words, format.word("origin", slot.origin)].join(" · ");
}

// What one reads in the two days, in order: published slots, then the forecast where nothing is published.
export function readable({ days, compare }, format) {
  const known = days.flatMap((day) => day.slots).map((slot) => ({ slot, text: [slotText(slot, format), compareText(compare, slot, format)].filter(Boolean).join(" · ") }));
  const ahead = days.flatMap((day) => day.forecast).map((hour) => ({ slot: hour, text: [fanText(hour, format), format.word("origin", "forecast")].join(" · ") }));
  return [...known, ...ahead].sort((a, b) => a.slot.start - b.slot.start);
}

function readDays(plot, days, { x }, { format, now, cursor }) {
  const items = readable(days, format);
  if (items.length === 0) return;
  const show = ({ slot, text: words }, active) => {
    readoutOf(plot).textContent = words;
    cursor.setAttribute("x", x(slot.start));
    cursor.setAttribute("width", x(slot.end) - x(slot.start));
    cursor.setAttribute("visibility", active ? "visible" : "hidden");
  };
  const first = items.findIndex(({ slot }) => slot.start <= now && now < slot.end);
  const at = (px) => items.findIndex(({ slot }) => px >= x(slot.start) && px < x(slot.end));
  attachReader(plot, { label: plotLabel(plot, format), items, at, first, show });
}
