// Asks again every 30 s while the page is seen, more slowly while the service fails, and never twice at once.

export const PERIOD_MS = 30000;
export const LONGEST_MS = 5 * 60000;

export function delayAfter(failures) {
  return Math.min(LONGEST_MS, PERIOD_MS * 2 ** Math.max(0, failures - 1));
}

// `ask(signal)` rejects when the service cannot be reached. Returns how to stop, and how to ask at once.
export function poll(ask, { onFailure, onSuccess, timers = window, page = document, timeoutMs = 15000 }) {
  let failures = 0;
  let timer = 0;
  let running = null;
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
    timer = timers.setTimeout(tick, delayAfter(failures));
  }
  page.addEventListener("visibilitychange", tick);
  timers.addEventListener("online", tick);
  timer = timers.setTimeout(tick, PERIOD_MS);
  return { stop: () => timers.clearTimeout(timer), ask: tick };
}
