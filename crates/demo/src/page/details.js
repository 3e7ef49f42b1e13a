// The selected cell: its requests, its answers, and the reason.

import { preflight, verdict } from './matrix.js';
import { decision, sentence } from './reason.js';

const WORDS = { allowed: 'Readable', blocked: 'Blocked', waiting: 'Asking' };

// A cell in two lines: its request and its result.
export function summary(cell) {
  const state = verdict(cell);
  const mark = make('i', { className: 'mark', ariaHidden: 'true' });
  mark.dataset.verdict = state;
  return [
    make('p', { className: 'what' }, make('code', {}, `${cell.request.init.method ?? 'GET'} ${cell.url}`),
      ' from ', make('code', {}, cell.origin.name)),
    make('p', {}, mark, make('strong', {}, `${WORDS[state]}.`), ' ', sentence(cell)),
  ];
}

// The messages, in order.
export function exchanges(cell) {
  const blocks = cell.request.asksFirst ? [preflightBlock(cell), requestBlock(cell)] : [requestBlock(cell)];
  return cell.answer ? [...blocks, seen(cell)] : blocks;
}

function preflightBlock(cell) {
  const state = preflight(cell);
  if (cell.preflight) return block('Preflight', cell.preflight, cell);
  const text = state === 'cached'
    ? 'Not sent: the browser still holds the last answer (Access-Control-Max-Age).'
    : 'Not seen yet.';
  return make('div', { className: 'exchange' }, make('h3', {}, 'Preflight'), make('p', { className: 'quiet' }, text));
}

function requestBlock(cell) {
  if (cell.exchange) return block('Request', cell.exchange, cell);
  const text = cell.answer?.error && cell.preflight ? 'Never sent: the preflight failed.' : 'Not seen yet.';
  return make('div', { className: 'exchange' }, make('h3', {}, 'Request'), make('p', { className: 'quiet' }, text));
}

function block(title, line, cell) {
  const noted = decision(line);
  const said = line.details === 'via_upstream' ? 'the API' : line.details?.startsWith('corsac_') ? 'Corsac' : 'Envoy';
  const list = [
    make('p', { className: 'start' }, `${line.method} ${cell.request.path}`),
    ...headers(line.request),
    make('p', { className: 'start answer' }, `${line.status}`, make('span', { className: 'quiet' }, ` answered by ${said}`)),
    ...headers(line.response, replaced(line)),
  ];
  const parts = [make('h3', {}, title), make('div', { className: 'wire' }, ...list)];
  if (noted) parts.push(make('p', { className: 'noted' }, noted.sentence, ' ', make('code', {}, noted.words)));
  return make('div', { className: 'exchange' }, ...parts);
}

// The API's own header, if Corsac has changed it.
function replaced(line) {
  const now = line.response['access-control-allow-origin'];
  return line.details === 'via_upstream' && now !== '*' ? ['access-control-allow-origin', '*', now] : undefined;
}

function headers(lines, gone) {
  const shown = Object.entries(lines).filter(([, value]) => value != null)
    .map(([name, value]) => make('p', {}, make('b', {}, `${name}:`), ` ${value}`));
  if (gone) {
    const [name, value, now] = gone;
    shown.unshift(make('p', { className: 'gone' }, make('del', {}, make('b', {}, `${name}:`), ` ${value}`),
      make('span', {}, now ? ' the API’s, replaced' : ' the API’s, removed')));
  }
  return shown;
}

function seen({ answer }) {
  const title = make('h3', {}, 'What the page sees');
  if (answer.error) return make('div', { className: 'exchange' }, title, make('p', { className: 'wire' }, answer.error));
  const lines = answer.headers.map(([name, value]) => make('p', {}, make('b', {}, `${name}:`), ` ${value}`));
  return make('div', { className: 'exchange' }, title,
    make('div', { className: 'wire' }, make('p', { className: 'start' }, String(answer.status)), ...lines,
      make('p', { className: 'body' }, answer.body.trim())));
}

export function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}
