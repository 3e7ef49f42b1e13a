// The script that the tests run in their pages. It is one function, so that a frame can get it as
// text. Each call becomes a plain record of everything that a script may know of the response.
function harness() {
  const none = { kind: "error", status: 0, url: "", headers: [], body: "" };

  async function byFetch(call) {
    const { url, method, headers, body, credentials, mode, redirect, cache } = call;
    const response = await fetch(url, { method, headers, body, credentials, mode, redirect, cache });
    return {
      ...none,
      kind: response.type,
      status: response.status,
      url: response.url,
      headers: [...response.headers],
      body: await response.text(),
    };
  }

  function byXhr(call) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open(call.method ?? "GET", call.url);
      request.withCredentials = call.credentials === "include";
      for (const [name, value] of call.headers) request.setRequestHeader(name, value);
      if (call.uploadListener) request.upload.addEventListener("progress", () => {});
      request.onerror = () => reject(new Error());
      request.onload = () => {
        const lines = request.getAllResponseHeaders().split("\r\n").filter(Boolean);
        resolve({
          ...none,
          kind: "cors",
          status: request.status,
          url: request.responseURL,
          headers: lines.map((line) => line.split(/: (.*)/s).slice(0, 2)),
          body: request.responseText,
        });
      };
      request.send(call.body ?? null);
    });
  }

  // A page only learns that a request failed; the console has the reason.
  const call = (one) => (one.xhr ? byXhr(one) : byFetch(one)).catch(() => none);

  // Several at a time, but one for each API, so that connections are reused.
  async function callAll(calls) {
    const byApi = Map.groupBy(calls.keys(), (at) => new URL(calls[at].url).origin);
    const queues = byApi.values();
    const outcomes = [];
    const worker = async () => {
      for (const queue of queues) for (const at of queue) outcomes[at] = await call(calls[at]);
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    return outcomes;
  }

  // The same from a document with an opaque origin, which sends `Origin: null`.
  function callAllFromSandbox(calls) {
    const frame = document.createElement("iframe");
    frame.sandbox = "allow-scripts";
    frame.srcdoc = `<script>
      onmessage = async ({ data }) => parent.postMessage(await (${harness})().callAll(data), "*");
    </${""}script>`;
    return new Promise((resolve) => {
      addEventListener("message", ({ data }) => resolve(data), { once: true });
      frame.onload = () => frame.contentWindow.postMessage(calls, "*");
      document.body.append(frame);
    });
  }

  // The first bytes of a body that may never end, or "blocked".
  async function firstChunk({ url, method, cache }) {
    const stop = new AbortController();
    try {
      const response = await fetch(url, { method, cache, signal: stop.signal });
      const { value } = await response.body.getReader().read();
      return new TextDecoder().decode(value);
    } catch {
      return "blocked";
    } finally {
      stop.abort();
    }
  }

  // Whether Resource Timing reveals when a request was sent.
  async function timing({ url, mode }) {
    const entry = new Promise((resolve) => {
      const observer = new PerformanceObserver((list) => {
        const [found] = list.getEntriesByName(url);
        if (found) resolve(found);
      });
      observer.observe({ type: "resource" });
    });
    await fetch(url, { mode }).then((response) => response.text()).catch(() => {});
    return (await entry).requestStart > 0;
  }

  // Sends a form, which navigates the page.
  function submit(action) {
    const form = document.createElement("form");
    Object.assign(form, { method: "post", action });
    document.body.append(form);
    form.submit();
  }

  // Whether a WebSocket opens.
  function openSocket(url) {
    return new Promise((resolve) => {
      const socket = new WebSocket(url);
      socket.onopen = () => resolve(true);
      socket.onerror = () => resolve(false);
    });
  }

  return { call, callAll, callAllFromSandbox, firstChunk, timing, submit, openSocket };
}
