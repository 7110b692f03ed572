// Numbers, hours and dates by Intl, in Madrid time; sentences come made. The server writes the same (wording/localise.py).

import { HOUR, ZONE } from "./time.js";

export const DASH = "–";
const MINUS = "−";  // as wide as the digits, and no break after it

export function makeFormat(lang, texts) {
  const { locale } = texts;
  const clock = new Intl.DateTimeFormat(locale, { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const named = (width, options) => partsBy(new Intl.DateTimeFormat(locale, { timeZone: ZONE, weekday: width, day: "numeric", ...options }));
  const [long, short] = [named("long", { month: "long" }), named("short", {})];
  const narrow = new Intl.DateTimeFormat(locale, { timeZone: ZONE, weekday: "narrow" });
  const t = (key, values = {}) => fillText(texts[key], values);
  const word = (group, code) => texts[`${group}.${code}`] ?? code ?? DASH;
  const number = (value, digits = 0, options = {}) => written(locale, value, digits, options);
  const format = {
    lang, t, number, word,
    price: (value) => number(value, 4),
    euros: (amount, digits = 2) => number(amount, digits, { style: "currency", currency: "EUR" }),
    percent: (value, digits = 0) => number(isKnown(value) ? value / 100 : value, digits, { style: "percent" }),
    withUnit: (value, unit, digits = 0) => (isKnown(value) ? t(`unit_of.${unit}`, { value: number(value, digits) }) : DASH),
    hour: (at) => clock.format(at) + repeated(at, clock, t),
    span: (start, end) => `${format.hour(start)}–${format.hour(end)}`,
    day: (at) => t("date.day", long(at)),
    shortDay: (at) => t("date.short", short(at)),
    dayLetter: (at) => narrow.format(at),
    moment: (at) => t("date.moment", { day: format.day(at), hour: format.hour(at) }),
    age: (ms) => age(ms, t),
    batch: (batch) => batchName(batch, format),
    machine: ({ stage, machine }) => (isKnown(machine) ? t("machine.numbered", { stage: word("stage", stage), number: machine }) : word("stage", stage)),
    stage: (code) => texts[`in_sentence.stage.${code}`] ?? word("stage", code),
    said: (said) => said?.[lang] ?? "",
  };
  return format;
}

export function fillText(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

const isKnown = (value) => value !== null && value !== undefined;

// Thousands are always grouped; a tie is rounded away from zero; never "-0".
function written(locale, value, digits, options) {
  if (!isKnown(value)) return DASH;
  const text = Math.abs(value).toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: "always", ...options });
  return value < 0 && /[1-9]/.test(text) ? MINUS + text : text;
}

const partsBy = (dates) => (at) => Object.fromEntries(dates.formatToParts(at).map(({ type, value }) => [type, value]));

// The autumn day has two equal hours: the first is summer time, the second winter time.
function repeated(at, clock, t) {
  const text = clock.format(at);
  if (clock.format(at + HOUR) === text) return ` ${t("hour.summer")}`;
  return clock.format(at - HOUR) === text ? ` ${t("hour.winter")}` : "";
}

// A batch as people say it: by quality, number and the day of its name; one without a number goes by its id.
function batchName({ id, name }, { t, word, shortDay }) {
  if (!name) return id;
  const said = { quality: word("quality", name.quality), number: name.number };
  return name.day ? t("batch.named", { ...said, day: shortDay(Date.parse(`${name.day}T12:00Z`)) }) : t("batch.free", said);
}

function age(ms, t) {
  const minutes = Math.floor(ms / 60000);
  if (minutes < 1) return t("age.now");
  if (minutes < 60) return t("age.minutes", { n: minutes });
  if (minutes < 48 * 60) return t("age.hours", { n: Math.floor(minutes / 60) });
  return t("age.days", { n: Math.floor(minutes / 1440) });
}
