// What a form of the plant changes: pure. A field is called by its place in the body of PUT /plant, as JSON.

export const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

// Place -> value of each figure that can be edited.
export function figuresOf(plant) {
  const found = new Map();
  const put = (value, ...place) => found.set(JSON.stringify(place), value);
  for (const { name, units, power_kw, minutes } of plant.stages) {
    put(units, "stages", name, "units");
    put(power_kw, "stages", name, "power_kw");
    for (const quality of plant.qualities) put(minutes[quality], "stages", name, "minutes", quality);
  }
  for (const [period, kw] of Object.entries(plant.contract.power_kw)) put(kw, "contract", "power_kw", period);
  if (plant.price.basis === "indexed") put(plant.price.fee_eur_per_kwh, "price", "fee_eur_per_kwh");
  for (const [period, price] of Object.entries(plant.price.fixed_eur_per_kwh)) put(price, "price", "fixed_eur_per_kwh", period);
  for (const day of DAYS) for (const quality of plant.qualities) put(plant.demand[day][quality] ?? 0, "demand", day, quality);
  return found;
}

// The limit of a place: the longest name of the limits that it begins with.
export function limitOf(limits, place) {
  const [first, ...rest] = JSON.parse(place);
  return limits[[first, ...(first === "stages" ? [rest[1]] : rest)].join(".")] ?? limits[`${first}.${rest[0]}`] ?? limits[first];
}

// The body of the request: figures that differ, and the shifts when one of them does.
export function changesOf(plant, typed, shifts) {
  const body = {};
  for (const [place, value] of figuresOf(plant)) {
    const given = typed.get(place);
    if (given === undefined || given === value) continue;
    const way = JSON.parse(place);
    const key = way.pop();
    way.reduce((inner, name) => (inner[name] ??= {}), body)[key] = given;
  }
  if (JSON.stringify(shifts) !== JSON.stringify(plant.shifts)) body.shifts = shifts;
  return body;
}

// Whether a fault that the service names is of a field: of itself, or of the table that it stands in.
export const isOf = (fault, place) => `${JSON.parse(place).join(".")}.`.startsWith(`${fault}.`);
