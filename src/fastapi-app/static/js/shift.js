// The end of a shift: one tap says that what nobody reported ran as planned, or all but some batches.

import { $ } from "./dom.js";
import { makeKeys, saying, whileDisabled } from "./send.js";

// What a tap says, without its id: up to the end of the shift, but for the batches that are ticked.
export const confirmedOf = (until, ticked) => ({ until, ...(ticked.length && { but: ticked }) });

export function makeShift({ send, format, asked }) {
  const ids = makeKeys();
  document.addEventListener("submit", async (event) => {
    const until = event.target.dataset.shift;
    if (!until) return;
    event.preventDefault();
    const said = confirmedOf(until, event.submitter?.value === "rest" ? new FormData(event.target).getAll("but") : []);
    const what = JSON.stringify(said);
    const say = (text) => { if ($("shift-said")) $("shift-said").textContent = text; };
    const sent = () => send("POST", "/floor/confirmed", { id: ids.of(what), ...said });
    const words = (answer) => format.t("shift.confirmed", { count: format.number(answer.confirmed.length, 0) });
    if (await whileDisabled(event.submitter, () => saying(say, format, sent, words))) ids.answered(what);
    asked();
  });
}
