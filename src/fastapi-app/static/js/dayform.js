// A day that is chosen from the calendar: the address of that day in the same view.

// The plan of a past day is looked at in its morning, as the arrows beside it do; what came of a day at its end.
export function dayAddress(view, day, { today, lang }) {
  if (day >= today) return `/dashboard?lang=${lang}#${view}`;
  return `/dashboard?lang=${lang}&at=${day}${view === "plan" ? "T06:00" : ""}#${view}`;
}

export function makeDayForm(root, go) {
  root.addEventListener("change", (event) => {
    const input = event.target.closest("input[data-day]");
    if (!input || !input.value || !input.checkValidity()) return;
    go(dayAddress(input.dataset.day, input.value, { today: input.max, lang: document.documentElement.lang }));
  });
}
