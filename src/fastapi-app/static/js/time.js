// Europe/Madrid on the time line of milliseconds: days of 23, 24 and 25 hours.

export const ZONE = "Europe/Madrid";
export const HOUR = 3600000;

const parts = new Intl.DateTimeFormat("en-GB", {
  timeZone: ZONE, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
});

export function madrid(ms) {
  const found = {};
  for (const part of parts.formatToParts(ms)) found[part.type] = part.value;
  return { date: `${found.year}-${found.month}-${found.day}`, hour: Number(found.hour), minute: Number(found.minute), second: Number(found.second) };
}

export function offset(ms) {
  const { date, hour, minute, second } = madrid(ms);
  return Date.UTC(...dateParts(date), hour, minute, second) - Math.floor(ms / 1000) * 1000;
}

function dateParts(date) {
  const [year, month, day] = date.split("-").map(Number);
  return [year, month - 1, day];
}

// Midnight of a Madrid day. The clocks change at 01:00 UTC, after midnight of both, so the offset of 00:00 UTC is that of midnight.
export function midnight(date) {
  const utc = Date.UTC(...dateParts(date));
  return utc - offset(utc);
}

export function nextDate(date) {
  const [year, month, day] = dateParts(date);
  return new Date(Date.UTC(year, month, day + 1)).toISOString().slice(0, 10);
}

// Instants in [start, end) at which the wall clock shows a whole hour divisible by `every`; the second of two equal hours is left out.
export function hourTicks(start, end, every) {
  const ticks = [];
  for (let at = start; at < end; at += HOUR) {
    const hour = madrid(at).hour;
    if (hour % every === 0 && (ticks.length === 0 || madrid(at - HOUR).hour !== hour)) ticks.push({ at, hour });
  }
  return ticks;
}
