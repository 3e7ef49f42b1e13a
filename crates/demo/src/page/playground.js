// The link to the playground, with the policy in force and the request of a cell.

import { pack } from './state.js';

/** Where the playground shows that cell. */
export async function playgroundUrl({ request, origin, url }, policy) {
  const { method = 'GET', headers = {}, credentials = 'same-origin' } = request.init;
  const form = {
    page: origin.name, url, method, credentials,
    headers: Object.entries(headers).map(([name, value]) => `${name}: ${value}`).join('\n'),
    // The demo's API says that to everyone.
    upstreamStatus: 200, upstreamHeaders: 'access-control-allow-origin: *',
  };
  return `/playground/${await pack({ policy, form, tab: 'ask' })}`;
}
