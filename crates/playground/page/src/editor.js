// The policy editor: CodeMirror with the engine's diagnostics, completion and hover.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { yaml } from '@codemirror/lang-yaml';
import { HighlightStyle, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState } from '@codemirror/state';
import { EditorView, drawSelection, highlightActiveLine, hoverTooltip, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';

import { make } from './make.js';
import { isJson, placeAt } from './place.js';

// More squiggles than this help nobody.
const MOST_SHOWN = 200;

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--code-key)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--code-string)' },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword, tags.atom], color: 'var(--code-atom)' },
  { tag: [tags.comment, tags.lineComment], color: 'var(--quiet)', fontStyle: 'italic' },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: 'var(--quiet)' },
]);

const theme = EditorView.theme({
  '&': { color: 'var(--ink)', backgroundColor: 'transparent', fontSize: '13px', height: '100%' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.6', fontVariantLigatures: 'none' },
  '.cm-content': { padding: '10px 0', caretColor: 'var(--ink)' },
  '.cm-line': { padding: '0 12px 0 6px' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--quiet)', border: 'none' },
  '.cm-lineNumbers .cm-gutterElement': { padding: '0 4px 0 10px', fontSize: '11px', minWidth: '18px' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--select) 5%, transparent)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': { backgroundColor: 'color-mix(in srgb, var(--select) 24%, transparent)' },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': { backgroundColor: 'color-mix(in srgb, var(--select) 18%, transparent)', outline: 'none' },
  '.cm-tooltip': { backgroundColor: 'var(--panel)', color: 'var(--ink)', border: '1px solid var(--line)', borderRadius: '8px', boxShadow: '0 6px 24px rgb(0 0 0 / .14)', maxWidth: 'min(46ch, 86vw)', overflow: 'hidden', fontFamily: 'var(--sans)', fontSize: '13px', lineHeight: '1.45' },
  '.cm-tooltip-hover .about': { padding: '8px 12px' },
  '.about code': { fontFamily: 'var(--mono)', fontSize: '12px' },
  '.about p': { margin: '0' },
  '.about p + p': { marginTop: '4px', color: 'var(--quiet)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', fontSize: '12.5px', maxHeight: '16em' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 10px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--accent)', color: 'var(--on-accent)' },
  '.cm-completionInfo': { padding: '8px 12px' },
  '.cm-diagnostic': { padding: '8px 12px', borderLeft: '3px solid var(--warn)' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--bad)' },
  '.cm-diagnosticAction': { font: 'inherit', color: 'var(--accent)', backgroundColor: 'transparent', border: '1px solid var(--line)', borderRadius: '6px', padding: '1px 9px', margin: '6px 8px 0 0', display: 'inline-block', cursor: 'pointer' },
  '.cm-lintRange-error': { backgroundImage: 'none', textDecoration: 'underline wavy var(--bad) 1.2px', textUnderlineOffset: '3px', textDecorationSkipInk: 'none' },
  '.cm-lintRange-warning': { backgroundImage: 'none', textDecoration: 'underline wavy var(--warn) 1.2px', textUnderlineOffset: '3px', textDecorationSkipInk: 'none' },
  '.cm-gutter-lint': { width: '16px' },
  '.cm-gutter-lint .cm-gutterElement': { padding: '0' },
  '.cm-lint-marker': { width: '8px', height: '8px', borderRadius: '50%', margin: '6px 0 0 4px', content: '""' },
  '.cm-lint-marker-error': { backgroundColor: 'var(--bad)', content: '""' },
  '.cm-lint-marker-warning': { backgroundColor: 'var(--warn)', content: '""' },
  '.cm-panels': { backgroundColor: 'var(--panel)', color: 'var(--ink)', borderColor: 'var(--line)', fontFamily: 'var(--sans)' },
  '.cm-panel.cm-search': { padding: '6px 8px' },
  '.cm-textfield': { backgroundColor: 'var(--field)', border: '1px solid var(--line)', borderRadius: '6px', color: 'inherit' },
  '.cm-button': { backgroundImage: 'none', backgroundColor: 'var(--panel)', border: '1px solid var(--line)', borderRadius: '6px', color: 'inherit' },
});

export class PolicyEditor {
  #view;
  #language = new Compartment();
  #isJson = true;

  /** `edited` gets the text after each change, and `fix` the number of a diagnostic whose fix is wanted. */
  constructor(host, { label, engine, edited, fix }) {
    // In a shadow root CodeMirror adopts its style sheets; in the document it would write <style>, which the page's
    // content security policy forbids.
    const root = host.attachShadow({ mode: 'open' });
    this.fix = fix;
    const state = EditorState.create({
      extensions: [
        lineNumbers(), lintGutter(), history(), drawSelection(), indentOnInput(), bracketMatching(), closeBrackets(),
        highlightActiveLine(), highlightSelectionMatches(), search({ top: true }), indentUnit.of('  '),
        autocompletion({ override: [(context) => complete(engine, context)], icons: false }),
        hoverTooltip((view, at) => describe(engine, view.state.doc.toString(), at)),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap]),
        this.#language.of(json()), syntaxHighlighting(colours), theme, EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', autocapitalize: 'off', tabindex: '0' }),
        EditorView.domEventHandlers({ beforeinput: typeOverSelection }),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          this.#chooseLanguage();
          edited(this.text);
        }),
      ],
    });
    this.#view = new EditorView({ state, root, parent: root });
  }

  get text() {
    return this.#view.state.doc.toString();
  }

  /** Puts another text in place of this one, where that is one change to undo. */
  set text(text) {
    if (text === this.text) return;
    this.#view.dispatch({ changes: smallestChange(this.text, text) });
  }

  /** Puts the cursor on a diagnostic. */
  select({ from, to }) {
    const { length } = this.#view.state.doc;
    this.#view.dispatch({ selection: { anchor: Math.min(from, length), head: Math.min(to, length) }, scrollIntoView: true });
    this.#view.focus();
  }

  show(diagnostics) {
    const { length } = this.#view.state.doc;
    const shown = diagnostics.slice(0, MOST_SHOWN).map((diagnostic, number) => ({
      from: Math.min(diagnostic.from, length),
      to: Math.min(diagnostic.to, length),
      severity: diagnostic.severity,
      source: diagnostic.code,
      message: diagnostic.message,
      actions: diagnostic.suggestion === null ? [] : [{ name: `Fix: ${fixLabel(diagnostic)}`, apply: () => this.fix(number) }],
    }));
    this.#view.dispatch(setDiagnostics(this.#view.state, shown));
  }

  #chooseLanguage() {
    const now = isJson(this.text);
    if (now === this.#isJson || !this.text.trim()) return;
    this.#isJson = now;
    this.#view.dispatch({ effects: this.#language.reconfigure(now ? json() : yaml()) });
  }
}

