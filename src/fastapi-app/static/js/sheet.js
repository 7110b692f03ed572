// One machine under the thumb: what can be said of it now, one press a fact; what came of it and its undo stand in the same place.

import { $, html } from "./dom.js";
import { machineName, told } from "./floor.js";
import { makeKeys, read, saying, whileDisabled } from "./send.js";

const DOWN_HOURS = [1, 2, 4, null];
const MINUTE = 60_000;

// What can be said: `run` is the state of the stage inside, `next` the batch that the plan has next for the machine.
export function actionsOf({ state, batch }, run, next) {
  if (state === "down") return [{ kind: "machine_up" }];
  const inside = { busy: [run === "interrupted" ? "resumed" : "ended", ...(run === "interrupted" ? [] : ["interrupted"]), "spoiled"], held: ["spoiled"] }[state] ?? [];
  const begins = state === "free" && next ? [{ kind: "began", batch: next }] : [];
  return [...begins, ...inside.map((kind) => ({ kind, batch })), ...DOWN_HOURS.map((hours) => ({ kind: "machine_down", hours }))];
}

// The event of an action, without its id: of a machine, or of the batch in it; an end is told to the minute.
export function eventOf({ kind, batch, hours }, { stage, unit }, now) {
  const until = hours ? { until: new Date(Math.floor((now + hours * 60 * MINUTE) / MINUTE) * MINUTE).toISOString() } : {};
  return { kind, stage, unit, ...(batch && { batch }), ...until };
}

export function makeSheet({ send, format, clock, current, asked }) {
  const ids = makeKeys();
  let open = null; // the machine that is shown
  let awaited = null; // the plan whose cost is still to be told, and what the one before cost
  const say = (text) => $("sheet-said").replaceChildren(text);

  async function show(unit) {
    const floor = await read("/floor");
    const machine = floor?.machines.find((one) => machineName(one, floor.machines) === unit);
    const row = document.querySelector(`.machine[data-unit="${CSS.escape(unit)}"]`);
    open = unit;
    if (!machine) return $("sheet-said").append(" ", format.t("sheet.unknown"));
    const numbered = floor.machines.filter((one) => one.stage === machine.stage).length > 1;
    $("sheet-title").textContent = format.machine({ stage: machine.stage, machine: numbered ? machine.unit : null });
    $("sheet-now").textContent = row?.querySelector(".runs").innerText ?? "";
    const inside = floor.batches.find((batch) => batch.id === machine.batch)?.runs.at(-1)?.state;
    const next = row?.querySelector(".run.next, .run.on")?.dataset.batch;
    $("sheet-actions").replaceChildren(...actionsOf(machine, inside, next).map((action) => press(action, machine, row)));
    if (!$("sheet").open) $("sheet").showModal();
    return null;
  }

  function press(action, machine, row) {
    const batch = row?.querySelector(`.run[data-batch="${CSS.escape(action.batch ?? "")}"] .batch`)?.textContent ?? action.batch;
    const words = action.kind !== "machine_down" ? [format.t(`floor.${action.kind}`), batch].filter(Boolean).join(": ")
      : action.hours ? format.t("sheet.down", { hours: format.number(action.hours, 0) }) : format.t("sheet.down_open");
    const button = html("button", { type: "button", class: "button" }, words);
    button.addEventListener("click", () => tell(eventOf(action, machine, clock.now()), button));
    return button;
  }

  async function tell(event, button) {
    const { until: _until, ...fact } = event; // pressed again a minute later it is still the same thing
    const what = JSON.stringify(event.until ? { ...fact, ends: button.textContent } : fact);
    let answer = null;
    const sent = async () => { answer = await send("POST", "/floor/events", { id: ids.of(what), ...event }); return answer; };
    const before = current().plan?.objective_eur;
    if (await whileDisabled(button, () => saying(say, format, sent, (got) => told(got, format)))) ids.answered(what);
    if (!answer) return;
    awaited = answer.plan_id && before !== undefined ? { plan: answer.plan_id, before } : null;
    if (event.kind !== "correction") $("sheet-said").append(" ", undoOf(answer.sequence));
    asked();
    await show(open);
    costs(current());
  }

  function undoOf(sequence) {
    const undo = html("button", { type: "button", class: "button" }, format.t("edit.undo"));
    undo.addEventListener("click", () => tell({ kind: "correction", of: sequence }, undo));
    return undo;
  }

  // What the plan that knows of it costs, once the page has it.
  function costs(doc) {
    if (!awaited || doc.plan?.plan_id !== awaited.plan) return;
    const [after, before] = [doc.plan.objective_eur, awaited.before].map((eur) => format.euros(eur, 2));
    const [words, undo] = [` ${format.t("sheet.cost", { after, before })} `, $("sheet-said").querySelector("button")];
    if (undo) undo.before(words);
    else $("sheet-said").append(words);
    awaited = null;
  }

  document.addEventListener("click", ({ target }) => {
    const unit = target.closest?.("[data-ask]")?.dataset.ask;
    if (unit) {
      say("");
      show(unit);
    }
    if (target.id === "sheet-more") {
      $("sheet").close();
      $("floor-tools").open = true;
    }
  });
  return costs;
}
