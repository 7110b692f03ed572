// The marks of the classes, beside their colours.

export const MARKS = { optimal: "●", moderate: "◐", reduced: "◔", halt: "✕" };
