// The first steps: a button asks a source once, by its job of the schedule, and says what came of it.

import { read, whileDisabled } from "./send.js";

const LOOKS = 40;

// The job once it does not run any more; null where nobody can tell.
async function ended(id, wait) {
  for (let look = 0; look < LOOKS; look += 1) {
    await wait();
    const job = (await read("/scheduler/status"))?.jobs.find((one) => one.id === id);
    if (!job) return null;
    if (!job.running) return job;
  }
  return null;
}

export function makeSteps({ send, format, asked, wait = () => new Promise((resolve) => { setTimeout(resolve, 1500); }) }) {
  async function tried(button) {
    const { t, word } = format;
    const say = (text) => { button.nextElementSibling.textContent = text; };
    say(t("steps.asking"));
    try {
      if (await send("POST", `/scheduler/jobs/${button.dataset.try}/run`) === null) return say(t("edit.no_token"));
    } catch (error) {
      if (error.status !== 409) return say(error.message);  // 409: it is asked already
    }
    const job = await ended(button.dataset.try, wait);
    const outcome = job?.last_outcome ?? "waiting";
    say(outcome === "failed" ? `${word("steps", outcome)} ${job.last_error ?? ""}` : word("steps", outcome));
    return asked();
  }

  document.addEventListener("click", ({ target }) => target.dataset?.try && whileDisabled(target, () => tried(target)));
}
