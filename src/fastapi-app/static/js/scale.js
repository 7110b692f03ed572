// Scales and paths: numbers in, numbers and strings out.

export function linear([d0, d1], [r0, r1]) {
  const slope = d1 === d0 ? 0 : (r1 - r0) / (d1 - d0);
  return (value) => r0 + (value - d0) * slope;
}

// About `count` round steps of 1, 2 or 5 that cover [low, high].
export function niceTicks(low, high, count = 5) {
  const rough = (high - low || Math.abs(high) || 1) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough * 0.999);
  const ticks = [];
  for (let i = Math.floor(low / step + 1e-9); i * step <= high + step * 0.999; i++) ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

// The domain that holds the values, from 0: no empty step below when the lowest is just under zero.
export function priceDomain(values, count = 4) {
  const low = Math.min(0, ...values);
  const ticks = niceTicks(low, Math.max(0.05, ...values), count);
  return { low: low < 0 ? low * 1.1 : 0, high: ticks.at(-1), ticks: ticks.filter((tick) => tick >= low) };
}

export function digitsOf(ticks) {
  const step = ticks.length > 1 ? ticks[1] - ticks[0] : 1;
  return Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
}

const round = (value) => Math.round(value * 10) / 10;

// A line that keeps its height over each slot; a hole in the slots is a hole in the line.
export function stepPath(slots, x, y) {
  let path = "";
  let end = null;
  for (const slot of slots) {
    path += `${slot.start === end ? "L" : "M"}${round(x(slot.start))} ${round(y(slot.value))}H${round(x(slot.end))}`;
    end = slot.end;
  }
  return path;
}

// The area between two values of each slot.
export function bandPath(slots, x, y, low, high) {
  return slots.map((slot) => `M${round(x(slot.start))} ${round(y(high(slot)))}H${round(x(slot.end))}V${round(y(low(slot)))}H${round(x(slot.start))}Z`).join("");
}

// Neighbours of one kind joined into runs: [{start, end, kind, count}].
export function runs(slots, kind) {
  const joined = [];
  for (const slot of slots) {
    const last = joined.at(-1);
    if (last && last.kind === kind(slot) && last.end === slot.start) {
      last.end = slot.end;
      last.count += 1;
    } else joined.push({ start: slot.start, end: slot.end, kind: kind(slot), count: 1 });
  }
  return joined;
}
