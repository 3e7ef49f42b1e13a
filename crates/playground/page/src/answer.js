// The answer: verdict, reasons, picture, bytes, and the browser's steps.

import { byId, make, prose, spoken } from './make.js';
import { picture } from './picture.js';

const WORDS = { allowed: 'Allowed', blocked: 'Blocked' };

let shown = '';

/** Shows what the engine explains, or why there is nothing to explain. */
export function showAnswer(explained) {
  // Most keystrokes in a policy change nothing for the request, and a screen reader need not tell it again.
  const text = JSON.stringify(explained);
  if (text === shown) return;
  shown = text;
  const { problem, explanation, flow } = explained;
  const answer = byId('answer');
  answer.dataset.verdict = problem ? 'none' : explanation.verdict;
  byId('verdict').replaceChildren(...(problem ? waiting(problem) : verdict(explanation)));
  byId('facts').replaceChildren(...(problem ? [] : [facts(explanation)]));
  byId('picture').replaceChildren(...(problem ? [] : picture(flow)));
  byId('wire').replaceChildren(...(problem ? [] : wire(explanation)));
  byId('steps').replaceChildren(...(problem ? [] : steps(explanation)));
}

const mark = (state) => make('span', { className: 'mark', ariaHidden: 'true', data: { state } });

function waiting(problem) {
  return [make('p', { className: 'verdict' }, mark('none'), make('span', {}, make('b', {}, 'No answer yet'), make('span', { className: 'why' }, problem)))];
}

function verdict({ verdict: word, sentence, reason }) {
  const why = make('span', { className: 'why' }, sentence, ' ', make('code', { className: 'reason' }, reason));
  return [make('p', { className: 'verdict' }, mark(word), make('span', {}, make('b', {}, WORDS[word]), make('span', { className: 'visually-hidden' }, ': '), why))];
}

function facts({ policy, choice, entry, nearest, trial, chrome, console, firefox }) {
  const rows = [['Policy', [policy === null ? 'None. ' : [make('b', {}, policy), '. '], choice.sentence].flat()]];
  if (entry) rows.push(['Entry', [make('code', {}, entry.entry), ' ', make('span', { className: 'quiet' }, entry.pointer)]]);
  if (nearest) {
    const differs = nearest.differs.map((word) => make('span', { className: 'chip' }, word.replaceAll('-', ' ')));
    rows.push(['Nearest entry', [make('code', {}, nearest.entry), ' ', ...differs, make('p', { className: 'quiet' }, nearest.sentence)]]);
  }
  if (trial) rows.push(['Trial', [`${WORDS[trial.verdict]}: ${trial.sentence} `, make('code', { className: 'reason' }, trial.reason)]]);
  if (chrome) rows.push(['Chrome', [make('code', {}, chrome), ...(console ? [make('p', { className: 'console' }, console)] : [])]]);
  if (firefox) rows.push(['Firefox', [make('code', {}, firefox)]]);
  return make('dl', { className: 'facts' }, ...rows.flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, ...value)]));
}

function wire({ preflight, request, response }) {
  const parts = [make('h3', {}, 'On the wire')];
  if (preflight) {
    parts.push(make('p', { className: 'quiet' }, `The preflight. ${preflight.why}`));
    parts.push(exchange(preflight.request, preflight.answer));
  }
  if (response) {
    parts.push(make('p', { className: 'quiet' }, 'The request itself.'));
    parts.push(exchange(request, response));
  }
  if (!preflight && !response) parts.push(make('p', { className: 'quiet' }, 'Nothing is sent.'));
  return parts;
}

function exchange(request, answer) {
  const by = answer.by === 'corsac' ? 'by Corsac; the upstream is not reached'
    : answer.decision === null ? 'by the upstream' : 'by the upstream, edited by Corsac';
  return make('div', { className: 'wire' },
    make('p', { className: 'start' }, `${request.method} ${request.url}`), ...lines(request.headers),
    make('p', { className: 'start status' }, String(answer.status), make('span', {}, ` ${by}`)), ...lines(answer.headers));
}

const lines = (headers) => headers.map(({ name, value }) => make('p', {}, make('span', { className: 'name' }, `${name}: `), value));

function steps({ steps: all, chrome }) {
  if (all.length === 0) return [];
  const deciding = all.findIndex(({ outcome }) => outcome === 'failed');
  const items = all.map(({ section, link, sentence, outcome }, number) => {
    const item = make('li', { data: { outcome } },
      make('a', { href: link, rel: 'noreferrer' }, section), make('span', { className: 'outcome' }, outcome),
      make('p', {}, sentence));
    if (number === deciding) {
      item.append(make('p', { className: 'decides' }, 'This step decides.', ...(chrome ? [' Chrome calls it ', make('code', {}, chrome), '.'] : [])));
    }
    return item;
  });
  return [make('h3', {}, 'What a browser does'), make('ol', { className: 'steps' }, ...items)];
}

/** The list of diagnostics below the editor. */
export function diagnosticItems(diagnostics, { go, fix, label }) {
  return diagnostics.map((diagnostic, number) => {
    const { code, severity, line, message, suggestion, page } = diagnostic;
    const place = make('button', { type: 'button', className: 'link' }, `Line ${line}`);
    place.addEventListener('click', () => go(diagnostic));
    const item = make('li', { data: { severity } },
      make('p', { className: 'code' }, make('b', {}, code), spoken(`, ${severity}. `), place),
      make('p', {}, message));
    if (suggestion !== null) {
      const button = make('button', { type: 'button' }, 'Fix', spoken(` ${code} on line ${line}`));
      button.addEventListener('click', () => fix(number));
      item.append(make('p', { className: 'suggestion' }, button, ' ', make('code', {}, label(diagnostic))));
    }
    item.append(make('details', {}, make('summary', {}, 'Why', spoken(`: ${code}`)),
      make('p', {}, ...prose(page.what)),
      ...page.parts.map(({ title, text }) => make('p', {}, make('b', {}, `${title}. `), ...prose(text)))));
    return item;
  });
}
