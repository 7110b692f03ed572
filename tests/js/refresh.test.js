import assert from "node:assert/strict";
import { test } from "node:test";
import { ageLevel } from "../../src/fastapi-app/static/js/ages.js";
import { makeClock } from "../../src/fastapi-app/static/js/clock.js";
import { LONGEST_MS, PERIOD_MS, SOON_MS, delayAfter, poll } from "../../src/fastapi-app/static/js/poll.js";
import { moved } from "../../src/fastapi-app/static/js/reader.js";
import { makeRefresh } from "../../src/fastapi-app/static/js/refresh.js";

globalThis.DOMParser = class { parseFromString(text) { return `parsed ${text}`; } };

function service(shown, answers) {
  const asked = [];
  const pages = [];
  const clocks = [];
  const fetcher = async (url, { headers }) => {
    asked.push([url, headers["If-None-Match"] ?? null]);
    const { status = 200, body = {}, etag = null, now = null } = answers.shift();
    return { ok: status === 200, status, headers: new Map([["ETag", etag], ["X-Now", now]]), json: async () => body, text: async () => body };
  };
  const current = { doc: shown };
  const refresh = makeRefresh({ fetcher, url: "/complete", pageUrl: "/page", onNow: (now) => clocks.push(now), onPage: (page) => pages.push(page), current: () => current.doc });
  return { refresh, asked, pages, clocks, current };
}

test("an unchanged document costs one request without content and draws nothing", async () => {
  const { refresh, asked, pages } = service({ revision: "a" }, [{ body: { revision: "a" }, etag: 'W/"a"' }, { status: 304 }, { status: 304 }]);
  for (let i = 0; i < 3; i++) await refresh();
  assert.deepEqual(asked, [["/complete", null], ["/complete", 'W/"a"'], ["/complete", 'W/"a"']]);
  assert.deepEqual(pages, []);
});

test("a new document brings a fresh rendering", async () => {
  const { refresh, asked, pages } = service({ revision: "a" }, [{ body: { revision: "b" }, etag: 'W/"b"' }, { body: "html" }]);
  await refresh();
  assert.deepEqual(asked.map(([url]) => url), ["/complete", "/page"]);
  assert.deepEqual(pages, ["parsed html"]);
});

test("a page that could not be fetched is asked for again", async () => {
  const { refresh, asked } = service({ revision: "a" }, [{ body: { revision: "b" }, etag: 'W/"b"' }, { status: 503 }, { body: { revision: "b" }, etag: 'W/"b"' }, { body: "html" }]);
  await assert.rejects(refresh(), /\/page: 503/);
  await refresh();
  assert.deepEqual(asked.at(-2), ["/complete", null]);
});

test("while the history is fetched its progress is followed, though the ETag stands still", async () => {
  const running = (done) => ({ revision: "a", system: { ingestion: { state: "running", done } } });
  const { refresh, asked, pages } = service(running(1), [{ body: running(1), etag: 'W/"a"' }, { body: running(2), etag: 'W/"a"' }, { body: "html" }]);
  await refresh();
  await refresh();
  assert.deepEqual(asked[1], ["/complete", null]);
  assert.equal(pages.length, 1);
});

test("what was told is looked for every second, also where a question was under way, and then at the usual pace", async () => {
  const timers = fakeTimers();
  const page = { hidden: false, addEventListener: (name, work) => { page.seen = work; } };
  let asked = 0;
  const polling = poll(async () => { asked += 1; }, { onSuccess: () => {}, onFailure: () => {}, timers, page });
  await Promise.all([page.seen(), polling.ask()]);
  assert.equal(asked, 1);
  const pace = [];
  while (timers.last().ms === SOON_MS && pace.length < 20) {
    pace.push(timers.last().ms);
    await timers.last().work();
  }
  assert.equal(pace.length, 5);
  assert.equal(asked, 6);
  assert.equal(timers.last().ms, PERIOD_MS);
});

test("the clock of the service is heard on every answer", async () => {
  const { refresh, clocks } = service({ revision: "a" }, [{ body: { revision: "a" }, now: "2026-11-18T13:20:00Z" }, { status: 304, now: "2026-11-18T13:20:30Z" }]);
  await refresh();
  await refresh();
  assert.deepEqual(clocks.map((now) => new Date(now).toISOString().slice(11, 19)), ["13:20:00", "13:20:30"]);
});

test("a failing service is asked more and more slowly, up to five minutes", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 20].map(delayAfter), [1, 1, 2, 4, 8, 16, 100].map((times) => times * PERIOD_MS));
  assert.equal(delayAfter(20), LONGEST_MS);
});

function fakeTimers() {
  const timers = { waiting: [], listeners: {} };
  timers.setTimeout = (work, ms) => timers.waiting.push({ work, ms });
  timers.clearTimeout = (id) => { if (timers.waiting[id - 1]) timers.waiting[id - 1].work = null; };
  timers.addEventListener = (name, work) => { timers.listeners[name] = work; };
  timers.last = () => timers.waiting.filter(({ work }) => work).at(-1);
  return timers;
}

test("polling stops while the page is hidden and asks at once when it is seen again", async () => {
  const timers = fakeTimers();
  const page = { hidden: true, addEventListener: (name, work) => { page.seen = work; } };
  let asked = 0;
  poll(async () => { asked += 1; }, { onSuccess: () => {}, onFailure: () => {}, timers, page });
  assert.equal(timers.last().ms, PERIOD_MS);
  await timers.last().work();
  assert.equal(asked, 0);
  page.hidden = false;
  await page.seen();
  assert.equal(asked, 1);
  assert.equal(timers.last().ms, PERIOD_MS);
});

test("one question at a time; each failure is told, and the first success too", async () => {
  const timers = fakeTimers();
  const page = { hidden: false, addEventListener: (name, work) => { page.seen = work; } };
  const told = [];
  let fail = true;
  let asked = 0;
  poll(async () => { asked += 1; if (fail) throw new Error("away"); }, { onSuccess: () => told.push("ok"), onFailure: (error) => told.push(error.message), timers, page });
  await Promise.all([page.seen(), page.seen()]);
  assert.equal(asked, 1);
  await page.seen();
  assert.equal(timers.last().ms, 2 * PERIOD_MS);
  fail = false;
  await page.seen();
  assert.deepEqual(told, ["away", "away", "ok"]);
  assert.equal(timers.last().ms, PERIOD_MS);
});

test("the clock counts on from the service's own time, at its rate", () => {
  let browser = 1000;
  const clock = makeClock(500000, 60, () => browser);
  browser += 10;
  assert.equal(clock.now(), 500600);
  clock.set(900000);
  assert.equal(clock.now(), 900000);
});

test("ages turn amber after twice the usual interval and red after four times", () => {
  const minutes = (n) => ageLevel(n * 60000, 60);
  assert.deepEqual([minutes(119), minutes(121), minutes(239), minutes(241)], ["", "late", "late", "dead"]);
  assert.equal(ageLevel(1e12, 0), "");
});

test("keys move the cursor and stop at the ends; in a table up and down change the row", () => {
  assert.deepEqual([moved(5, "ArrowRight", 10), moved(9, "ArrowRight", 10), moved(0, "ArrowLeft", 10), moved(5, "Home", 10), moved(5, "End", 10)], [6, 9, 0, 0, 9]);
  assert.deepEqual([moved(30, "ArrowUp", 168, 24), moved(30, "ArrowDown", 168, 24), moved(160, "ArrowDown", 168, 24)], [6, 54, 160]);
  assert.equal(moved(5, "Tab", 10), null);
});
