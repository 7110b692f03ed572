// What the operator asks of the plan: the forms, the list of wishes with their undo, and what the service answered.

import { $, html } from "./dom.js";
import { read, saying, whileDisabled } from "./send.js";
import { madrid } from "./time.js";

const two = (number) => String(number).padStart(2, "0");

// An instant as the value of a field for local date and time.
export function localValue(at) {
  const { date, hour, minute } = madrid(at);
  return `${date}T${two(hour)}:${two(minute)}`;
}

// The request that a form makes: [path, body]. Times are of Madrid, as they were typed; empty fields are left out.
export function requestOf(kind, fields) {
  const [stage, unit] = (fields.machine ?? "").split(/-(?=\d+$)/);
  const { start, end, quality, batch } = fields;
  if (kind === "pin") return ["/plan/wishes", { kind, quality, stage: fields.stage, start }];
  if (kind === "forbidden") return ["/plan/wishes", { kind, start, end, ...(fields.stage && { stage: fields.stage }) }];
  if (kind === "machine_down") return ["/plan/wishes", { kind, stage, ...(unit && { unit: Number(unit) }), start, end }];
  if (fields.not_made) return ["/plan/actuals", { batch_id: batch, made: false }];
  return ["/plan/actuals", { batch_id: batch, stages: [{ stage: fields.stage, start }] }];
}

export function wishText(wish, { t, hour, machine, shortDay, word }) {
  const moment = (at) => `${shortDay(at)} ${hour(at)}`;
  const what = [machine({ stage: wish.stage ?? "all", machine: wish.unit }), wish.quality && word("quality", wish.quality)];
  const when = [wish.start, wish.end].filter(Boolean).map((at) => moment(Date.parse(at))).join("–");
  return `${t(`wish.${wish.kind}`)}: ${what.filter(Boolean).join(", ")}, ${when}`;
}

// What came of it, in a sentence.
export function outcome(answer, { t, said, euros }) {
  const plan = answer.plan;
  if (plan.state === "computing") return t("edit.computing");
  if (plan.state !== "done") return `${t("edit.no_plan")} ${plan.reason}`;
  const cost = said(answer.wish?.text);
  if (plan.clash) return `${t("edit.clash")} ${said(plan.clash.text)}`;
  return `${t("edit.done", { cost: euros(plan.objective_eur, 0) })}${cost ? ` ${cost}` : ""}`;
}

export function makeWishes({ send, format, asked }) {
  const say = (text) => { $("edit-said").textContent = text; };

  async function change(method, path, body) {
    await saying(say, format, () => send(method, path, body), (answer) => outcome(answer, format));
    await list();
    asked();
  }

  async function list() {
    const answer = await read("/plan/wishes");
    if (!answer) return;
    const { wishes } = answer;
    $("edit-list").replaceChildren(...wishes.map(item), ...(wishes.length ? [] : [html("li", { class: "small" }, format.t("edit.none"))]));
  }

  function item(wish) {
    const cost = format.said(wish.text) || format.t("edit.cost_unknown");
    const undo = html("button", { type: "button", class: "button", "data-undo": wish.id, "aria-label": `${format.t("edit.undo")}: ${wishText(wish, format)}` }, format.t("edit.undo"));
    return html("li", {}, html("span", {}, `w${wish.id} · ${wishText(wish, format)}`), html("span", { class: "small" }, cost), undo);
  }

  document.addEventListener("submit", (event) => {
    const kind = event.target.dataset.edit;
    if (!kind) return;
    event.preventDefault();
    whileDisabled(event.submitter, () => change("POST", ...requestOf(kind, Object.fromEntries(new FormData(event.target)))));
  });
  document.addEventListener("click", ({ target }) => target.dataset?.undo && whileDisabled(target, () => change("DELETE", `/plan/wishes/${target.dataset.undo}`)));
  document.addEventListener("toggle", ({ target }) => target.id === "plan-tools" && target.open && list(), true);

  // A stage that was picked in the chart goes into the forms; it is kept only when the operator says so.
  return (stage, start) => {
    $("plan-tools").open = true;
    const values = { quality: stage.quality, stage: stage.stage, batch: stage.batch, start: localValue(start) };
    for (const kind of ["pin", "report"]) {
      for (const [name, value] of Object.entries(values)) {
        const field = document.querySelector(`[data-edit=${kind}] [name=${name}]`);
        if (field) field.value = value;
      }
    }
    document.querySelector("[data-edit=pin] [name=start]").focus();
  };
}
