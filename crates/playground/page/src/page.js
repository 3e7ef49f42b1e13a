// The playground: what is typed goes to the engine, and what the engine says is drawn.

import { diagnosticItems, showAnswer } from './answer.js';
import { PolicyEditor, fixLabel } from './editor.js';
import { Engine, scriptUrl } from './engine.js';
import { EXAMPLES } from './examples.js';
import { byId, make } from './make.js';
import { Converter, showChanges } from './panels.js';
import { pack, unpack } from './state.js';

const TABS = ['ask', 'compare', 'import', 'export'];
const FIELDS = ['page', 'url', 'method', 'headers', 'credentials', 'mode', 'redirect', 'upstreamHeaders', 'route', 'routePolicy'];

let engine;
let policy;
let next;
let converter;
let tab = 'ask';
let shared = '';
// What a link brings is not written into the address bar again.
let isRestoring = false;

async function start() {
  const compiled = WebAssembly.compileStreaming(fetch('corsac.wasm'));
  engine = new Engine(await compiled);
  policy = new PolicyEditor(byId('policy-editor'), { label: 'Policy', engine, edited: policyEdited, fix });
  next = new PolicyEditor(byId('new-editor'), { label: 'The policy to come', engine, edited: nextEdited, fix: fixNext });
  converter = new Converter(engine, { policy: () => ({ text: policy.text, document: chosenDocument() }), use });
  listen();
  restore(await unpack(location.hash));
  // The engine answers in order, so after this the first answer is there.
  await converter.start();
  // From a console: `await corsac.call('explain', JSON.stringify({ policy, form }))`.
  globalThis.corsac = { call: (name, ...parameters) => engine.call(name, ...parameters) };
  document.documentElement.dataset.ready = 'true';
  await workOffline();
}

function listen() {
  byId('form').addEventListener('input', () => { ask(); remember(); });
  byId('form').addEventListener('submit', (event) => event.preventDefault());
  byId('pasted').addEventListener('input', ({ target }) => paste(target.value));
  byId('documents').addEventListener('change', () => { ask(); showPanel(); remember(); });
  byId('fix-all').addEventListener('click', () => fix(undefined));
  byId('share').addEventListener('click', share);
  byId('take').addEventListener('click', () => { next.text = policy.text; });
  byId('examples').append(...EXAMPLES.map(([name], number) => make('option', { value: String(number) }, name)));
  byId('examples').addEventListener('change', ({ target }) => {
    if (target.value) example(Number(target.value));
  });
  for (const name of TABS) byId(`tab-${name}`).addEventListener('click', () => { show(name); remember(); });
  document.querySelector('[role=tablist]').addEventListener('keydown', moveTab);
  addEventListener('hashchange', async () => {
    if (location.hash !== shared) restore(await unpack(location.hash));
  });
}

function policyEdited(text) {
  engine.latest('check', showCheck, 'check', text);
  ask();
  showPanel();
  remember();
}

// Only what is seen is asked for.
function showPanel() {
  if (tab === 'compare') compare();
  if (tab === 'export') converter.export();
}

function nextEdited(text) {
  engine.latest('check-next', ({ diagnostics }) => next.show(diagnostics), 'check', text);
  compare();
  remember();
}

function showCheck({ problem, documents, diagnostics }) {
  policy.show(diagnostics);
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const warnings = diagnostics.length - errors;
  const count = (number, word) => (number === 0 ? [] : [`${number} ${word}${number === 1 ? '' : 's'}`]);
  const found = [...count(errors, 'error'), ...count(warnings, 'warning')].join(', ');
  byId('policy-state').textContent = problem ?? (found ? `${found}${errors ? ': Envoy would not load it.' : '.'}` : 'Sound.');
  byId('policy-state').dataset.tone = problem || errors ? 'bad' : warnings ? 'warn' : 'good';
  byId('diagnostics').replaceChildren(...diagnosticItems(diagnostics.slice(0, 50), { go: (it) => policy.select(it), fix, label: fixLabel }));
  byId('fix-line').hidden = diagnostics.filter(({ suggestion }) => suggestion !== null).length < 2;
  const chosen = chosenDocument();
  byId('documents-line').hidden = documents.length < 2;
  byId('documents').replaceChildren(...documents.map((name, number) => make('option', { value: String(number) }, name)));
  byId('documents').value = String(chosen < documents.length ? chosen : 0);
}

const chosenDocument = () => Number(byId('documents').value || 0);

