// Moving a stage of the plan by quarters of an hour: with the mouse, with a finger that rests on it first (else the finger scrolls), or
// with Shift and the arrow keys; Enter or the release proposes it.

import { HOUR } from "./time.js";

const QUARTER = HOUR / 4;
const REST_MS = 350;
const STILL_PX = 8;

export const snapped = (at) => Math.round(at / QUARTER) * QUARTER;

// `box(stage)`: where it stands; `ghost`: the outline that is moved; `propose(stage, start)`: what was chosen. Over the reader's handlers.
export function attachDrag(plot, { stageAt, stages, box, msPerPx, ghost, propose, say }) {
  const { onpointerdown, onpointermove, onkeydown } = plot;
  let held = null;
  let rest = 0; // the finger that is not moved before then takes the stage
  let from = 0;
  const show = () => {
    ghost.setAttribute("visibility", held ? "visible" : "hidden");
    if (!held) return;
    const { x, y, width } = box(held.stage);
    for (const [name, value] of Object.entries({ x: x + (held.start - held.stage.start) / msPerPx, y, width })) ghost.setAttribute(name, value);
    say(held.stage, held.start);
  };
  const end = (take) => {
    clearTimeout(rest);
    const done = held;
    held = null;
    show();
    if (take && done && (done.byKey || done.start !== done.stage.start)) propose(done.stage, done.start);
  };
  plot.onpointerdown = (event) => {
    onpointerdown(event);
    const stage = stageAt(event);
    clearTimeout(rest);
    if (!stage) return;
    from = event.clientX;
    const take = () => { held = { stage, start: stage.start }; show(); };
    if (event.pointerType === "touch") rest = setTimeout(take, REST_MS);
    else take();
    if (held) plot.setPointerCapture(event.pointerId);
  };
  plot.onpointermove = (event) => {
    if (Math.abs(event.clientX - from) > STILL_PX) clearTimeout(rest);
    if (!held || held.byKey) return onpointermove(event);
    held.start = snapped(held.stage.start + (event.clientX - from) * msPerPx);
    return show();
  };
  plot.onpointerup = () => held?.byKey || end(true);
  plot.onpointercancel = () => end(false);
  plot.ontouchmove = plot.oncontextmenu = (event) => held && !held.byKey && event.preventDefault(); // it moves the stage, not the page
  plot.onkeydown = (event) => {
    const stage = stages[Number(plot.getAttribute("aria-valuenow"))];
    const step = { ArrowLeft: -QUARTER, ArrowRight: QUARTER }[event.key];
    if (event.key === "Shift") return undefined;
    if (event.key === "Escape") return end(false);
    if (event.key === "Enter") {
      event.preventDefault();  // the field that is focused now would take it and send its form
      held ??= { stage, start: stage.start, byKey: true };
      return end(true);
    }
    if (!event.shiftKey || !step) {
      end(false);
      return onkeydown(event);
    }
    event.preventDefault();
    held = held?.byKey ? held : { stage, start: stage.start, byKey: true };
    held.start = snapped(held.start + step);
    return show();
  };
}
