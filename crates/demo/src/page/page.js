// The demo's page: draws the matrix, keeps it up to date with the access log, and shows the selected cell.

import { Matrix, preflight, verdict } from './matrix.js';
import { exchanges, make, summary } from './details.js';
import { Editor } from './editor.js';
import { playgroundUrl } from './playground.js';

const facts = JSON.parse(document.getElementById('facts').textContent);
const matrix = new Matrix(facts.port);
const buttons = new Map();
const byId = (id) => document.getElementById(id);

const WORDS = { waiting: 'asking', allowed: 'readable', blocked: 'blocked' };

let version = facts.version;
let policy = facts.policy;
let selected = matrix.cells.find((cell) => cell.id === 'put.shop');
let running = false;

// The same for all visits of this tab under one policy, so that the browser can use its cached preflights.
function visit() {
  const tab = sessionStorage.getItem('tab') ?? Math.random().toString(36).slice(2, 8);
  sessionStorage.setItem('tab', tab);
  return `${tab}-${facts.token.slice(0, 6)}-${version}`;
}

function draw() {
  const head = row('head', make('div', { role: 'columnheader', ariaLabel: 'Request' }), ...matrix.origins.map((origin) => {
    const [tail, ...parts] = origin.sandboxed ? ['opaque', 'null'] : origin.host.split(/(?=\.)/).reverse();
    const name = make('b', {}, ...parts.reverse().flatMap((part) => [make('wbr'), part]), make('span', { className: 'tail' }, tail));
    return make('div', { role: 'columnheader' }, name, make('small', {}, origin.note));
  }));
  const rows = [];
  let host;
  for (const request of matrix.requests) {
    if (request.host !== host) {
      host = request.host;
      rows.push(row('group', make('div', { role: 'rowheader' }, host)));
    }
    const name = make('div', { role: 'rowheader' },
      make('b', {}, request.title, request.detail ? make('span', {}, ` ${request.detail}`) : ''), make('small', {}, request.note));
    rows.push(row('requests', name, ...matrix.cells.filter((cell) => cell.request === request).map(drawCell)));
  }
  byId('cells').replaceChildren(head, ...rows);
  byId('cells').addEventListener('keydown', move);
}

function row(kind, ...cells) {
  return make('div', { role: 'row', className: `row ${kind}` }, ...cells);
}

function drawCell(cell) {
  const button = make('button', { type: 'button', tabIndex: -1 });
  button.addEventListener('click', () => select(cell));
  button.addEventListener('focus', () => select(cell));
  buttons.set(cell, button);
  return make('div', { role: 'gridcell' }, button);
}

function update(cell) {
  const button = buttons.get(cell);
  const state = verdict(cell);
  const first = preflight(cell);
  const note = { none: '', cached: 'no preflight' }[first] ?? (first ? `preflight ${first}` : '');
  const mark = make('i', { className: 'mark', ariaHidden: 'true' });
  mark.dataset.verdict = button.dataset.verdict = state;
  button.replaceChildren(mark, make('span', {}, WORDS[state]), make('small', {}, note));
  const asked = [cell.request.title, cell.request.detail].filter(Boolean).join(' ');
  button.ariaLabel = `${asked} at ${cell.request.host} from ${cell.origin.name}: ${WORDS[state]}${note ? `, ${note}` : ''}`;
  if (cell === selected) showDetails();
  summarise();
}

function select(cell) {
  buttons.get(selected).tabIndex = -1;
  buttons.get(selected).parentElement.ariaSelected = 'false';
  selected = cell;
  buttons.get(cell).tabIndex = 0;
  buttons.get(cell).parentElement.ariaSelected = 'true';
  showDetails();
}

function showDetails() {
  byId('selected').replaceChildren(...summary(selected));
  byId('details').replaceChildren(...exchanges(selected));
  byId('playground').hidden = !facts.playground;
  playgroundUrl(selected, policy).then((url) => { byId('playground').firstElementChild.href = url; });
}

function move(event) {
  const width = matrix.origins.length;
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -width, ArrowDown: width }[event.key];
  const next = step && matrix.cells[matrix.cells.indexOf(selected) + step];
  if (!next) return;
  event.preventDefault();
  buttons.get(next).focus();
}

function summarise() {
  const count = (wanted) => matrix.cells.filter(wanted).length;
  const waiting = count((cell) => verdict(cell) === 'waiting');
  const sent = count((cell) => cell.preflight);
  const spared = count((cell) => preflight(cell) === 'cached');
  // Set only if it changes, since screen readers read it aloud.
  const text = waiting ? 'Asking…' : `${count((cell) => verdict(cell) === 'allowed')} readable, `
    + `${count((cell) => verdict(cell) === 'blocked')} blocked. `
    + `Preflights: ${sent} sent${spared ? `, ${spared} spared by the browser’s cache` : ''}.`;
  if (byId('summary').textContent !== text) byId('summary').textContent = text;
  const silent = count((cell) => !cell.exchange && (!cell.preflight || verdict(cell) === 'allowed'));
  document.documentElement.dataset.complete = String(!running && waiting + silent === 0);
}

async function run() {
  running = true;
  byId('again').disabled = true;
  await matrix.run(visit(), update);
  running = false;
  byId('again').disabled = false;
  summarise();
}

async function follow(next) {
  for (;;) {
    try {
      const response = await fetch(`/exchanges?from=${next}`, { headers: { 'x-demo-token': facts.token } });
      if (!response.ok) throw new Error(String(response.status));
      const news = await response.json();
      next = news.next;
      const cells = news.lines.map((line) => matrix.log(line, visit())).filter(Boolean);
      new Set(cells).forEach(update);
    } catch {
      byId('summary').textContent = 'The demo has ended; start it again and reload this page.';
      return;
    }
  }
}

draw();
matrix.cells.forEach(update);
select(selected);
new Editor(facts, (number, text) => { version = number; policy = text; run(); });
byId('again').addEventListener('click', run);
follow(facts.next);
matrix.load(byId('frames')).then(run);
