// What the tests run in their pages: an expression, so that it can be handed to a frame as text.
// Each call becomes a plain record of all that a script may know of the response.
() => {
  const none = { kind: "error", status: 0, url: "", redirected: false, headers: [], body: "", error: "" };

  async function byFetch(call) {
    const { url, method, headers, body, credentials, mode, redirect, cache } = call;
    const response = await fetch(url, { method, headers, body, credentials, mode, redirect, cache });
    return {
      ...none,
      kind: response.type,
      status: response.status,
      url: response.url,
      redirected: response.redirected,
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
      if (call.uploadListener) request.upload.onprogress = () => {};
      request.onerror = () => reject(new TypeError("XMLHttpRequest failed"));
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

  const call = (one) =>
    (one.xhr ? byXhr(one) : byFetch(one)).catch((error) => ({ ...none, error: String(error) }));

  // Several at a time: a browser opens but so many connections.
  async function callAll(calls) {
    const outcomes = [];
    let next = 0;
    const worker = async () => {
      while (next < calls.length) {
        const at = next++;
        outcomes[at] = await call(calls[at]);
      }
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    return outcomes;
  }

  return { call, callAll };
}
