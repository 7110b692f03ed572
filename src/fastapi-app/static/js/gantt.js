// The plan: one row a machine, stages as blocks on the time line, what a machine holds as a thin line, hatched while it is down; wider than the screen, it scrolls.

import { attachDrag } from "./drag.js";
import { $, svg } from "./dom.js";
import { canvas, dayAxis, hatching, hourAxis, line, nowLine, rect, text, watermark } from "./frame.js";
import { blockName } from "./marks.js";
import { downOf, stagesOf } from "./model.js";
import { attachReader, plotLabel, readoutOf } from "./reader.js";
import { linear } from "./scale.js";
import { HOUR, madrid, midnight, nextDate } from "./time.js";

const EDGE = { left: 92, right: 8, top: 16, row: 30 };
const HOUR_WIDTH = 13;

export function drawGantt(plot, doc, { format, now, width: seen, propose }) {
  const stages = stagesOf(doc.plan);
  if (stages.length === 0) return;
  const down = downOf(doc, stages.at(-1).end);
  const layout = ganttLayout(stages, now, seen, down);
  const picture = canvas(layout.width, layout.bottom + 40);
  picture.setAttribute("width", layout.width);
  for (const row of layout.units.keys()) picture.append(line(0, rowTop(row + 1) - 1, layout.width, rowTop(row + 1) - 1, "grid"));
  picture.append(dayAxis({ ...layout, top: EDGE.top, bottom: layout.bottom + 18, format }), hourAxis({ ...layout, y: layout.bottom, every: 6 }));
  picture.append(hatching("hatch-down"), ...down.filter((one) => one.start < layout.end).map((one) => downBlock(one, layout)));
  for (const stage of stages) picture.append(stageBlock(stage, layout, { format, now }));
  if (doc.simulated) picture.append(watermark(layout.width, layout.bottom, format.t("simulated")));
  if (now >= layout.start && now < layout.end) picture.append(nowLine({ now, x: layout.x, top: 4, bottom: layout.bottom, label: format.t("now") }));
  const cursor = rect(0, 0, 0, EDGE.row - 8, { class: "cursor", rx: 3 });
  const ghost = rect(0, 0, 0, EDGE.row - 8, { class: "ghost", rx: 3, visibility: "hidden" });
  picture.append(cursor, ghost, unitNames(plot, layout, format));
  const next = stages.find((stage) => stage.end > now)?.start ?? now;
  const fits = layout.x(next) - layout.x(now) < seen - EDGE.left - 60;
  showNow(plot, picture, layout.x(fits ? now : next) - EDGE.left - 2 * HOUR_WIDTH);
  readGantt(plot, stages, layout, { format, now, cursor, ghost, propose });
}

export function ganttLayout(stages, now, seen, down = []) {
  const first = Math.min(...stages.map((stage) => stage.start));
  const start = midnight(madrid(Math.min(first, now)).date);
  const end = midnight(nextDate(madrid(Math.max(...stages.map((stage) => stage.end)) - 1).date));
  const units = unitsOf(stages, down);
  const width = Math.max(seen, EDGE.left + ((end - start) / HOUR) * HOUR_WIDTH);
  const machines = new Map([...down, ...stages].map((one) => [one.unit, one]));
  return { start, end, units, machines, width, bottom: EDGE.top + units.length * EDGE.row, x: linear([start, end], [EDGE.left, width - EDGE.right]) };
}

export function stageBox(stage, { x, units }) {
  return { x: x(stage.start), y: rowTop(units.indexOf(stage.unit)) + 4, width: Math.max(2, x(stage.end) - x(stage.start) - 1) };
}

const rowTop = (row) => EDGE.top + row * EDGE.row;

// The names stay at the left edge while the plan scrolls under them.
function unitNames(plot, { units, machines, bottom }, format) {
  const names = svg("g", {}, rect(0, 0, EDGE.left - 8, bottom + 40, { class: "cover" }), ...units.map((unit, row) => text(0, rowTop(row) + 19, format.machine(machines.get(unit)))));
  plot.onscroll = () => names.setAttribute("transform", `translate(${plot.scrollLeft})`);
  return names;
}

