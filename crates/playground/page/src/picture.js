// The exchange as a picture: a list of seven steps, each with an arrow between the four parties.

import { make, spoken } from './make.js';

const PARTIES = ['page', 'browser', 'corsac', 'upstream'];
const NAMES = { page: 'Page', browser: 'Browser', corsac: 'Corsac', upstream: 'Upstream' };
const STATES = { done: '', failed: '', skipped: 'not needed', 'not-reached': 'not reached' };
const SVG = 'http://www.w3.org/2000/svg';

export function picture(flow) {
  const head = make('div', { className: 'parties', ariaHidden: 'true' }, ...PARTIES.map((party) => make('span', {}, NAMES[party])));
  return [make('h3', {}, 'The exchange'), make('div', { className: 'flow' }, head, make('ol', {}, ...flow.map(step)))];
}

function step({ number, from, to, title, headers, state }) {
  const who = from === to ? NAMES[from] : `${NAMES[from]} to ${NAMES[to]}`;
  const subject = NAMES[from];
  const list = headers.map(({ name, value }) => make('li', {}, make('span', { className: 'name' }, `${name}: `), value));
  const text = make('div', { className: 'text' },
    make('p', {}, make('b', { className: 'number' }, `${number} `), spoken(`${who}: `), make('span', { ariaHidden: 'true' }, `${subject} `), title,
      ...(state === 'failed' ? [spoken(' (this fails)')] : []),
      ...(STATES[state] ? [' ', make('span', { className: 'state' }, STATES[state])] : [])));
  if (list.length > 0) text.append(make('ul', { className: 'headers' }, ...list));
  return make('li', { data: { state } }, make('div', { className: 'lanes', ariaHidden: 'true' }, arrow(PARTIES.indexOf(from), PARTIES.indexOf(to), state)), text);
}

// Four lanes, each a hundred wide.
function arrow(from, to, state) {
  const svg = element('svg', { viewBox: '0 0 400 24', focusable: 'false' });
  const [start, end] = [from * 100 + 50, to * 100 + 50];
  const tone = { class: `arrow ${state}` };
  if (from === to) {
    svg.append(element('circle', { ...tone, cx: start, cy: 12, r: 9 }));
    const stroke = state === 'failed' ? `M${start - 3.5} 8.5l7 7m0-7l-7 7` : state === 'done' ? `M${start - 4} 12.5l3 3 5-6` : `M${start - 4} 12h8`;
    svg.append(element('path', { class: `sign ${state}`, d: stroke }));
    return svg;
  }
  const way = Math.sign(end - start);
  const tip = end - way * 3;
  svg.append(element('path', { ...tone, d: `M${start + way * 4} 12H${tip}` }));
  svg.append(element('path', { ...tone, d: `M${tip - way * 7} 7L${tip} 12L${tip - way * 7} 17` }));
  // What passes Corsac on its way is marked there.
  if (Math.abs(end - start) > 100 && Math.min(start, end) < 250 && Math.max(start, end) > 250) {
    svg.append(element('circle', { class: `pass ${state}`, cx: 250, cy: 12, r: 4 }));
  }
  return svg;
}

function element(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
