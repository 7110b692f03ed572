// The service's clock, counted on in the browser: the page never trusts the browser's own date, and a simulated clock may run fast.

export function makeClock(base, rate, read = Date.now) {
  let origin = { base, at: read() };
  return {
    now: () => origin.base + (read() - origin.at) * rate,
    set: (instant) => { origin = { base: instant, at: read() }; },
  };
}