// The first drawing scrolls to now; later ones leave the scroll where the reader put it.
function showNow(plot, picture, left) {
  const scroll = plot.firstChild ? plot.scrollLeft : left;
  plot.replaceChildren(picture);
  plot.scrollLeft = scroll;
  plot.onscroll();
}

// What of a machine's time down lies within the picture.
function downBlock(one, layout) {
  const start = Math.min(layout.end, Math.max(layout.start, one.start));
  const { x, y, width } = stageBox({ unit: one.unit, start, end: Math.min(layout.end, one.end) }, layout);
  return rect(x, y, width, EDGE.row - 8, { class: "down", fill: "url(#hatch-down)" });
}

// Machines in the order of the stages, then by their number; one that is down is there without a stage, too.
export function unitsOf(stages, down = []) {
  const order = new Map();
  for (const { batch, stage } of stages) {
    if (batch === stages[0].batch) order.set(stage, order.size);
  }
  const units = new Map([...stages, ...down].map(({ unit, stage }) => [unit, order.get(stage) ?? order.size]));
  return [...units.keys()].sort((a, b) => units.get(a) - units.get(b) || a.localeCompare(b));
}

function stageBlock(stage, layout, { format, now }) {
  const { x, y, width } = stageBox(stage, layout);
  const group = svg("g", { class: stage.end <= now ? "past" : null }, rect(x, y, width, EDGE.row - 8, { class: `block ${stage.quality}`, rx: 3 }));
  if (stage.released > stage.end) group.append(rect(x + width, y + EDGE.row / 2 - 6, layout.x(stage.released) - x - width - 1, 4, { class: `hold ${stage.quality}` }));
  const name = blockName(stage.named, width, format);
  if (name) group.append(text(x + width / 2, y + 15, name, { class: `block-label ${stage.quality}`, "text-anchor": "middle" }));
  return group;
}

export function stageText(stage, format) {
  const { t, batch, euros, machine, withUnit, shortDay, span } = format;
  return `${t("batch")} ${batch(stage.named)} · ${machine(stage)}: ${shortDay(stage.start)}, ${span(stage.start, stage.end)} · ${withUnit(stage.energy_kwh, "kwh")} · ${euros(stage.cost_eur)}`;
}

function readGantt(plot, stages, layout, { format, now, cursor, ghost, propose }) {
  const items = stages.map((stage) => ({ stage, text: stageText(stage, format) }));
  const show = ({ stage, text: words }, active) => {
    const box = stageBox(stage, layout);
    readoutOf(plot).textContent = words;
    $("plan-why").textContent = format.said(stage.why);
    for (const [name, value] of Object.entries(box)) cursor.setAttribute(name, value);
    cursor.setAttribute("visibility", active ? "visible" : "hidden");
    if (active && document.activeElement === plot && (box.x < plot.scrollLeft || box.x > plot.scrollLeft + plot.clientWidth - 60)) plot.scrollLeft = box.x - plot.clientWidth / 2;
  };
  const first = stages.findIndex((stage) => stage.end > now);
  const at = (px, py) => stages.findIndex((stage) => {
    const box = stageBox(stage, layout);
    const dx = px + plot.scrollLeft;
    return dx >= box.x - 1 && dx <= box.x + box.width + 1 && py >= box.y - 4 && py < box.y + EDGE.row - 4;
  });
  attachReader(plot, { label: plotLabel(plot, format) + (propose ? `; ${format.t("edit.keys")}` : ""), items, at, first, show });
  if (!propose) return;
  const left = () => plot.getBoundingClientRect();
  attachDrag(plot, {
    stages, ghost, propose, box: (stage) => stageBox(stage, layout), msPerPx: (layout.end - layout.start) / (layout.x(layout.end) - layout.x(layout.start)),
    stageAt: (event) => stages[at(event.clientX - left().left, event.clientY - left().top)],
    say: (stage, start) => { readoutOf(plot).textContent = `${format.batch(stage.named)}, ${format.word("stage", stage.stage)}: ${format.shortDay(start)}, ${format.hour(start)}`; },
  });
}
