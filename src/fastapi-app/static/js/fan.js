// The forecast: published prices as a line, the median with its band of 80 %, and the days that have already come beside them.

import { svg } from "./dom.js";
import { canvas, dayAxis, nowLine, rect, valueAxis, watermark } from "./frame.js";
import { hoursOf } from "./model.js";
import { attachReader, plotLabel, readoutOf } from "./reader.js";
import { bandPath, linear, priceDomain, stepPath } from "./scale.js";

const EDGE = { left: 44, right: 8, top: 24, axis: 26 };

export function drawFan(plot, doc, { format, now, width }) {
  const hours = hoursOf(doc.forecast).sort((a, b) => a.start - b.start);
  const layout = fanLayout(hours, width);
  const { x, y, bottom } = layout;
  const picture = canvas(width, bottom + EDGE.axis);
  picture.append(valueAxis({ ...layout, format, unit: format.t("unit.price") }), dayAxis({ ...layout, top: EDGE.top, format }));
  const band = hours.filter((hour) => hour.p10 !== null && hour.p90 !== null);
  const line = (name, cls) => svg("path", { d: stepPath(hours.filter((hour) => hour[name] !== null).map((hour) => ({ ...hour, value: hour[name] })), x, y), class: cls });
  picture.append(svg("path", { d: bandPath(band, x, y, (hour) => hour.p10, (hour) => hour.p90), class: "band-fill" }), line("p50", "line-p50"), line("price_eur_kwh", "line-truth"));
  if (doc.simulated) picture.append(watermark(width, bottom, format.t("simulated")));
  if (now >= layout.start && now < layout.end) picture.append(nowLine({ now, x, top: EDGE.top, bottom, label: format.t("now") }));
  const cursor = rect(0, EDGE.top, 1, bottom - EDGE.top, { class: "cursor" });
  picture.append(cursor);
  plot.replaceChildren(picture);
  readFan(plot, hours, layout, { format, now, cursor });
}

export function fanLayout(hours, width) {
  const values = hours.flatMap((hour) => [hour.price_eur_kwh, hour.p10, hour.p90]).filter((value) => value !== null);
  const { low, high, ticks } = priceDomain(values);
  const bottom = 220;
  const [start, end] = [hours[0].start, hours.at(-1).end];
  return { start, end, ticks, bottom, left: EDGE.left, right: width - EDGE.right, x: linear([start, end], [EDGE.left, width - EDGE.right]), y: linear([low, high], [bottom, EDGE.top]) };
}

// A price that was out when the forecast was made stands in it as it is: that is no forecast.
const wasForecast = ({ p50, p10, p90 }) => p50 !== null && p10 !== p90;

export function fanText(hour, { t, price, percent, withUnit, shortDay, span, word }) {
  const words = [`${shortDay(hour.start)}, ${span(hour.start, hour.end)}`];
  if (hour.price_eur_kwh !== null) words.push(`${withUnit(hour.price_eur_kwh, "eur_kwh", 4)} ${word("origin", "published")}`);
  if (wasForecast(hour)) words.push(t("band_short", { p50: price(hour.p50), p10: price(hour.p10), p90: price(hour.p90), percent: percent(80) }));
  return words.join(" · ");
}

function readFan(plot, hours, { x }, { format, now, cursor }) {
  const items = hours.map((hour) => ({ hour, text: fanText(hour, format) }));
  const show = ({ hour, text }, active) => {
    readoutOf(plot).textContent = text;
    cursor.setAttribute("x", x(hour.start));
    cursor.setAttribute("visibility", active ? "visible" : "hidden");
  };
  const first = hours.findIndex((hour) => hour.start <= now && now < hour.end);
  const at = (px) => hours.findIndex((hour) => px >= x(hour.start) && px < x(hour.end));
  attachReader(plot, { label: plotLabel(plot, format), items, at, first, show });
}