// Chromium keeps the style of selected text for what is typed over it, in a style attribute, which the page's content
// security policy forbids. So the text never goes through the DOM.
function typeOverSelection(event, view) {
  const text = event.data;
  const { from, to } = selectedRange(view);
  if (event.inputType !== 'insertText' || !text || from === to || view.composing) return false;
  event.preventDefault();
  const change = { changes: { from, to, insert: text }, selection: { anchor: from + text.length }, userEvent: 'input.type', scrollIntoView: true };
  const insert = () => view.state.update(change);
  const isHandled = view.state.facet(EditorView.inputHandler).some((handle) => handle(view, from, to, text, insert));
  if (!isHandled) view.dispatch(insert());
  return true;
}

// The selection in the DOM, which the editor's state follows a little later. Only Chromium shows it in a shadow root.
function selectedRange(view) {
  const selection = view.root.getSelection?.();
  if (!view.contentDOM.contains(selection?.anchorNode ?? null)) return view.state.selection.main;
  const ends = [view.posAtDOM(selection.anchorNode, selection.anchorOffset), view.posAtDOM(selection.focusNode, selection.focusOffset)];
  return { from: Math.min(...ends), to: Math.max(...ends) };
}

/** What a fix writes, in few words. */
export function fixLabel({ suggestion }) {
  return suggestion.length > 60 ? `${suggestion.slice(0, 57)}…` : suggestion;
}

function smallestChange(old, text) {
  let from = 0;
  while (from < old.length && from < text.length && old[from] === text[from]) from += 1;
  let end = 0;
  while (end < old.length - from && end < text.length - from && old.at(-1 - end) === text.at(-1 - end)) end += 1;
  return { from, to: old.length - end, insert: text.slice(from, text.length - end) };
}

async function complete(engine, context) {
  const text = context.state.doc.toString();
  const { path, what, from, quoted } = placeAt(text, context.pos);
  const before = text[from - 1];
  if (!context.explicit && !quoted && !/\w/.test(text[context.pos - 1] ?? '')) return null;
  const found = await engine.call('complete', JSON.stringify(path), what);
  const write = isJson(text) ? writeJson : writeYaml;
  const options = found.map(({ label, info, kind }) => ({
    label: String(label),
    info: info || undefined,
    apply: write(label, what, kind, quoted && before === '"', text.slice(context.pos)),
  }));
  return { from, options, validFor: /^[^\s"',[\]{}]*$/ };
}

// What a completion writes: a key with its colon and the brackets or quotes of its value.
function writeJson(label, what, kind, quoted, after) {
  const close = quoted && after.startsWith('"');
  if (what === 'value') {
    if (typeof label !== 'string') return String(label);
    if (quoted) return (view, _, from, to) => replace(view, from, close ? to + 1 : to, `${label}"`, 0);
    return JSON.stringify(label);
  }
  const [value, back] = { list: ['[]', 1], object: ['{}', 1], string: ['""', 1], other: ['', 0] }[kind];
  const rest = close ? after.slice(1) : after;
  const hasValue = /^\s*:/.test(rest);
  const key = `${quoted ? '' : '"'}${label}"${hasValue ? '' : `: ${value}`}`;
  return (view, _, from, to) => replace(view, from, close ? to + 1 : to, key, hasValue ? 0 : back);
}

function writeYaml(label, what, kind) {
  if (what === 'key') return `${label}:${kind === 'list' || kind === 'object' ? '' : ' '}`;
  return typeof label === 'string' && /[*:#]/.test(label) ? JSON.stringify(label) : String(label);
}

function replace(view, from, to, insert, back) {
  view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length - back } });
}

async function describe(engine, text, at) {
  const word = /[\w-]/;
  if (!word.test(text[at] ?? '')) return null;
  let [from, to] = [at, at];
  while (word.test(text[from - 1] ?? '')) from -= 1;
  while (word.test(text[to] ?? '')) to += 1;
  const { path, what } = placeAt(text, from);
  const isKey = what === 'key' || /^["']?\s*:/.test(text.slice(to));
  const tokens = isKey && path.at(-1) !== text.slice(from, to) ? [...path, text.slice(from, to)] : path;
  const known = await engine.call('describe', JSON.stringify(tokens));
  if (!known) return null;
  const usual = known.default === null ? [] : [make('p', {}, 'Where it is left out: ', make('code', {}, JSON.stringify(known.default)))];
  const dom = make('div', { className: 'about' }, make('p', {}, make('code', {}, known.name ?? 'policy'), ' ', known.description), ...usual);
  return { pos: from, end: to, above: true, create: () => ({ dom }) };
}
