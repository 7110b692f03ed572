// The linter of the page's modules: parses each as node does, then holds the habits of docs/page.md. `node tests/js/lint.js`; no dependency.

import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const RULES = [
  [/\b(?:innerHTML|outerHTML|insertAdjacentHTML|document\.write)\b/, "text goes out by textContent"],
  [/\.style\b|setAttribute\("style"|style:(?! "(?:currency|percent)")/, "no style attributes: the policy forbids them"],
  [/\bvar\s/, "const or let"],
  [/[^=!<>]==[^=]|!=[^=]/, "=== and !=="],
  [/\beval\(|new Function\(/, "no code from text"],
  [/\bon\w+=["']/, "no inline handlers"],
  [/https?:\/\/(?!www\.w3\.org)/, "no other host"],
  [/\bnew Date\(\)|\bDate\.now\(\)/, "the clock of the service, not the browser's"],
  [/^export default/, "named exports only"],
  [/console\.log|debugger/, "nothing left over from looking for a fault"],
  [/\.{3}\s*arguments|\barguments\[/, "named arguments"],
  [/\s+$/, "no space at the end"],
  [/^.{221,}$/, "at most 220 characters"],
  [/^\t/, "two spaces, no tabs"],
];

// Imports that are not used, and constants that nobody reads: [[name, why]].
export function unused(source) {
  const names = [...source.matchAll(/^import \{([^}]*)\}/gm)].flatMap((match) => match[1].split(",").map((name) => name.trim()));
  const own = [...source.matchAll(/^(?:const|let|function|async function) (\w+)/gm)].map((match) => match[1]);
  return [...names, ...own].filter((name) => name && source.match(new RegExp(`(?<![\\w$])${name.replace("$", "\\$")}(?![\\w$])`, "g")).length < 2);
}

export function findings(source) {
  const found = source.split("\n").flatMap((line, i) => RULES.filter(([pattern]) => pattern.test(line.replace(/^\s*\/\/.*/, ""))).map(([, why]) => `${i + 1}: ${why}`));
  return [...found, ...unused(source).map((name) => `${name} is not used`)];
}

function lint(folder) {
  let count = 0;
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".js"))) {
    const parsed = spawnSync(process.execPath, ["--check", `${folder}/${name}`], { encoding: "utf8" });
    const found = [...(parsed.status ? [parsed.stderr.trim()] : []), ...findings(readFileSync(`${folder}/${name}`, "utf8"))];
    for (const words of found) console.error(`${name}:${words}`);
    count += found.length;
  }
  return count;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = lint(fileURLToPath(new URL("../../src/fastapi-app/static/js", import.meta.url))) ? 1 : 0;
}
