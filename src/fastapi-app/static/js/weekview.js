// The week with its switch (price, class, score, plan) and the panel of the chosen hour.

import { $ } from "./dom.js";
import { drawHour } from "./hour.js";
import { drawWeek } from "./week.js";

export function makeWeekView(redraw) {
  let kind = "price";
  let chosen = null;
  document.addEventListener("change", ({ target }) => {
    if (target.name !== "week-kind") return;
    kind = target.value;
    redraw($("week-plot").querySelector(".plot"));
  });
  return (plot, doc, context) => {
    const pick = (cell, active) => {
      if (active) chosen = cell.start;
      drawHour($("hour"), cell, doc.week.legend, context.format);
    };
    drawWeek(plot, doc, { ...context, kind, chosen, pick });
  };
}
