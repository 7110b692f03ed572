// The document as the charts need it: instants in milliseconds, known slots only, the class of each hour. Pure.

import { HOUR, midnight, nextDate } from "./time.js";

export function slotsOf(day) {
  return (day?.slots ?? [])
    .filter((slot) => slot.price_eur_kwh !== null)
    .map((slot) => ({ ...slot, start: Date.parse(slot.start), end: Date.parse(slot.end), value: slot.price_eur_kwh }));
}

export function hoursOf(block) {
  const hours = block?.hours ?? (block?.days ?? []).flatMap((day) => day.hours);
  return hours.map((hour) => ({ ...hour, start: Date.parse(hour.start), end: Date.parse(hour.end), value: hour.price_eur_kwh ?? hour.p50 }));
}

export function classesOf(doc) {
  return new Map(hoursOf(doc.week).filter((hour) => hour.production_class).map((hour) => [hour.start, hour.production_class.toLowerCase()]));
}

// Planned batches as blocks in as few lanes as hold them without overlap: [{batch, quality, start, end, lane}].
export function lanesOf(plan, start, end) {
  const blocks = (plan?.batches ?? [])
    .map((batch) => ({ batch: nameOf(batch), quality: batch.quality, start: Date.parse(batch.stages[0].start), end: Date.parse(batch.stages.at(-1).end) }))
    .filter((block) => block.end > start && block.start < end)
    .sort((a, b) => a.start - b.start);
  const ends = [];
  for (const block of blocks) {
    const free = ends.findIndex((laneEnd) => laneEnd <= block.start);
    block.lane = free < 0 ? ends.length : free;
    ends[block.lane] = block.end;
  }
  return blocks;
}

const nameOf = ({ id, name }) => ({ id, name });

export function stagesOf(plan) {
  return (plan?.batches ?? [])
    .flatMap((batch) => batch.stages.map((stage) => ({
      ...stage, batch: batch.id, named: nameOf(batch), quality: batch.quality, why: batch.why,
      start: Date.parse(stage.start), end: Date.parse(stage.end), released: Date.parse(stage.released ?? stage.end),
    })))
    .sort((a, b) => a.start - b.start || a.unit.localeCompare(b.unit));
}

// Machines that are down, as the floor said or as it was asked for, as far as the chart goes.
export function downOf(doc, until) {
  const said = (doc.floor?.down ?? []).map((one) => ({ ...one, start: Date.parse(one.since), end: one.until ? Date.parse(one.until) : until }));
  const asked = (doc.plan?.wishes ?? []).filter(({ kind, end }) => kind === "machine_down" && end)
    .map(({ stage, unit, start, end }) => ({ stage, ...machineOf(doc.plan, stage, unit ?? 1), start: Date.parse(start), end: Date.parse(end) }));
  return [...said, ...asked];
}

// A stage of one machine has its name; of several, each its number.
function machineOf(plan, stage, number) {
  const isNumbered = plan.batches.some((batch) => batch.stages.some((one) => one.stage === stage && Number.isInteger(one.machine)));
  return isNumbered ? { unit: `${stage}-${number}`, machine: number } : { unit: stage, machine: null };
}

export const hourStart = (ms) => Math.floor(ms / HOUR) * HOUR;

export function dayOf(day, classes) {
  const start = midnight(day.date);
  const slots = slotsOf(day).map((slot) => ({ ...slot, cls: classes.get(hourStart(slot.start)) ?? null }));
  return { date: day.date, state: day.state, start, end: midnight(nextDate(day.date)), slots };
}

// The parts of [start, end) that no slot covers.
export function holes(slots, start, end) {
  const found = [];
  let at = start;
  for (const slot of slots) {
    if (slot.start > at) found.push({ start: at, end: slot.start });
    at = Math.max(at, slot.end);
  }
  if (at < end) found.push({ start: at, end });
  return found;
}
