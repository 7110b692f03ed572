// What changed only: the document is asked for with its ETag; when it is new, the page's own texts come from a fresh rendering
// (one template code) and are morphed in, and the charts are drawn again from the document in it (one drawing code).

export function makeRefresh({ fetcher, url, pageUrl, onNow, onPage, shownRevision }) {
  let etag = null;
  return async (signal) => {
    const answer = await fetcher(url, { signal, headers: etag ? { "If-None-Match": etag } : {}, cache: "no-store" });
    if (!answer.ok && answer.status !== 304) throw new Error(`${url}: ${answer.status}`);
    const now = answer.headers.get("X-Now");
    if (now) onNow(Date.parse(now));
    if (answer.status === 304) return;
    const { revision } = await answer.json();
    if (revision !== shownRevision()) await load(signal);
    etag = answer.headers.get("ETag");
  };

  async function load(signal) {
    const page = await fetcher(pageUrl, { signal, cache: "no-store" });
    if (!page.ok) throw new Error(`${pageUrl}: ${page.status}`);
    onPage(new DOMParser().parseFromString(await page.text(), "text/html"));
  }
}
