// A second day over the one that is shown: a dashed line, named at its end, and what the reader says of it.

import { svg } from "./dom.js";
import { text } from "./frame.js";
import { stepPath } from "./scale.js";

// Its slots at the hours of the shown day that they stand over.
export function compareOf(doc) {
  const slots = (doc.compare?.slots ?? []).filter((slot) => slot.over !== null && slot.price_eur_kwh !== null).map((slot) => {
    const start = Date.parse(slot.over);
    return { start, end: start + Date.parse(slot.end) - Date.parse(slot.start), value: slot.price_eur_kwh };
  });
  return { at: doc.compare ? Date.parse(`${doc.compare.date}T12:00Z`) : null, slots: slots.sort((a, b) => a.start - b.start) };
}

export function compareLine({ at, slots }, { x, y }, format) {
  if (slots.length === 0) return svg("g");
  const last = slots.at(-1);
  const paths = ["line-halo", "line-compare"].map((cls) => svg("path", { d: stepPath(slots, x, y), class: cls }));
  return svg("g", { class: "compare-line" }, ...paths, text(x(last.end) - 4, y(last.value) - 7, format.shortDay(at), { class: "mark compare-mark", "text-anchor": "end" }));
}

export function compareText({ at, slots }, slot, format) {
  const beside = slots.find((one) => one.start <= slot.start && slot.start < one.end);
  return beside ? `${format.shortDay(at)}: ${format.withUnit(beside.value, "eur_kwh", 4)}` : null;
}

export function makeCompareForm(root, go) {
  root.addEventListener("change", (event) => {
    const input = event.target.closest("input[data-compare]");
    if (input && input.value && input.checkValidity()) go(`${input.dataset.compare}${input.value}#prices`);
  });
}
