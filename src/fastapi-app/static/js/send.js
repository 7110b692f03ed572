// What changes something: sent with the token of the service, which is asked for once in a visit, when an answer says that it is needed.

const KEY = "api-token";

export function makeSend({ fetcher, askToken, storage }) {
  async function once(method, path, body, token) {
    const headers = { ...(body && { "Content-Type": "application/json" }), ...(token && { "X-API-Token": token }) };
    return fetcher(path, { method, headers, body: body && JSON.stringify(body), cache: "no-store" });
  }

  // The answer; null when the token was asked for and not given. Rejects with the reason of a refusal.
  return async (method, path, body) => {
    let answer = await once(method, path, body, storage.getItem(KEY));
    if (answer.status === 401) {
      storage.removeItem(KEY);
      const token = await askToken();
      if (!token) return null;
      answer = await once(method, path, body, token);
      if (answer.status !== 401) storage.setItem(KEY, token);
    }
    const json = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(json.detail ?? String(answer.status));
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