function form() {
  const fields = Object.fromEntries(FIELDS.map((name) => [name, byId(name).value]));
  return { ...fields, uploadListener: byId('uploadListener').checked, upstreamStatus: Math.min(Number(byId('upstreamStatus').value) || 0, 9999) };
}

function fill(values) {
  for (const name of FIELDS) byId(name).value = typeof values[name] === 'string' ? values[name] : '';
  byId('method').value ||= 'GET';
  byId('credentials').value ||= 'same-origin';
  byId('mode').value ||= 'cors';
  byId('redirect').value ||= 'follow';
  byId('uploadListener').checked = values.uploadListener === true;
  byId('upstreamStatus').value = values.upstreamStatus || 200;
}

function ask() {
  engine.latest('explain', showAnswer, 'explain', JSON.stringify({ policy: policy.text, document: chosenDocument(), form: form() }));
}

function compare() {
  if (!next.text.trim()) {
    showChanges({ problem: 'Write or copy a policy, and change it.' });
    return;
  }
  engine.latest('diff', showChanges, 'diff', policy.text, next.text);
}

async function paste(text) {
  const state = byId('pasted-state');
  state.dataset.tone = '';
  if (!text.trim()) {
    state.textContent = '';
    return;
  }
  const { problem, kind, form: read } = await engine.call('paste', text, byId('page').value);
  state.textContent = problem ?? `The form above is now the ${kind}’s.`;
  state.dataset.tone = problem ? 'bad' : 'good';
  if (problem) return;
  fill(read);
  ask();
  remember();
}

async function fix(number) {
  const fixed = await engine.call('fix', policy.text, number);
  if (fixed !== null) policy.text = fixed;
}

async function fixNext(number) {
  const fixed = await engine.call('fix', next.text, number);
  if (fixed !== null) next.text = fixed;
}

function use(imported) {
  policy.text = imported;
  show('ask');
  byId('tab-ask').focus();
}

function example(number) {
  const [, text, asked] = EXAMPLES[number];
  fill(asked);
  policy.text = text;
  ask();
  remember();
}

function show(name) {
  tab = name;
  for (const other of TABS) {
    const selected = other === name;
    byId(`tab-${other}`).ariaSelected = String(selected);
    byId(`tab-${other}`).tabIndex = selected ? 0 : -1;
    byId(`panel-${other}`).hidden = !selected;
  }
  byId('answer').hidden = name !== 'ask';
  showPanel();
}

function moveTab(event) {
  const steps = { ArrowRight: 1, ArrowLeft: -1, Home: -TABS.indexOf(tab), End: TABS.length - 1 - TABS.indexOf(tab) };
  if (!(event.key in steps)) return;
  event.preventDefault();
  show(TABS[(TABS.indexOf(tab) + steps[event.key] + TABS.length) % TABS.length]);
  byId(`tab-${tab}`).focus();
}

function restore(state) {
  isRestoring = true;
  const [, text, asked] = EXAMPLES[0];
  const string = (value, otherwise) => (typeof value === 'string' ? value : otherwise);
  fill(typeof state?.form === 'object' && state.form !== null ? state.form : asked);
  next.text = string(state?.next, '');
  policy.text = string(state?.policy, text);
  show(TABS.includes(state?.tab) ? state.tab : 'ask');
  ask();
  isRestoring = false;
}

// The address bar follows, but not at every letter: browsers limit how often it may change.
let timer;
function remember() {
  if (isRestoring) return;
  clearTimeout(timer);
  timer = setTimeout(async () => {
    shared = await pack({ policy: policy.text, form: form(), next: next.text, tab });
    history.replaceState(null, '', shared);
  }, 300);
}

async function share() {
  shared = await pack({ policy: policy.text, form: form(), next: next.text, tab });
  history.replaceState(null, '', shared);
  let said = 'Link copied.';
  await navigator.clipboard.writeText(location.href).catch(() => { said = 'The address bar holds the link.'; });
  byId('shared').textContent = said;
  byId('share').textContent = said;
  setTimeout(() => { byId('share').textContent = 'Copy link'; }, 2500);
}

async function workOffline() {
  const { serviceWorker } = navigator;
  if (serviceWorker) {
    await serviceWorker.register(scriptUrl('sw.js')).then(() => serviceWorker.ready).catch(() => {});
  }
  document.documentElement.dataset.cached = 'true';
}

start().catch((error) => {
  byId('policy-state').textContent = `The playground cannot start: ${error.message}`;
  byId('policy-state').dataset.tone = 'bad';
});
