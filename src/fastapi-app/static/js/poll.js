// Asks again every 3 s while the page is seen, every second after something was told, more slowly while the service fails, and never
// twice at once.

export const PERIOD_MS = 3000;
export const SOON_MS = 1000;
const SOON = 5; // so often the answer to what was told is looked for before the usual pace
export const LONGEST_MS = 5 * 60000;

export function delayAfter(failures) {
  return Math.min(LONGEST_MS, PERIOD_MS * 2 ** Math.max(0, failures - 1));
}

// `ask(signal)` rejects when the service cannot be reached. Returns how to stop, and how to ask at once.
export function poll(ask, { onFailure, onSuccess, timers = window, page = document, timeoutMs = 15000 }) {
  let failures = 0;
  let timer = 0;
  let running = null;
  let soon = 0;
  async function tick() {
    timers.clearTimeout(timer);
    if (running || page.hidden) return;
    running = new AbortController();
    const guard = timers.setTimeout(() => running.abort(), timeoutMs);
    try {
      await ask(running.signal);
      failures = 0;
      onSuccess();
    } catch (error) {
      failures += 1;
      onFailure(error);
    }
    timers.clearTimeout(guard);
    running = null;
    timer = timers.setTimeout(tick, failures === 0 && soon > 0 ? SOON_MS : delayAfter(failures));
    soon = Math.max(0, soon - 1);
  }
  function hurry() {
    soon = SOON;
    return tick();
  }
  page.addEventListener("visibilitychange", tick);
  timers.addEventListener("online", tick);
  timer = timers.setTimeout(tick, PERIOD_MS);
  return { stop: () => timers.clearTimeout(timer), ask: hurry };
}
