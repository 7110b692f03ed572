// Wires the page: charts, ages, theme, refresh.

import { showAges } from "./ages.js";
import { makeClock } from "./clock.js";
import { drawDays } from "./days.js";
import { $, readJson } from "./dom.js";
import { makeFormat } from "./format.js";
import { morph } from "./morph.js";
import { poll } from "./poll.js";
import { makeRefresh } from "./refresh.js";

const root = document.documentElement;
const texts = readJson(document, "texts");
const format = makeFormat(root.lang, texts);
const clock = makeClock(Date.parse(root.dataset.now), Number(root.dataset.rate));
const charts = { days: drawDays };
let shown = readJson(document, "document");
let heard = clock.now();

function drawChart(plot) {
  const width = Math.floor(plot.clientWidth);
  if (width > 0) charts[plot.dataset.chart](plot, shown, { format, now: clock.now(), width });
}

function drawAll() {
  document.querySelectorAll("[data-chart]").forEach((plot) => { watched.observe(plot); drawChart(plot); });
}

const watched = new ResizeObserver((entries) => entries.forEach(({ target, contentRect }) => {
  if (target.dataset.width !== String(Math.floor(contentRect.width))) drawChart(target);
  target.dataset.width = Math.floor(contentRect.width);
}));

function tick() {
  showAges(document, clock.now(), format);
  const words = format.moment(clock.now());
  if ($("clock").textContent !== words) $("clock").textContent = words;
}

function takePage(next) {
  shown = readJson(next, "document");
  morph($("page"), next.getElementById("page"));
  document.title = next.title;
  drawAll();
  tick();
  $("live").textContent = format.t("updated");
}

function setAway(away) {
  if (root.classList.toggle("away", away)) {
    $("offline").textContent = `${format.t("offline")}. ${format.t("offline_since", { hour: format.hour(heard) })}`;
  } else if (!$("offline").hidden) $("live").textContent = format.t("back");
  $("offline").hidden = !away;
}

function switchTheme() {
  const dark = (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  root.dataset.theme = dark ? "light" : "dark";
  try { localStorage.setItem("theme", root.dataset.theme); } catch { /* private mode: the choice lasts for this visit */ }
}

drawAll();
tick();
setInterval(tick, 10000);
setInterval(() => document.hidden || drawAll(), 60000);
document.addEventListener("click", (event) => event.target.closest("#theme") && switchTheme());
if (!root.dataset.at) {
  const refresh = makeRefresh({
    fetcher: (...given) => fetch(...given), url: "/dashboard/complete", pageUrl: `/dashboard?lang=${root.lang}`,
    onNow: (now) => clock.set(now), onPage: takePage, shownRevision: () => shown.revision,
  });
  poll(refresh, { onSuccess: () => { heard = clock.now(); setAway(false); }, onFailure: () => setAway(true) });
}
