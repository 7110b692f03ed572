// The weather of the week: temperature and humidity as lines, with the limits of the hall.

import { svg } from "./dom.js";
import { canvas, dayAxis, line, nowLine, rect, text, valueAxis, watermark } from "./frame.js";
import { hoursOf } from "./model.js";
import { attachReader, plotLabel, readoutOf } from "./reader.js";
import { linear, niceTicks, stepPath } from "./scale.js";

const EDGE = { left: 44, right: 8, top: 24, bottom: 150, axis: 26 };
const UNITS = { temperature_c: "°C", humidity_percent: "%" };

export const drawTemperature = (plot, doc, context) => drawAir(plot, doc, context, "temperature_c");
export const drawHumidity = (plot, doc, context) => drawAir(plot, doc, context, "humidity_percent");

export function airOf(doc, name) {
  return hoursOf(doc.weather).filter((hour) => typeof hour[name] === "number").map((hour) => ({ ...hour, value: hour[name] }));
}

// The limits of the hall, lowest first, with the stages that each holds for.
export function limitsOf(doc, name) {
  const limits = new Map();
  for (const stage of doc.weather.production ?? []) {
    const limit = stage[`max_${name}`];
    if (typeof limit === "number") limits.set(limit, [...(limits.get(limit) ?? []), stage.stage]);
  }
  return [...limits].map(([limit, stages]) => ({ limit, stages })).sort((a, b) => a.limit - b.limit);
}

const withUnit = (value, name, format, digits = 0) => (name === "humidity_percent" ? format.percent(value, digits) : format.withUnit(value, "celsius", digits));

function drawAir(plot, doc, { format, now, width }, name) {
  const hours = airOf(doc, name);
  if (hours.length === 0) return;
  const limits = limitsOf(doc, name);
  const values = [...hours.map((hour) => hour.value), ...limits.map(({ limit }) => limit)];
  const ticks = niceTicks(Math.min(...values), Math.max(...values), 4);
  const [start, end] = [hours[0].start, hours.at(-1).end];
  const x = linear([start, end], [EDGE.left, width - EDGE.right]);
  const y = linear([ticks[0], ticks.at(-1)], [EDGE.bottom, EDGE.top]);
  const picture = canvas(width, EDGE.bottom + EDGE.axis);
  picture.append(valueAxis({ ticks, y, left: EDGE.left, right: width - EDGE.right, format, unit: UNITS[name] }), dayAxis({ start, end, x, top: EDGE.top, bottom: EDGE.bottom, format }));
  for (const { limit } of limits) picture.append(line(EDGE.left, y(limit), width - EDGE.right, y(limit), "limit"));
  for (const [cls, forecast] of [["line-p50", true], ["line-truth", false]]) {
    picture.append(svg("path", { d: stepPath(hours.filter((hour) => (hour.origin === "forecast") === forecast), x, y), class: cls }));
  }
  if (doc.simulated) picture.append(watermark(width, EDGE.bottom, format.t("simulated")));
  if (now >= start && now < end) picture.append(nowLine({ now, x, top: EDGE.top, bottom: EDGE.bottom, label: format.t("now") }));
  for (const { at, words } of limitNames(limits, y, format, name)) picture.append(text(width - EDGE.right, at - 4, words, { class: "mark", "text-anchor": "end" }));
  const cursor = rect(0, EDGE.top, 1, EDGE.bottom - EDGE.top, { class: "cursor" });
  picture.append(cursor);
  plot.replaceChildren(picture);
  readAir(plot, hours, { x, cursor, format, now, name });
}

// What each line of a limit is for, over it; lines so near to each other that their names would touch share one.
export function limitNames(limits, y, format, name) {
  const names = [];
  for (const { limit, stages } of [...limits].reverse()) {
    const words = `${stages.map(format.stage).join(", ")} ${withUnit(limit, name, format)}`;
    if (names.length > 0 && y(limit) - names.at(-1).at < 18) names.at(-1).words += `; ${words}`;
    else names.push({ at: y(limit), words });
  }
  return names;
}

function readAir(plot, hours, { x, cursor, format, now, name }) {
  const items = hours.map((hour) => ({ hour, text: `${format.shortDay(hour.start)}, ${format.span(hour.start, hour.end)}: ${withUnit(hour.value, name, format, 1)}, ${format.word("origin", hour.origin)}` }));
  const show = ({ hour, text: words }, active) => {
    readoutOf(plot).textContent = words;
    cursor.setAttribute("x", x(hour.start));
    cursor.setAttribute("visibility", active ? "visible" : "hidden");
  };
  const at = (px) => hours.findIndex((hour) => px >= x(hour.start) && px < x(hour.end));
  attachReader(plot, { label: plotLabel(plot, format), items, at, first: hours.findIndex((hour) => hour.end > now), show });
}
