// The panels beside the policy: compare, import, export.

import { SOURCES } from './examples.js';
import { byId, make, spoken } from './make.js';

const SIGNS = [['gained', '+', 'gains'], ['lost', '−', 'loses'], ['changed', '~', 'changes']];

/** Shows what changes between two policies. */
export function showChanges({ problem, changes, widening }) {
  byId('compare-state').textContent = problem
    ?? (changes.length === 0 ? 'Both policies allow the same.'
      : widening ? 'The policy to come allows more.' : 'The policy to come allows nothing more.');
  byId('compare-state').dataset.tone = problem ? '' : widening ? 'bad' : 'good';
  byId('changes').replaceChildren(...(changes ?? []).map(change));
}

function change({ place, old, new: next, ...items }) {
  const name = (policy) => policy ?? 'no policy';
  const names = old === next ? name(old) : `${name(old)} → ${name(next)}`;
  const rows = SIGNS.flatMap(([list, sign, verb]) => items[list].map((item) => row(item, list, sign, verb)));
  return make('div', { className: 'change' }, make('h3', {}, place, ' ', make('span', { className: 'quiet' }, names)), make('ul', {}, ...rows));
}

function row({ what, value, witness }, list, sign, verb) {
  const such = witness && witness !== value ? [make('span', { className: 'quiet' }, ' such as '), make('code', {}, witness)] : [];
  return make('li', { data: { list } },
    make('b', { ariaHidden: 'true' }, sign), spoken(`${verb} `), ` ${what} `, make('code', {}, value), ...such);
}

/** The import and export panels. `policy` and `document` tell what is exported; `use` takes an imported policy over. */
export class Converter {
  #engine;
  #policy;
  #imported = '';

  constructor(engine, { policy, use }) {
    this.#engine = engine;
    this.#policy = policy;
    byId('source').addEventListener('input', () => this.#import());
    byId('system').addEventListener('change', () => this.#import());
    byId('sources').append(...SOURCES.map(([name], number) => make('option', { value: String(number) }, name)));
    byId('sources').addEventListener('change', ({ target }) => {
      if (!target.value) return;
      byId('source').value = SOURCES[Number(target.value)][1];
      byId('system').value = '';
      this.#import();
    });
    byId('use').addEventListener('click', () => use(this.#imported));
    byId('target').addEventListener('change', () => this.export());
    byId('copy-manifest').addEventListener('click', () => navigator.clipboard.writeText(byId('manifest').textContent));
  }

  async start() {
    const { systems, targets } = await this.#engine.call('choices');
    const option = (word) => make('option', { value: word }, word);
    byId('system').append(...systems.map(option));
    byId('target').append(...targets.map(option));
    byId('target').value = 'istio';
  }

  export() {
    const { text, document } = this.#policy();
    this.#engine.latest('render', ({ problem, manifest }) => {
      byId('export-state').textContent = problem ?? 'Image, digest and names are placeholders.';
      byId('manifest').textContent = manifest ?? '';
      byId('manifest').hidden = !manifest;
      byId('copy-manifest').hidden = !manifest;
    }, 'render', text, document, byId('target').value);
  }

  #import() {
    const show = ({ problem, from, policy, notes }) => {
      this.#imported = policy ?? '';
      const count = notes?.length ?? 0;
      byId('import-state').textContent = problem ?? `Read as ${from}. ${count === 0 ? 'It behaves the same.' : `${count} ${count === 1 ? 'difference' : 'differences'}:`}`;
      byId('import-state').dataset.tone = problem ? 'bad' : '';
      byId('notes').replaceChildren(...(notes ?? []).map(({ line, sentence, place }) => make('li', {},
        sentence, make('span', { className: 'quiet' }, ` ${line === null ? '' : `Line ${line}: `}${place}`))));
      byId('imported').textContent = policy ?? '';
      byId('imported-block').hidden = !policy;
    };
    this.#engine.latest('import', show, 'importFrom', byId('system').value, byId('source').value);
  }
}
