// What each machine does now and next: the marks move on with the clock between two documents.

// Runs of a machine in their order -> what each is at an instant.
export function places(runs, now) {
  let next = false;
  return runs.map(({ start, end }) => {
    if (end <= now) return "over";
    if (start <= now) return "on";
    const place = next ? "later" : "next";
    next = true;
    return place;
  });
}

export function showMachines(root, now) {
  for (const machine of root.querySelectorAll(".machine")) {
    const runs = [...machine.querySelectorAll(".run")];
    const found = places(runs.map((run) => ({ start: Date.parse(run.dataset.start), end: Date.parse(run.dataset.end) })), now);
    runs.forEach((run, i) => setClass(run, `run ${found[i]}`));
    if (!machine.classList.contains("down")) setClass(machine, `machine ${found.includes("on") ? "busy" : "free"}`);
  }
}

function setClass(element, name) {
  if (element.className !== name) element.className = name;
}
