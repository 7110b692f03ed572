// Keeps the last page for when the network is away. The network is always asked first; what is kept is answered only where it cannot be
// reached (or a gateway says that the service is away), and only with the mark `data-kept`: how many milliseconds ago it was kept.

const STORE = "last-page";
const KEY = "/dashboard";
const AWAY = [502, 504];

self.addEventListener("install", (event) => event.waitUntil(fetch(KEY, { cache: "no-store" }).then(keep).catch(() => null).then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { method, url, mode } = event.request;
  if (method === "GET" && isLive(new URL(url))) event.respondWith(mode === "navigate" ? keptIfAway(event) : kept(event));
});

// The page of now; that of a past day, or beside another, is not kept.
const isLive = ({ origin, pathname, searchParams }) => origin === self.location.origin && pathname === KEY && !searchParams.has("at") && !searchParams.has("with");

async function kept(event) {
  const answer = await fetch(event.request);
  event.waitUntil(keep(answer.clone()));
  return answer;
}

async function keptIfAway(event) {
  try {
    const answer = await kept(event);
    return (AWAY.includes(answer.status) && (await marked())) || answer;
  } catch (error) {
    return (await marked()) ?? Promise.reject(error);
  }
}

async function keep(answer) {
  if (!answer.ok || answer.redirected || !(answer.headers.get("Content-Type") ?? "").startsWith("text/html")) return;
  const headers = { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": answer.headers.get("Content-Security-Policy"), "X-Kept-At": String(Date.now()) };
  const text = await answer.text();
  await (await caches.open(STORE)).put(KEY, new Response(text, { headers }));
}

async function marked() {
  const page = await (await caches.open(STORE)).match(KEY);
  if (!page) return null;
  const age = Math.max(0, Date.now() - Number(page.headers.get("X-Kept-At")));
  return new Response((await page.text()).replace("<html ", `<html data-kept="${age}" `), { headers: page.headers });
}
