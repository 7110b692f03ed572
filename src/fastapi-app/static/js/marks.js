// What stands on the marks: the sign of each class beside its colour, the name of a batch on its block.

export const MARKS = { optimal: "●", moderate: "◐", reduced: "◔", halt: "✕" };

// The name of a batch where it fits, else its number, else nothing.
export function blockName(batch, width, format) {
  const name = format.batch(batch);
  if (width > 7 * name.length) return name;
  return width > 16 ? String(batch.name?.number ?? "") : "";
}
