// Wires the page: charts, ages, theme, refresh.

import { showAges } from "./ages.js";
import { drawRecord, drawSavings } from "./bars.js";
import { makeBoard } from "./board.js";
import { makeClock } from "./clock.js";
import { makeCompareForm } from "./compare.js";
import { makeDayForm } from "./dayform.js";
import { drawDays } from "./days.js";
import { $, html, readJson } from "./dom.js";
import { drawFan } from "./fan.js";
import { makeFloor } from "./floor.js";
import { makeFormat } from "./format.js";
import { makeInstalled } from "./installed.js";
import { drawGantt } from "./gantt.js";
import { showMachines } from "./machines.js";
import { morph } from "./morph.js";
import { makePlantForm } from "./plantform.js";
import { poll } from "./poll.js";
import { makeRefresh } from "./refresh.js";
import { askIn, makeSend } from "./send.js";
import { makeSheet } from "./sheet.js";
import { makeShift } from "./shift.js";
import { makeSteps } from "./steps.js";
import { makeViews } from "./views.js";
import { drawHumidity, drawTemperature } from "./weather.js";
import { makeWeekView } from "./weekview.js";
import { makeWishes } from "./wishes.js";

const root = document.documentElement;
const format = makeFormat(root.lang, readJson(document, "texts"));
const seen = Date.parse(root.dataset.now); // of a page that was kept for when the network is away: when it was kept
const clock = makeClock(seen + Number(root.dataset.kept ?? 0) * Number(root.dataset.rate), root.dataset.at ? 0 : Number(root.dataset.rate));
const charts = {
  days: drawDays, week: makeWeekView((plot) => board.drawOne(plot)), gantt: (plot, doc, context) => drawGantt(plot, doc, { ...context, propose }), fan: drawFan, record: drawRecord, savings: drawSavings,
  temperature: drawTemperature, humidity: drawHumidity,
};
const board = makeBoard((plot, width) => charts[plot.dataset.chart](plot, shown, { format, now: clock.now(), width }), () => html("p", { class: "small" }, format.t("chart_failed")));
let shown = readJson(document, "document");
let heard = seen;
let polling = null;
const send = makeSend({ fetcher: (...given) => fetch(...given), askToken: askIn($("token")), storage: sessionStorage });
const tools = "controls" in root.dataset ? [makeFloor, makeWishes].map((make) => make({ send, format, asked: () => polling.ask() })) : [];
if (tools.length) for (const make of [makeShift, makePlantForm, makeSteps]) make({ send, format, asked: () => polling.ask() });
const tellCost = tools.length ? makeSheet({ send, format, clock, current: () => shown, asked: () => polling.ask() }) : () => {};
const propose = tools.length ? (stage, start) => tools.forEach((tool) => tool(stage, start)) : null;

function tick() {
  showAges(document, clock.now(), format);
  showMachines(document, clock.now());
  const words = format.moment(clock.now());
  if (!root.dataset.at && $("clock").textContent !== words) $("clock").textContent = words;
}

function takePage(next) {
  shown = readJson(next, "document");
  morph($("page"), next.getElementById("page"));
  document.title = next.title;
  board.drawAll();
  tick();
  tellCost(shown);
}

// The last known state stays, greyed, with its hour; a screen reader hears of the change once.
function setAway(away) {
  if (away !== $("offline").hidden) return;
  root.classList.toggle("away", away);
  $("offline").hidden = !away;
  $("offline").textContent = away ? `${format.t("offline")}. ${root.dataset.kept ? format.t("offline_kept", { moment: format.moment(heard) }) : format.t("offline_since", { hour: format.hour(heard) })}` : "";
  $("live").textContent = away ? format.t("offline") : format.t("back");
}

function switchTheme() {
  const dark = (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  root.dataset.theme = dark ? "light" : "dark";
  try {
    localStorage.setItem("theme", root.dataset.theme);
  } catch {
    // a private window keeps nothing: the choice lasts for this visit
  }
}

makeViews({ onChange: () => board.drawAll() });
for (const make of [makeDayForm, makeCompareForm]) make(document, (address) => location.assign(address));
board.drawAll();
tick();
setInterval(tick, 10000);
setInterval(() => document.hidden || board.drawAll(), 60000);
addEventListener("beforeprint", () => board.drawAll(true));
document.addEventListener("click", (event) => event.target.closest("#theme") && switchTheme());
if (!root.dataset.at) {
  const refresh = makeRefresh({
    fetcher: (...given) => fetch(...given), url: "/dashboard/complete", pageUrl: `/dashboard?lang=${root.lang}${shown.compare ? `&with=${shown.compare.date}` : ""}`,
    onNow: clock.set, onPage: takePage, current: () => shown,
  });
  const installed = makeInstalled({ format, said: $("installed-said"), button: $("installed-switch"), workers: navigator.serviceWorker, stores: window.caches, storage: localStorage });
  let start = installed.start; // after the first answer: what is kept is no part of the first paint
  const onSuccess = () => { heard = clock.now(); delete root.dataset.kept; setAway(false); start?.(); start = null; };
  polling = poll(refresh, { onSuccess, onFailure: () => setAway(true) });
  if (root.dataset.kept) setAway(true);
}
