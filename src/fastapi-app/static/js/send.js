// What changes something: sent with the token of the service, which is asked for once in a visit, when an answer says that it is needed.

const KEY = "api-token";

// A key for what is sent, the same until it was answered: pressed again after a fault or a lost answer, it is the same thing.
export function makeKeys(fresh = () => crypto.randomUUID()) {
  const kept = new Map();
  return {
    of(what) {
      if (!kept.has(what)) kept.set(what, fresh());
      return kept.get(what);
    },
    answered: (what) => kept.delete(what),
  };
}

export function makeSend({ fetcher, askToken, storage, keys = makeKeys() }) {
  async function once(method, path, body, more, token) {
    const text = body && JSON.stringify(body);
    const what = `${method} ${path} ${text}`;
    const headers = {
      ...(body && { "Content-Type": "application/json" }), ...(token && { "X-API-Token": token }), ...(method === "POST" && { "Idempotency-Key": keys.of(what) }), ...more,
    };
    const answer = await fetcher(path, { method, headers, body: text, cache: "no-store" });
    if (answer.status < 500 && answer.status !== 401) keys.answered(what);
    return answer;
  }

  // The answer; null when the token was asked for and not given. Rejects with the reason of a refusal.
  return async (method, path, body, more) => {
    let answer = await once(method, path, body, more, storage.getItem(KEY));
    if (answer.status === 401) {
      storage.removeItem(KEY);
      const token = await askToken();
      if (!token) return null;
      answer = await once(method, path, body, more, token);
      if (answer.status !== 401) storage.setItem(KEY, token);
    }
    const json = await answer.json().catch(() => ({}));
    if (!answer.ok) throw Object.assign(new Error(json.detail ?? String(answer.status)), { status: answer.status, errors: json.errors });
    return json;
  };
}

// Sends something, and says what comes of it; whether it was sent.
export async function saying(say, { t }, sent, words) {
  say(t("edit.sending"));
  try {
    const answer = await sent();
    say(answer ? words(answer) : t("edit.no_token"));
    return true;
  } catch (error) {
    say(`${t("edit.refused")} ${error.message}`);
    return false;
  }
}

// Nothing is sent twice by a double click: the button is disabled until the answer is there.
export async function whileDisabled(button, work) {
  if (button) button.disabled = true;
  try {
    return await work();
  } finally {
    if (button) button.disabled = false;
  }
}

// What stands at a path now; null where it is not to be had.
export async function read(path) {
  const answer = await fetch(path, { cache: "no-store" }).catch(() => null);
  return answer?.ok ? answer.json() : null;
}

// The dialog of the page; resolves with what was typed, or "" when it was closed.
export function askIn(dialog) {
  return () => new Promise((resolve) => {
    const input = dialog.querySelector("input");
    input.value = "";
    dialog.returnValue = "";
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok" ? input.value : ""), { once: true });
    dialog.showModal();
  });
}
