// The engine, off the page's thread: a long policy never holds up a keystroke.

import { initSync } from 'corsac';
import * as engine from 'corsac';

self.onmessage = ({ data: { module, id, name, parameters } }) => {
  if (module) {
    initSync({ module });
    return;
  }
  try {
    self.postMessage({ id, answer: JSON.parse(engine[name](...parameters)) });
  } catch (error) {
    self.postMessage({ id, error: String(error) });
  }
};
