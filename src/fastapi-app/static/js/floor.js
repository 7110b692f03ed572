// What happens on the floor, told from the page: one event a press, with the minute, now when none is typed; what was told, with its undo.

import { $, html } from "./dom.js";
import { makeKeys, read, saying, whileDisabled } from "./send.js";

const OF_MACHINE = ["machine_down", "machine_up"];
const OF_ALL = ["nobody", "back"];

// The event that a form tells, without its id. Empty fields are left out: the service fills in what follows from where things stand.
export function eventOf({ kind, batch, machine, at, until, kg }) {
  const about = OF_ALL.includes(kind) ? {} : OF_MACHINE.includes(kind) ? { unit: machine } : { batch };
  const spoken = { ...about, at, until, kg: kg ? Number(kg) : undefined };
  return { kind, ...Object.fromEntries(Object.entries(spoken).filter(([, value]) => value !== undefined && value !== "")) };
}

// A machine by the name that the plan gives it.
export const machineName = ({ stage, unit }, machines) =>
  (machines.filter((one) => one.stage === stage).length > 1 ? `${stage}-${unit}` : stage);

// Batches that can be told about: those under way and waiting first, then the next, then what ended in the last 24 hours.
export function inOrder(batches) {
  const rank = { under_way: 0, waiting: 1, planned: 2, finished: 3, spoiled: 4 };
  return batches.filter((batch) => batch.state in rank)
    .sort((a, b) => rank[a.state] - rank[b.state] || a.start.localeCompare(b.start) || a.id.localeCompare(b.id));
}

// What came of an event, in a sentence.
export function told(answer, { t, number }) {
  if (answer.late.length === 0) return answer.plan_id ? t("floor.done") : t("edit.computing");
  const by = Math.max(...answer.late.map((late) => late.by_minutes ?? 0));
  return t("floor.late", { count: number(answer.late.length, 0), hours: number(by / 60, 1) });
}

export function makeFloor({ send, format, asked }) {
  const say = (text) => { $("floor-said").textContent = text; };
  const ids = makeKeys();
  let machines = [];

  async function tell(event, button) {
    const what = JSON.stringify(event);
    const sent = () => send("POST", "/floor/events", { id: ids.of(what), ...event });
    if (await whileDisabled(button, () => saying(say, format, sent, (answer) => told(answer, format)))) ids.answered(what);
    await list();
    asked();
  }

  async function list() {
    const floor = await read("/floor");
    if (!floor || !$("floor-list")) return;
    machines = floor.machines;
    fill("batch", inOrder(floor.batches).map((batch) => [batch.id, `${batch.id} · ${format.t(`floor.state.${batch.state}`)}`]));
    fill("machine", machines.map((one) => [machineName(one, machines), format.machine({ stage: one.stage, machine: one.unit })]));
    $("floor-assumed").textContent = floor.assumed ? format.t("floor.assumed", { count: format.number(floor.assumed, 0) }) : "";
    const log = await read(`/floor/events?after=${Math.max(0, floor.sequence - 200)}`);
    const events = (log?.events ?? []).filter((event) => event.by === "operator" && event.kind !== "ordered").slice(-8).reverse();
    $("floor-list").replaceChildren(...events.map(item));
  }

  // The choice that stands stays.
  function fill(name, options) {
    const field = document.querySelector(`[data-floor] [name=${name}]`);
    const chosen = field.value;
    field.replaceChildren(...options.map(([value, words]) => html("option", { value }, words)));
    if (options.some(([value]) => value === chosen)) field.value = chosen;
  }

  function item(event) {
    const words = [format.t(`floor.${event.kind}`), event.batch, format.hour(Date.parse(event.at))].filter(Boolean).join(" · ");
    const label = `${format.t("edit.undo")}: ${words}`;
    const undo = html("button", { type: "button", class: "button", "data-untell": event.sequence, "aria-label": label }, format.t("edit.undo"));
    return html("li", {}, html("span", {}, words), event.kind === "correction" ? "" : undo);
  }

  document.addEventListener("submit", (event) => {
    if (!("floor" in event.target.dataset)) return;
    event.preventDefault();
    tell(eventOf({ ...Object.fromEntries(new FormData(event.target)), kind: event.submitter.value }), event.submitter);
  });
  document.addEventListener("click", ({ target }) => {
    if (target.dataset?.untell) tell({ kind: "correction", of: Number(target.dataset.untell) }, target);
  });
  document.addEventListener("toggle", ({ target }) => target.id === "floor-tools" && target.open && list(), true);

  // A stage that was picked in the chart: its batch and machine are chosen in the form.
  return async (stage) => {
    $("floor-tools").open = true;
    await list();
    for (const [name, value] of [["batch", stage.batch], ["machine", stage.unit]]) {
      const field = document.querySelector(`[data-floor] [name=${name}]`);
      if ([...field.options].some((option) => option.value === value)) field.value = value;
    }
  };
}
