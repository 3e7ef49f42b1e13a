// Why a page may read an answer or not: the steps of the Fetch standard, applied to the headers.

import { verdict } from './matrix.js';

const REASONS = {
  'origin-not-listed': 'this origin is not on the policy’s list',
  'null-not-listed': 'the policy does not list the origin null',
  'malformed-origin': 'browsers send no such origin',
  'ambiguous-path': 'servers disagree on what this path means',
  'ambiguous-host': 'servers disagree on what this host means',
  'no-route': 'no route was found',
  'unknown-route-policy': 'the route names a policy that does not exist',
  'method-not-listed': 'the policy does not list this method',
  'header-not-listed': 'the policy does not list one of these request headers',
  'no-origin': 'the request has no origin',
};

// One sentence for a person.
export function sentence(cell) {
  const { request, answer } = cell;
  if (verdict(cell) === 'waiting') return 'The browser is still asking.';
  if (verdict(cell) === 'allowed') return allowed(cell);
  const line = cell.exchange ?? cell.preflight;
  if (!line) return 'The browser has refused it; Envoy has logged nothing yet.';
  if (!answer.error) {
    const exposed = line.response['access-control-expose-headers'];
    return `The page read the answer, but not its ${request.reads}: Access-Control-Expose-Headers ${exposed ? `is ${exposed}` : 'is absent'}.`;
  }
  if (!cell.exchange) return `The preflight failed, so the request was never sent: ${preflightFailure(cell)}`;
  return `The request was sent, but the page may not read the answer: ${corsFailure(cell.exchange, cell)}`;
}

function allowed({ request, answer, exchange }) {
  const named = exchange?.response['access-control-allow-origin'];
  const by = named ? `, since Access-Control-Allow-Origin is ${named}` : '';
  return request.reads
    ? `The page read the answer and its ${request.reads}${by}.`
    : `The page read the answer (${answer.status})${by}.`;
}

// Fetch, CORS-preflight fetch, step 7.
function preflightFailure(cell) {
  const { preflight: { status, response }, request: { init } } = cell;
  const origin = corsFailure(cell.preflight, cell);
  if (origin) return origin;
  if (status < 200 || status > 299) return `the preflight’s status is ${status}.`;
  const listed = (name) => (response[name] ?? '').split(',').map((item) => item.trim()).filter(Boolean);
  const methods = listed('access-control-allow-methods');
  if (init.method && !methods.includes(init.method) && !methods.includes('*')) {
    return `${init.method} is not in Access-Control-Allow-Methods: ${methods.join(', ') || '(none)'}.`;
  }
  const headers = listed('access-control-allow-headers').map((name) => name.toLowerCase());
  const missing = Object.keys(init.headers ?? {}).find((name) => !headers.includes(name));
  return `${missing ?? 'a header'} is not in Access-Control-Allow-Headers: ${headers.join(', ') || '(none)'}.`;
}

// Fetch, CORS check. Undefined if it succeeds.
function corsFailure({ response }, { origin, request: { init } }) {
  const named = response['access-control-allow-origin'];
  const personal = init.credentials === 'include';
  if (!named) return 'Access-Control-Allow-Origin is absent.';
  if (named === '*' && !personal) return undefined;
  if (named === '*') return 'Access-Control-Allow-Origin is *, which does not count for a request with credentials.';
  if (named !== origin.name) return `Access-Control-Allow-Origin is ${named}, not ${origin.name}.`;
  const credentials = response['access-control-allow-credentials'];
  if (personal && credentials !== 'true') return 'Access-Control-Allow-Credentials is not true.';
  return undefined;
}

// Corsac's decision: `policy;phase;outcome;reason` in fixed words, from filter state or, with "debug", a header.
export function decision(line) {
  const words = line.response['corsac-decision'] ?? line.refusal;
  if (!words) return undefined;
  const [policy, phase, outcome, reason] = words.split(';');
  const about = REASONS[reason] ? `: ${REASONS[reason]}` : '';
  return { words, sentence: `${policy === '-' ? 'No policy' : `Policy ${policy}`} ${outcome} the ${phase === 'not-cors' ? 'request' : phase === 'actual' ? 'request' : phase}${about}.` };
}
