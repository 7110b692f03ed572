// Only what changed: the document is asked for with its ETag; when it is new, the texts come from a fresh rendering of the page
// (one template code) and are morphed in, and the charts are drawn again from the document in it (one drawing code).

export function makeRefresh({ fetcher, url, pageUrl, onNow, onPage, current }) {
  let etag = null;

  async function get(address, signal, headers = {}) {
    const answer = await fetcher(address, { signal, headers, cache: "no-store" });
    if (!answer.ok && answer.status !== 304) throw new Error(`${address}: ${answer.status}`);
    return answer;
  }

  return async (signal) => {
    const answer = await get(url, signal, etag && !fetching(current()) ? { "If-None-Match": etag } : {});
    const now = answer.headers.get("X-Now");
    if (now) onNow(Date.parse(now));
    if (answer.status === 304) return;
    const next = await answer.json();
    if (next.revision !== current().revision || progress(next) !== progress(current())) {
      const page = await get(pageUrl, signal);
      onPage(new DOMParser().parseFromString(withoutStyle(await page.text()), "text/html"));
    }
    etag = answer.headers.get("ETag");
  };
}

// The style is here already, and the policy of this page would refuse one with another nonce.
const withoutStyle = (page) => page.replace(/<style[\s\S]*?<\/style>/, "");

// The progress of the first import is a counter, not content: the ETag does not move with it, so it is asked for without.
const fetching = (doc) => doc.system?.ingestion?.state === "running";
const progress = (doc) => JSON.stringify(doc.system?.ingestion ?? null);
