// Ages of the numbers: amber after twice the usual interval, red after four times.

export function ageLevel(ageMs, usualMinutes) {
  if (!usualMinutes) return "";
  const times = ageMs / (usualMinutes * 60000);
  if (times > 4) return "dead";
  return times > 2 ? "late" : "";
}

export function showAges(root, now, format) {
  for (const element of root.querySelectorAll("time.age")) {
    const age = Math.max(0, now - Date.parse(element.dateTime));
    const words = format.age(age);
    if (element.textContent !== words) element.textContent = words;
    const level = ageLevel(age, Number(element.dataset.usual ?? 0));
    element.classList.toggle("late", level === "late");
    element.classList.toggle("dead", level === "dead");
    element.title = format.moment(Date.parse(element.dateTime));
  }
}
