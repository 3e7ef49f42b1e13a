// The page's state in its URL: compressed, after the #, which browsers never send to a server.

const VERSION = '#v1=';
// Text from outside: so much is unpacked, and no more.
const MOST_LETTERS = 2_000_000;

export async function pack(state) {
  const stream = new Blob([JSON.stringify(state)]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  let letters = '';
  for (const byte of bytes) letters += String.fromCharCode(byte);
  return VERSION + btoa(letters).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The state of a fragment; `undefined` where it is none of this page's. */
export async function unpack(fragment) {
  if (!fragment.startsWith(VERSION)) return undefined;
  try {
    const letters = atob(fragment.slice(VERSION.length).replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    const text = await boundedText(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')));
    const state = JSON.parse(text);
    return typeof state === 'object' && state !== null ? state : undefined;
  } catch {
    return undefined;
  }
}

async function boundedText(stream) {
  let text = '';
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += value;
    if (text.length > MOST_LETTERS) throw new Error('too long');
  }
}
