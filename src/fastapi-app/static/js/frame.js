// What the charts over time share: axes, ticks, hatching, the line of now, the watermark.

import { svg } from "./dom.js";
import { digitsOf } from "./scale.js";
import { hourTicks, midnight, nextDate, madrid } from "./time.js";

export const text = (x, y, content, attributes = {}) => svg("text", { x, y, ...attributes }, content);
export const line = (x1, y1, x2, y2, cls) => svg("line", { x1, y1, x2, y2, class: cls });

export function rect(x, y, width, height, attributes = {}) {
  return svg("rect", { x, y, width: Math.max(0, width), height: Math.max(0, height), ...attributes });
}

export function canvas(width, height) {
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, height, "aria-hidden": "true", focusable: "false" });
}

export function valueAxis({ ticks, y, left, right, format, unit }) {
  const digits = digitsOf(ticks);
  const group = svg("g");
  for (const tick of ticks) {
    group.append(line(left, y(tick), right, y(tick), tick === 0 ? "axis" : "grid"));
    group.append(text(left - 6, y(tick) + 4, format.number(tick, digits), { "text-anchor": "end" }));
  }
  if (ticks.length > 0) group.append(text(0, y(ticks.at(-1)) - 10, unit));
  return group;
}

export function hourAxis({ start, end, x, y, every }) {
  const group = svg("g");
  for (const { at, hour } of hourTicks(start, end, every)) {
    group.append(line(x(at), y, x(at), y + 4, "axis"));
    group.append(text(x(at), y + 17, at === start ? `${hour} h` : String(hour), { "text-anchor": at === start ? "start" : "middle" }));
  }
  return group;
}

// Midnights as lines, with the name of each day over its middle; one label in two where there is no room.
export function dayAxis({ start, end, x, top, bottom, format }) {
  const group = svg("g");
  for (let at = start; at < end; at = midnight(nextDate(madrid(at).date))) {
    const next = Math.min(end, midnight(nextDate(madrid(at).date)));
    if (at > start) group.append(line(x(at), top, x(at), bottom, "grid"));
    const width = x(next) - x(at);
    const name = width > 46 ? format.shortDay(at) : format.dayLetter(at);
    if (width > 12) group.append(text((x(at) + x(next)) / 2, bottom + 17, name, { "text-anchor": "middle" }));
  }
  return group;
}

export function hatching(id) {
  return svg("defs", {}, svg("pattern", { id, width: 12, height: 12, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, line(0, 0, 0, 12, "hatch-line")));
}

export function nowLine({ now, x, top, bottom, label }) {
  return svg("g", {}, line(x(now), top, x(now), bottom, "now-line"), text(x(now) + 5, top + 10, label, { class: "now-label" }));
}

export function watermark(width, height, label) {
  const times = Math.ceil(width / 600);
  const id = `watermark-${Math.round(width)}-${Math.round(height)}`;
  const word = svg("symbol", { id, overflow: "visible" }, text(0, 0, label, { class: "watermark", "text-anchor": "middle" }));
  const places = Array.from({ length: times }, (_, i) => svg("use", { href: `#${id}`, x: (width * (2 * i + 1)) / (2 * times), y: height * 0.42 }));
  return svg("g", { "pointer-events": "none" }, word, ...places);
}
