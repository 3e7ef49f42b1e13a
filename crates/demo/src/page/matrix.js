// The matrix: origins, requests, the frames that send them, and a cell for each pair.

const NULL = 'null';

const ORIGINS = [
  { id: 'app', host: 'app.localhost', note: 'this page' },
  { id: 'shop', host: 'shop.partner.localhost', note: 'a subdomain' },
  { id: 'partner', host: 'partner.localhost', note: 'its parent' },
  { id: 'stranger', host: 'stranger.localhost', note: 'anyone' },
  { id: 'sandbox', host: 'stranger.localhost', note: 'sandboxed frame', sandboxed: true },
];

const json = { 'content-type': 'application/json' };

// `asksFirst`: Fetch requires a preflight. `reads`: the response header that the page reads.
const REQUESTS = [
  { host: 'api.localhost', id: 'get', title: 'GET', note: 'a simple request' },
  { host: 'api.localhost', id: 'credentials', title: 'GET', detail: 'with credentials', note: 'cookies may go along', init: { credentials: 'include' } },
  { host: 'api.localhost', id: 'put', title: 'PUT', detail: 'JSON', note: 'after a preflight', asksFirst: true, init: { method: 'PUT', headers: json, body: '{}' } },
  { host: 'api.localhost', id: 'delete', title: 'DELETE', detail: 'with credentials', note: 'after a preflight', asksFirst: true, init: { method: 'DELETE', credentials: 'include' } },
  { host: 'api.localhost', id: 'patch', title: 'PATCH', detail: 'JSON', note: 'after a preflight', asksFirst: true, init: { method: 'PATCH', headers: json, body: '{}' } },
  { host: 'api.localhost', id: 'authorization', title: 'GET', detail: '+ Authorization', note: 'after a preflight', asksFirst: true, init: { headers: { authorization: 'Bearer demo' } } },
  { host: 'api.localhost', id: 'trace', title: 'GET', detail: '+ X-Trace', note: 'after a preflight', asksFirst: true, init: { headers: { 'x-trace': '1' } } },
  { host: 'api.localhost', id: 'exposed', title: 'GET', detail: 'reads X-Request-Id', note: 'a response header', reads: 'x-request-id' },
  { host: 'api.localhost', id: 'error', title: 'GET', detail: 'reads a 401', note: 'that Envoy itself answers', path: '/login-required' },
  { host: 'public.localhost', id: 'public', title: 'GET', note: 'a simple request' },
  { host: 'public.localhost', id: 'public-credentials', title: 'GET', detail: 'with credentials', note: 'cookies may go along', init: { credentials: 'include' } },
];

export class Matrix {
  #frames = new Map();
  #asking = new Map();

  constructor(port) {
    this.port = port;
    this.origins = ORIGINS.map((origin) => ({
      ...origin,
      name: origin.sandboxed ? NULL : `http://${origin.host}:${port}`,
    }));
    this.requests = REQUESTS.map((request) => ({ path: '/orders', init: {}, ...request }));
    this.cells = this.requests.flatMap((request) => this.origins.map((origin) => ({
      id: `${request.id}.${origin.id}`, request, origin, url: `http://${request.host}:${port}${request.path}`,
    })));
    addEventListener('message', (event) => this.#hear(event));
  }

  // Loads a frame for each origin. Resolves when all are loaded.
  load(parent) {
    return Promise.all(this.origins.map((origin) => new Promise((resolve) => {
      const frame = document.createElement('iframe');
      frame.title = `A page of ${origin.name}`;
      if (origin.sandboxed) frame.sandbox = 'allow-scripts';
      frame.src = `http://${origin.host}:${this.port}/frame`;
      this.#frames.set(origin.id, { frame, origin, resolve });
      parent.append(frame);
    })));
  }

  // Runs every cell. The browser caches preflights by URL, so the same `visit` allows cached ones.
  async run(visit, changed) {
    for (const cell of this.cells) {
      Object.assign(cell, { answer: undefined, preflight: undefined, exchange: undefined });
      changed(cell);
    }
    await Promise.all(this.cells.map(async (cell) => {
      cell.answer = await this.#ask(cell, visit);
      changed(cell);
    }));
  }

  // Adds a line of the access log to its cell. Returns the cell.
  log(line, visit) {
    const query = new URL(line.path, 'http://api.localhost').searchParams;
    const cell = query.get('visit') === visit && this.cells.find((one) => one.id === query.get('cell'));
    if (!cell) return undefined;
    cell[line.method === 'OPTIONS' ? 'preflight' : 'exchange'] = line;
    return cell;
  }

  #ask(cell, visit) {
    const { request, origin } = cell;
    const url = `${cell.url}?cell=${cell.id}&visit=${visit}`;
    const target = origin.sandboxed ? '*' : origin.name;
    return new Promise((resolve) => {
      this.#asking.set(cell.id, { resolve, origin });
      this.#frames.get(origin.id).frame.contentWindow.postMessage({ id: cell.id, url, init: request.init }, target);
    });
  }

  // Accepts a message only from the frame of its cell, and only with the origin of the frame.
  #hear({ source, origin: name, data }) {
    const heard = [...this.#frames.values()].find(({ frame }) => frame.contentWindow === source);
    if (!heard || heard.origin.name !== name) return;
    if (data.ready) return heard.resolve();
    const asked = this.#asking.get(data.id);
    if (asked?.origin !== heard.origin) return;
    this.#asking.delete(data.id);
    asked.resolve(data);
  }
}

// The result of a cell: `waiting`, `allowed` or `blocked`.
export function verdict({ answer, request }) {
  if (!answer) return 'waiting';
  if (answer.error) return 'blocked';
  const read = !request.reads || answer.headers.some(([name]) => name === request.reads);
  return read ? 'allowed' : 'blocked';
}

// The result of its preflight: `none`, `cached`, or the status of the answer; undefined until the log has it.
export function preflight(cell) {
  if (!cell.request.asksFirst) return 'none';
  if (cell.preflight) return cell.preflight.status;
  return cell.exchange ? 'cached' : undefined;
}
