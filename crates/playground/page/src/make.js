// Elements and text.

/** An element with properties and children. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'data') Object.assign(element.dataset, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Text whose `code` is between backticks and whose **words** are bold, as nodes. */
export function prose(text) {
  return text.replaceAll('\n', ' ').split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => {
    if (part.startsWith('`')) return make('code', {}, part.slice(1, -1));
    if (part.startsWith('**')) return make('b', {}, part.slice(2, -2));
    return part;
  });
}

/** Text for a screen reader alone. */
export const spoken = (text) => make('span', { className: 'visually-hidden' }, text);
