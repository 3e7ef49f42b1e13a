// The policy editor. The demo checks and applies the policy.

import { make } from './details.js';

const EXAMPLES = [
  ['as shipped', undefined],
  ['open to all', { allowOrigins: ['*'], allowMethods: ['*'], allowHeaders: ['*', 'authorization'], exposeHeaders: ['*'] }],
  ['null as well', {
    allowOrigins: ['http://app.localhost:*', 'null'], allowMethods: ['GET', 'PUT', 'PATCH'],
    allowHeaders: ['content-type', 'x-trace'], acceptRisks: ['null-origin'],
  }],
  ['with mistakes', {
    allowOrigins: ['http://App.localhost:*', 'https://*.com', 'https://shop.example/'], allow_methods: ['GET', 'PUT'],
    allowCredentials: true, maxAge: '1 hour',
  }],
];

// One field per line, and a list on one line if it fits.
function written(policy) {
  const value = (field) => {
    if (!Array.isArray(field)) return JSON.stringify(field);
    const items = field.map((item) => JSON.stringify(item));
    const line = `[${items.join(', ')}]`;
    return line.length < 50 ? line : `[\n    ${items.join(',\n    ')}\n  ]`;
  };
  return `{\n${Object.entries(policy).map(([name, field]) => `  "${name}": ${value(field)}`).join(',\n')}\n}`;
}

const byId = (id) => document.getElementById(id);

export class Editor {
  #facts;
  #inForce;
  #applied;
  #diagnostics = [];

  // Calls `applied` with the number and the text of each policy that comes into force.
  constructor(facts, applied) {
    this.#facts = facts;
    this.#inForce = facts.policy;
    this.#applied = applied;
    const text = byId('text');
    text.addEventListener('input', () => this.#edited());
    text.addEventListener('scroll', () => { byId('gutter').scrollTop = text.scrollTop; });
    text.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) this.apply();
    });
    byId('apply').addEventListener('click', () => this.apply());
    byId('revert').addEventListener('click', () => this.#write(this.#inForce));
    byId('examples').append(...EXAMPLES.map(([name, policy]) => {
      const button = make('button', { type: 'button', className: 'link' }, name);
      button.addEventListener('click', () => this.#write(policy ? written(policy) : facts.shipped));
      return button;
    }));
    this.#write(facts.policy);
    this.#show(facts.diagnostics);
  }

  async apply() {
    const button = byId('apply');
    if (button.disabled) return;
    button.disabled = true;
    const policy = byId('text').value;
    this.#state('Applying…');
    try {
      const response = await fetch('/policy', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-demo-token': this.#facts.token },
        body: JSON.stringify({ policy }),
      });
      this.#heard(await response.json(), policy);
    } catch {
      this.#state('The demo does not answer. Is it still running?', 'bad');
    } finally {
      button.disabled = false;
    }
  }

  #heard(verdict, policy) {
    this.#show(verdict.diagnostics ?? []);
    if (verdict.applied) {
      this.#inForce = policy;
      this.#edited();
      this.#applied(verdict.version, policy);
      return;
    }
    const errors = this.#diagnostics.filter((one) => one.severity === 'error').length;
    const why = verdict.sentence ?? `Refused: ${errors} ${errors === 1 ? 'error' : 'errors'}.`;
    this.#state(`${why} The last one stays in force.`, 'bad');
  }

  #write(policy) {
    byId('text').value = policy;
    this.#show([]);
    this.#edited();
  }

  #edited() {
    const text = byId('text').value;
    const same = text === this.#inForce;
    byId('revert').disabled = same;
    this.#state(same ? 'In force.' : 'Edited, not applied.', same ? 'good' : '');
    this.#drawGutter(text);
  }

  #state(sentence, tone = '') {
    byId('state').textContent = sentence;
    byId('state').dataset.tone = tone;
  }

  #drawGutter(text) {
    const marks = new Map(this.#diagnostics.map((one) => [one.line, one.severity]));
    const lines = text.split('\n').map((_, index) => {
      const line = make('span', {}, `${index + 1}\n`);
      if (marks.has(index + 1)) line.dataset.severity = marks.get(index + 1);
      return line;
    });
    byId('gutter').replaceChildren(...lines);
    byId('text').rows = Math.min(Math.max(lines.length + 1, 12), 40);
    byId('gutter').scrollTop = byId('text').scrollTop;
  }

  #show(diagnostics) {
    this.#diagnostics = diagnostics;
    byId('diagnostics').replaceChildren(...diagnostics.map((one) => this.#item(one)));
    this.#drawGutter(byId('text').value);
  }

  #item(one) {
    const jump = make('button', { type: 'button', className: 'link' }, `Line ${one.line}`);
    jump.title = `Go to ${one.pointer || 'the top'}`;
    jump.addEventListener('click', () => this.#select(one));
    const item = make('li', {},
      make('p', { className: 'code' }, make('strong', {}, one.severity), make('code', {}, one.code), jump),
      make('p', {}, one.sentence));
    item.dataset.severity = one.severity;
    if (one.suggestion) item.append(this.#suggestion(one));
    return item;
  }

  #suggestion(one) {
    const line = make('p', { className: 'suggestion' }, 'Write ', make('code', {}, one.suggestion));
    if (one.fits) {
      const use = make('button', { type: 'button' }, 'Use it');
      use.setAttribute('aria-label', `Use the suggestion ${one.suggestion}`);
      use.addEventListener('click', () => this.#use(one));
      line.append(' ', use);
    }
    return line;
  }

  #select({ start, end, line }) {
    const text = byId('text');
    text.focus();
    text.setSelectionRange(start, end);
    const height = Number.parseFloat(getComputedStyle(text).lineHeight);
    text.scrollTop = Math.max(0, (line - 4) * height);
  }

  // Replaces text by a suggestion, and moves the positions after it.
  #use(used) {
    const text = byId('text');
    const shift = used.suggestion.length - (used.end - used.start);
    text.setRangeText(used.suggestion, used.start, used.end, 'select');
    const moved = (one) => (one.start >= used.end ? shift : 0);
    const stretched = (one) => (one.end >= used.end ? shift : 0);
    const inside = (one) => one.start >= used.start && one.end <= used.end;
    this.#show(this.#diagnostics.filter((one) => !inside(one))
      .map((one) => ({ ...one, start: one.start + moved(one), end: one.end + stretched(one) })));
    this.#edited();
    text.focus();
  }
}
