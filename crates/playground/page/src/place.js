// Where in a policy a place of its text is, though the text is not finished: for completion and hover.

/**
 * The keys and indices that lead to the place, what is being written there (a `key` or a `value`), where that begins, and
 * whether it is inside quotes. The text is JSON or block YAML.
 */
export function placeAt(text, offset) {
  return isJson(text) ? inJson(text, offset) : inYaml(text, offset);
}

export const isJson = (text) => /^\s*[{[]/.test(text);

function inJson(text, offset) {
  const stack = [];
  let [from, quoted] = [offset, false];
  for (let at = 0; at < offset; at += 1) {
    const top = stack.at(-1);
    const letter = text[at];
    if (letter === '"') {
      const end = endOfString(text, at);
      if (end >= offset) {
        [from, quoted] = [at + 1, true];
        break;
      }
      if (top && !top.isList && !top.hasKey) top.key = text.slice(at + 1, end);
      at = end;
    } else if (letter === '{' || letter === '[') {
      stack.push({ isList: letter === '[', index: 0, key: undefined, hasKey: false });
    } else if (letter === '}' || letter === ']') {
      stack.pop();
    } else if (top && letter === ':') {
      top.hasKey = true;
    } else if (top && letter === ',') {
      top.index += 1;
      [top.key, top.hasKey] = [undefined, false];
    }
  }
  if (!quoted) from = wordStart(text, offset);
  const top = stack.at(-1);
  const isKey = Boolean(top) && !top.isList && !top.hasKey;
  const tokens = stack.map((level) => (level.isList ? level.index : level.key)).filter((token) => token !== undefined);
  return { path: isKey && top.key !== undefined ? tokens.slice(0, -1) : tokens, what: isKey ? 'key' : 'value', from, quoted };
}

function endOfString(text, start) {
  let at = start + 1;
  while (at < text.length && text[at] !== '"' && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1;
  return at;
}

function wordStart(text, offset) {
  let from = offset;
  while (from > 0 && /[\w.*-]/.test(text[from - 1])) from -= 1;
  return from;
}

function inYaml(text, offset) {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const line = text.slice(lineStart, offset);
  const lead = /^( *)((?:- +)*)(?:(["']?[\w-]+["']?): *)?(.*)$/.exec(line);
  const [, spaces, dashes, key, rest] = lead;
  const own = spaces.length + dashes.length;
  // A value in flow style is read as JSON is.
  const flow = rest.search(/[[{]/);
  const outer = yamlPath(text.slice(0, lineStart), dashes ? spaces.length : own, Boolean(dashes));
  const items = dashes ? [0] : [];
  const before = [...outer, ...items, ...(key ? [key.replaceAll(/["']/g, '')] : [])];
  if (flow >= 0) {
    const begin = lineStart + line.length - rest.length + flow;
    const inner = inJson(text.slice(begin), offset - begin);
    return { ...inner, path: [...before, ...inner.path], from: inner.from + begin };
  }
  const word = /[^\s"']*$/.exec(line)[0];
  const quoted = /["'][^\s"']*$/.test(line);
  const isKey = !key && !dashes;
  return { path: before, what: isKey ? 'key' : 'value', from: offset - word.length, quoted };
}

// The keys above, each less indented than the one below it. An item may be as far to the left as its key.
function yamlPath(above, indent, isItem) {
  const path = [];
  let limit = isItem ? indent + 1 : indent;
  for (const line of above.split('\n').reverse()) {
    const match = /^( *)((?:- +)*)(["']?[\w-]+["']?):/.exec(line);
    if (!match || line.trimStart().startsWith('#')) continue;
    const [, spaces, dashes, key] = match;
    const column = spaces.length + dashes.length;
    if (column >= limit) continue;
    path.unshift(key.replaceAll(/["']/g, ''));
    limit = column;
    if (dashes) {
      path.splice(0, 0, 0);
      limit = spaces.length + 1;
    }
  }
  return path;
}
