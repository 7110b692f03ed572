// Numbers, hours and dates by Intl, in Madrid time. The server writes the same (routers/localise.py).

import { HOUR, ZONE, madrid } from "./time.js";

export const DASH = "–";
const UNIT = /(?<=\d) (?=(?:€|kWh?|kg|%|°C|h)(?![\w]))/g;
const MINUS = /(?<!\S)-(?=\d)/g;
const WISH = /\bw(\d+)\b/g;
const QUALITY = /\b(?:standard|premium)\b/g;
const EUROS = /(\d[\d.,]*)\u00a0€(?!\/)/g;
const BATCH = /\b(\d{4})(\d\d)(\d\d)-(\w+)-(\d+)\b/g;

export function makeFormat(lang, texts) {
  const locale = lang === "en" ? "en-GB" : "es-ES";
  const clock = new Intl.DateTimeFormat(locale, { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const day = new Intl.DateTimeFormat(locale, { timeZone: ZONE, weekday: "long", day: "numeric", month: "long" });
  const shortDay = new Intl.DateTimeFormat(locale, { timeZone: ZONE, weekday: "short" });
  const t = (key, values = {}) => fillText(texts[key], values);
  const format = {
    lang,
    t,
    number: (value, digits = 0) => number(locale, value, digits),
    price: (value) => number(locale, value, 4),
    hour: (at) => clock.format(at) + repeated(at, clock, t),
    span: (start, end) => `${format.hour(start)}–${format.hour(end)}`,
    day: (at) => plainDay(day.format(at)),
    shortDay: (at) => `${shortDay.format(at).replace(".", "").slice(0, 3)} ${Number(madrid(at).date.slice(8))}`,
    moment: (at) => `${format.day(at)}, ${format.hour(at)}`,
    age: (ms) => age(ms, t),
    batch: (id) => batch(id, format),
    said: (said) => spelled((said?.[lang] ?? "").replace(BATCH, (id) => batch(id, format)).replace(WISH, (_, n) => t("edit.request", { n })).replace(QUALITY, (code) => format.word("quality", code)), lang),
    euros: (amount) => (lang === "en" ? `€${number(locale, amount, 2)}` : `${number(locale, amount, 2)}\u00a0€`),
    word: (group, code) => texts[`${group}.${code}`] ?? code ?? DASH,
  };
  return format;
}

export function fillText(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// A sentence of the planner with numbers that stay beside their units; English puts the sign of the euro first.
function spelled(sentence, lang) {
  const text = sentence.replace(UNIT, "\u00a0").replace(MINUS, "−");
  return lang === "en" ? text.replace(EUROS, "€$1") : text;
}

function number(locale, value, digits) {
  if (value === null || value === undefined) return DASH;
  const text = Math.abs(value).toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}

// The autumn day has two equal hours: the first is summer time, the second winter time.
function repeated(at, clock, t) {
  const text = clock.format(at);
  if (clock.format(at + HOUR) === text) return ` ${t("hour.summer")}`;
  return clock.format(at - HOUR) === text ? ` ${t("hour.winter")}` : "";
}

// Some versions of ICU write "Sunday, 22 November" and others "Sunday 22 November".
function plainDay(text) {
  return text.replace(/^([A-Z]\w+), /, "$1 ");
}

// "20260319-standard-1", the first standard batch due that day, as people say it; any other name as it is.
function batch(id, { word, shortDay }) {
  const [parts] = id.matchAll(BATCH);
  if (!parts) return id;
  const [year, month, day, quality, n] = parts.slice(1);
  return `${word("quality", quality)} ${n} (${shortDay(Date.UTC(year, month - 1, day, 12))})`;
}

function age(ms, t) {
  const minutes = Math.floor(ms / 60000);
  if (minutes < 1) return t("age.now");
  if (minutes < 60) return t("age.minutes", { n: minutes });
  if (minutes < 48 * 60) return t("age.hours", { n: Math.floor(minutes / 60) });
  return t("age.days", { n: Math.floor(minutes / 1440) });
}
