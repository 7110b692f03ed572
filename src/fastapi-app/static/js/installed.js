// The last page for when the network is away, kept by the worker beside the page: on unless the reader turned it off.

const OFF = "off";
const WORKER = "/dashboard/worker.js";
const STORE = "last-page";

export function makeInstalled({ format, said, button, workers, stores, storage }) {
  const isWanted = () => storage.getItem("offline") !== OFF;

  function show() {
    button.hidden = !workers;
    said.textContent = format.t(workers ? `installed.${isWanted() ? "on" : "off"}` : "installed.cannot");
    button.textContent = format.t(isWanted() ? "installed.turn_off" : "installed.turn_on");
  }

  async function follow() {
    if (!workers) return;
    if (isWanted()) return void (await workers.register(WORKER, { scope: "/dashboard" }));
    const [found] = (await workers.getRegistrations()).filter(({ scope }) => new URL(scope).pathname === "/dashboard");
    await found?.unregister();
    await stores.delete(STORE);
  }

  button.addEventListener("click", () => {
    storage.setItem("offline", isWanted() ? OFF : "on");
    show();
    follow().catch(() => { said.textContent = format.t("installed.cannot"); });
  });
  show();
  return { start: () => follow().catch(() => { said.textContent = format.t("installed.cannot"); }) };
}
