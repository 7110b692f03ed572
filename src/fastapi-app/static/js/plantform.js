// The form of the plant: made of what the service tells, tried while one types, saved and undone.

import { $, html } from "./dom.js";
import { DAYS, changesOf, figuresOf, isOf, limitOf } from "./plant.js";
import { read, whileDisabled } from "./send.js";

const PAUSE_MS = 500;

export function makePlantForm({ send, format, asked }) {
  const { t, word, number } = format;
  const weekday = (day) => new Intl.DateTimeFormat(t("locale"), { weekday: "short", timeZone: "UTC" }).format(Date.UTC(2026, 2, 9 + DAYS.indexOf(day)));
  let plant = null;
  let turn = 0;
  let timer = null;
  const say = (text) => { $("plant-said").textContent = text; };

  function figure(label, place, value) {
    const { least, most, unit, whole } = limitOf(plant.limits, place);
    const limits = `${number(least)} – ${number(most, most % 1 ? 1 : 0)} ${unit === "batches" ? t("plant.batches") : unit === "machines" ? "" : unit}`;
    return html("label", {}, label, html("input", { type: "number", name: place, value, min: least, max: most, step: whole ? 1 : "any", inputmode: "decimal", required: "" }), html("span", { class: "small" }, limits));
  }

  const group = (title, ...fields) => html("fieldset", {}, html("legend", {}, title), ...fields);
  const placed = (...place) => JSON.stringify(place);

  function shiftRow({ days, start, end }) {
    const ticks = DAYS.map((day) => html("label", { class: "tick" }, html("input", { type: "checkbox", value: day, checked: days.includes(day) && "" }), weekday(day)));
    const clock = (name, value) => html("label", {}, t(`plant.${name}`), html("input", { type: "time", "data-clock": name, value, step: 900 }));
    return html("div", { class: "shift", "data-row": "" }, ...ticks, clock("start", start), clock("end", end), html("button", { type: "button", class: "button", "data-less": "" }, t("plant.less")));
  }

  function fieldsOf() {
    const figures = figuresOf(plant);
    const label = (key) => t(`plant.${key}`);
    const one = (text, ...place) => figure(text, placed(...place), figures.get(placed(...place)));
    const quality = (code) => word("quality", code);
    return [
      ...plant.stages.map(({ name }) => group(word("stage", name), one(label("units"), "stages", name, "units"), one(label("power"), "stages", name, "power_kw"),
        ...plant.qualities.map((code) => one(`${label("minutes")}: ${quality(code)}`, "stages", name, "minutes", code)))),
      group(label("contract"), ...Object.keys(plant.contract.power_kw).map((period) => one(`${label("power")} ${period}`, "contract", "power_kw", period)),
        ...[...figures.keys()].filter((place) => place.startsWith('["price"')).map((place) => figure(`${label("price")} ${JSON.parse(place)[2] ?? ""}`, place, figures.get(place)))),
      group(label("shifts"), ...plant.shifts.map(shiftRow), html("button", { type: "button", class: "button", "data-more": "" }, label("more"))),
      ...DAYS.map((day) => group(`${label("demand")}: ${weekday(day)}`, ...plant.qualities.map((code) => one(quality(code), "demand", day, code)))),
      html("p", { class: "buttons" }, html("button", { class: "button", value: "save", disabled: "" }, label("save")),
        html("button", { type: "button", class: "button", "data-plant-undo": "", disabled: !plant.kept.length && "" }, label("undo"))),
    ];
  }

  function wanted() {
    const inputs = [...$("plant-form").querySelectorAll("input[name]")].filter((input) => input.value !== "");
    const typed = new Map(inputs.map((input) => [input.name, Number(input.value)]));
    const shifts = [...$("plant-form").querySelectorAll("[data-row]")].map((row) => ({
      days: [...row.querySelectorAll(":checked")].map((tick) => tick.value),
      start: row.querySelector("[data-clock=start]").value, end: row.querySelector("[data-clock=end]").value,
    }));
    return changesOf(plant, typed, shifts);
  }

  function show(told) {
    const counts = told.before.map((before, index) => html("li", {}, t("plant.week", {
      quality: word("quality", before.quality), before: number(before.at_least_batches), after: number(told.after[index].at_least_batches), due: number(told.after[index].due_kg / plant.batch_kg),
    })));
    $("plant-effect").replaceChildren(html("ul", { class: "parts" }, ...counts), html("pre", { class: "diff", tabindex: 0, "aria-label": t("plant.diff") }, told.diff));
  }

  function faulty(errors = []) {
    for (const input of $("plant-form").querySelectorAll("input[name]")) {
      input.toggleAttribute("aria-invalid", errors.some(({ name }) => isOf(name, input.name)) || !input.validity.valid);
    }
  }

  // What stands in the form, asked of the service; an answer that comes after a newer question is left alone.
  async function ask(method, path, body, more) {
    const mine = ++turn;
    try {
      const told = await send(method, path, body, { "If-Match": `"${plant.digest}"`, ...more });
      if (mine !== turn) return null;
      faulty();
      if (told === null) say(t("edit.no_token"));
      else show(told);
      return told;
    } catch (error) {
      if (mine !== turn) return null;
      faulty(error.errors);
      $("plant-effect").replaceChildren();
      say(`${t("edit.refused")} ${error.message}`);
      return null;
    }
  }

  async function tried() {
    const body = wanted();
    const save = $("plant-form").querySelector("[value=save]");
    save.disabled = true;
    if (!Object.keys(body).length) {
      turn += 1;
      faulty();
      $("plant-effect").replaceChildren();
      return say(t("plant.same"));
    }
    const told = await ask("PUT", "/plant?dry_run=true", body);
    if (told) say(plant.closed ? `${t("plant.closed")} ${plant.closed}` : t("plant.fits"));
    save.disabled = !told || Boolean(plant.closed);
    return told;
  }

  async function changed(method, path, body) {
    const told = await ask(method, path, body);
    if (!told) return;
    await load();
    show(told);
    say(t(told.in_force ? "plant.saved" : "plant.saved_restart"));
    asked();
  }

  async function load() {
    plant = await read("/plant");
    if (!plant) return say(t("plant.away"));
    $("plant-form").replaceChildren(...fieldsOf());
    $("plant-effect").replaceChildren();
    return say(plant.fault ?? (plant.closed ? `${t("plant.closed")} ${plant.closed}` : ""));
  }

  const soon = () => { clearTimeout(timer); timer = setTimeout(tried, PAUSE_MS); };
  document.addEventListener("toggle", ({ target }) => target.id === "plant-tools" && target.open && load(), true);
  document.addEventListener("input", ({ target }) => target.form?.id === "plant-form" && soon());
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "plant-form") return;
    event.preventDefault();
    clearTimeout(timer);
    whileDisabled(event.submitter, () => changed("PUT", "/plant", wanted()));
  });
  document.addEventListener("click", ({ target }) => {
    if (target.hash === "#plant-tools") $("plant-tools").open = true;
    if (!target.dataset || !target.closest("#plant-form")) return;
    if ("plantUndo" in target.dataset) whileDisabled(target, () => changed("POST", "/plant/undo"));
    if ("more" in target.dataset) target.before(shiftRow({ days: [], start: "06:00", end: "14:00" }));
    if ("less" in target.dataset) target.closest("[data-row]").remove();
    if ("more" in target.dataset || "less" in target.dataset) soon();
  });
}
