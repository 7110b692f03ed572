// The week: 7 rows of days by 24 columns of hours, coloured by price, class, score or plan.

import { svg } from "./dom.js";
import { canvas, rect, text, watermark } from "./frame.js";
import { MARKS } from "./marks.js";
import { attachReader, plotLabel } from "./reader.js";
import { linear } from "./scale.js";
import { madrid } from "./time.js";

const EDGE = { left: 52, top: 20, row: 30, gap: 2, legend: 52 };
const SHADES = 9;

// Cells with their place: rows are days, columns are hours of the wall clock; the two equal hours of the autumn day share a column.
export function weekCells(week) {
  return week.days.flatMap((day, row) => {
    const hours = day.hours.map((hour) => ({ ...hour, row, start: Date.parse(hour.start), end: Date.parse(hour.end) }));
    for (const hour of hours) hour.column = madrid(hour.start).hour;
    for (const hour of hours) {
      const same = hours.filter((other) => other.column === hour.column);
      hour.part = same.indexOf(hour) / same.length;
      hour.width = 1 / same.length;
    }
    return hours;
  });
}

export const valueOf = {
  price: (hour) => hour.price_eur_kwh ?? hour.p50,
  score: (hour) => hour.energy_score,
  plan: (hour) => hour.planned_load_kw,
};

// The shade of a value between the extremes of its kind: 0 pale, 8 dark; null when it is not known.
export function shadeOf(value, low, high) {
  if (value === null || value === undefined) return null;
  return Math.min(SHADES - 1, Math.max(0, Math.floor(linear([low, high], [0, SHADES])(value))));
}

export function drawWeek(plot, doc, { format, now, width, kind = "price", pick, chosen }) {
  const cells = weekCells(doc.week);
  const layout = { step: (width - EDGE.left) / 24, height: EDGE.top + doc.week.days.length * EDGE.row };
  const picture = canvas(width, layout.height + EDGE.legend);
  picture.append(hourNames(layout), ...doc.week.days.map((day, row) => dayName(day, row, format)));
  const extremes = extremesOf(cells, kind);
  for (const cell of cells) picture.append(cellOf(cell, kind, extremes, layout, now));
  picture.append(kind === "class" ? svg("g") : legend(doc.week, kind, extremes, layout, width, format));
  if (doc.simulated) picture.append(watermark(width, layout.height, format.t("simulated")));
  const cursor = rect(0, 0, 0, 0, { class: "cursor", rx: 3 });
  picture.append(cursor);
  plot.replaceChildren(picture);
  readWeek(plot, cells, layout, { format, now, cursor, pick, chosen });
}

function extremesOf(cells, kind) {
  if (kind === "score") return [0, 100];
  const values = cells.map(valueOf[kind] ?? valueOf.price).filter((value) => value !== null && value !== undefined);
  return [Math.min(...values), Math.max(...values)];
}

function hourNames({ step }) {
  const group = svg("g");
  for (let hour = 0; hour < 24; hour += step < 20 ? 6 : 3) {
    group.append(text(EDGE.left + hour * step + (hour ? step / 2 : 0), 12, hour ? String(hour) : "0 h", { "text-anchor": hour ? "middle" : "start" }));
  }
  return group;
}

function dayName(day, row, format) {
  return text(0, EDGE.top + row * EDGE.row + 19, format.shortDay(Date.parse(`${day.date}T12:00Z`)), { class: row === 0 ? "strong" : null });
}

export function cellBox(cell, { step }) {
  return {
    x: EDGE.left + (cell.column + cell.part) * step, y: EDGE.top + cell.row * EDGE.row,
    width: step * cell.width - EDGE.gap, height: EDGE.row - EDGE.gap,
  };
}

function cellOf(cell, kind, [low, high], layout, now) {
  const { x, y, width, height } = cellBox(cell, layout);
  const group = svg("g", { class: cell.end <= now ? "past" : null });
  const shape = (cls) => rect(x, y, width, height, { class: cls, rx: 2 });
  if (kind === "class") {
    const name = cell.production_class?.toLowerCase();
    group.append(shape(name ? `bar-cls cls-${name}` : "unknown-cell"));
    group.append(text(x + width / 2, y + 19, name ? MARKS[name] : "–", { class: name ? "cell-mark" : null, "text-anchor": "middle" }));
    return group;
  }
  const value = valueOf[kind](cell);
  const shade = shadeOf(kind === "score" ? 100 - value : value, low, high);
  const negative = kind === "price" && value < 0;
  group.append(shape(negative ? "below-zero" : shade === null ? "unknown-cell" : `shade-${shade}`));
  if (negative || shade === null) group.append(text(x + width / 2, y + 19, negative ? "−" : "–", { class: negative ? "cell-mark" : null, "text-anchor": "middle" }));
  else if (cell.origin === "forecast" && kind === "price" && width > 10) group.append(svg("circle", { cx: x + width / 2, cy: y + height - 5, r: 1.5, class: shade > 4 ? "dot-on" : "dot-off" }));
  return group;
}

// The ramp with its ends, and the week's own quantiles as ticks on it.
function legend(week, kind, [low, high], { height }, width, format) {
  const [left, right, y] = [EDGE.left, Math.min(width - 8, EDGE.left + 360), height + 12];
  const x = linear([low, high], [left, right]);
  const group = svg("g");
  for (let i = 0; i < SHADES; i++) group.append(rect(left + (i * (right - left)) / SHADES, y, (right - left) / SHADES, 10, { class: `shade-${kind === "score" ? SHADES - 1 - i : i}` }));
  const digits = kind === "price" ? 3 : 0;
  group.append(text(left, y + 24, format.number(low, digits)), text(right, y + 24, `${format.number(high, digits)} ${format.t(`unit.${kind}`)}`, { "text-anchor": "end" }));
  if (kind !== "price") return group;
  for (const [place, quantile] of week.legend.price_quantiles.slice(1, -1).entries()) {
    group.append(svg("line", { x1: x(quantile), x2: x(quantile), y1: y - 3, y2: y + 13, class: "axis" }));
    const row = x(quantile) - left < 100 || right - x(quantile) < 140 ? 40 : 24;
    if (place === 1) group.append(text(Math.max(x(quantile), left + 50), y + row, `${format.t("median")} ${format.number(quantile, 3)}`, { "text-anchor": "middle" }));
  }
  return group;
}

function readWeek(plot, cells, layout, { format, now, cursor, pick, chosen }) {
  const items = cells.map((cell) => ({ cell, text: hourText(cell, format) }));
  const show = ({ cell }, active) => {
    for (const [name, value] of Object.entries(cellBox(cell, layout))) cursor.setAttribute(name, value);
    cursor.setAttribute("visibility", active || chosen ? "visible" : "hidden");
    pick(cell, active);
  };
  const at = (px, py) => cells.findIndex((cell) => {
    const box = cellBox(cell, layout);
    return px >= box.x && px < box.x + box.width + EDGE.gap && py >= box.y && py < box.y + box.height + EDGE.gap;
  });
  const first = cells.findIndex((cell) => (chosen ? cell.start === chosen : cell.start <= now && now < cell.end));
  attachReader(plot, { label: plotLabel(plot, format), items, at, first, columns: 24, show, stays: true });
}

export function hourText(hour, format) {
  const price = hour.price_eur_kwh ?? hour.p50;
  const words = [`${format.shortDay(hour.start)}, ${format.span(hour.start, hour.end)}: ${format.withUnit(price, "eur_kwh", 4)}`, format.word("origin", hour.origin)];
  if (hour.production_class) words.push(format.word("class", hour.production_class.toLowerCase()));
  return words.join(" · ");
}
