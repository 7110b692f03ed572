// The linter finds what it says that it finds.

import assert from "node:assert/strict";
import { test } from "node:test";

import { findings } from "./lint.js";

test("a clean module has no findings", () => {
  assert.deepEqual(findings('import { a } from "./a.js";\n\nexport const b = (c) => a(c) === 1;\n'), []);
});

for (const [line, why] of [
  ["element.innerHTML = words;", "textContent"],
  ['element.style.width = "3px";', "policy"],
  ["if (a == b) f();", "==="],
  ["if (a != b) f();", "==="],
  ["var a = f();", "const or let"],
  ["f(new Date());", "clock"],
  ["export default f;", "named exports"],
  ['fetch("https://example.org/");', "other host"],
  ["console.log(1);", "fault"],
  ["f(); ", "space at the end"],
]) {
  test(`found: ${line}`, () => assert.match(findings(line).join(), new RegExp(why)));
}

test("an import and a function that nobody uses are found", () => {
  assert.deepEqual(findings('import { $, html } from "./dom.js";\nfunction left() {}\nexport const here = () => $("a");\n'), ["html is not used", "left is not used"]);
});
