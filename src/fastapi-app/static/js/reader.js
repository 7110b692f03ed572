// Reading a chart: pointer, tap and arrow keys move one cursor over its items; a screen reader hears the same text.
// The plot is a slider over the items, so arrow keys and spoken values work everywhere.

const STEPS = { ArrowRight: 1, ArrowLeft: -1, ArrowUp: 1, ArrowDown: -1 };

// The index after a key, or null when the key is not ours. `columns`: how far up and down go (a table of many rows).
export function moved(index, key, count, columns = 1) {
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  if (key === "PageUp") return Math.max(0, index - 24);
  if (key === "PageDown") return Math.min(count - 1, index + 24);
  if (!(key in STEPS)) return null;
  const vertical = key === "ArrowUp" || key === "ArrowDown";
  const step = vertical && columns > 1 ? -STEPS[key] * columns : STEPS[key];
  const next = index + step;
  return next < 0 || next >= count ? index : next;
}

// items: [{text, ...}], `at(x, y)`: index under a point in the plot or -1, `first`: where reading starts, and what is shown while
// nobody reads, unless what was read `stays`.
export function attachReader(plot, { label, items, at, first, columns, show, stays = false }) {
  const held = (place) => Math.min(Math.max(place, 0), items.length - 1);
  let index = held(document.activeElement === plot ? Number(plot.getAttribute("aria-valuenow")) : first);  // a redraw does not move the reader
  const select = (next) => {
    index = next;
    plot.setAttribute("aria-valuenow", next);
    plot.setAttribute("aria-valuetext", items[next].text);
    show(items[next], true);
  };
  const rest = () => show(items[stays ? index : held(first)], false);
  const point = (event) => {
    const box = plot.getBoundingClientRect();
    const next = at(event.clientX - box.left, event.clientY - box.top);
    if (next >= 0) select(next);
  };
  plot.onpointermove = point;
  plot.onpointerdown = point;
  plot.onpointerleave = () => document.activeElement === plot || rest();
  plot.onblur = rest;
  plot.onfocus = () => select(index);
  plot.onkeydown = (event) => {
    const next = moved(index, event.key, items.length, columns);
    if (next === null) return;
    event.preventDefault();
    select(next);
  };
  for (const [name, value] of Object.entries({ role: "slider", tabindex: 0, "aria-label": label, "aria-valuemin": 0, "aria-valuemax": items.length - 1 })) {
    plot.setAttribute(name, value);
  }
  select(index);
  if (document.activeElement !== plot) rest();
}

export const readoutOf = (plot) => plot.closest("figure").querySelector(".readout");

export function plotLabel(plot, format) {
  return `${plot.closest("figure").querySelector("h2, h3").textContent}; ${format.t("reader")}`;
}
