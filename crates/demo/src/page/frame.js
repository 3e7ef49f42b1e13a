// A page of another origin. It sends the requests of the demo's page, and reports what the browser lets it read.
'use strict';

const page = `http://app.localhost:${location.port}`;

async function ask({ id, url, init }) {
  try {
    const response = await fetch(url, init);
    return { id, status: response.status, headers: [...response.headers], body: (await response.text()).slice(0, 400) };
  } catch (error) {
    return { id, error: `${error.name}: ${error.message}` };
  }
}

addEventListener('message', async (event) => {
  if (event.origin === page && event.source === parent) {
    parent.postMessage(await ask(event.data), page);
  }
});
parent.postMessage({ ready: true }, page);
