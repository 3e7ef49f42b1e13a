// The engine's worker, as the page sees it.

// The bundler puts the worker's script here.
import workerSource from 'worker:./worker.js';

const trusted = globalThis.trustedTypes?.createPolicy('corsac', { createScriptURL: (url) => url })
  ?? { createScriptURL: (url) => url };

/** The URL of one of this page's own scripts. */
export const scriptUrl = (url) => trusted.createScriptURL(url);

export class Engine {
  #worker;
  #calls = new Map();
  #next = 1;
  // By slot: the newest call that waits for the one in flight.
  #slots = new Map();

  // A worker from a blob inherits this page's content security policy; one from a file would not.
  constructor(module) {
    const blob = URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' }));
    this.#worker = new Worker(scriptUrl(blob));
    this.#worker.onmessage = ({ data: { id, answer, error } }) => {
      const call = this.#calls.get(id);
      this.#calls.delete(id);
      if (error) call.reject(new Error(error));
      else call.resolve(answer);
      this.#show();
    };
    this.#worker.postMessage({ module });
  }

  /** What one of the engine's functions answers. */
  call(name, ...parameters) {
    const id = this.#next++;
    const answer = new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject }));
    this.#show();
    this.#worker.postMessage({ id, name, parameters });
    return answer;
  }

  /** The same for text that is being typed: of the calls that wait, only the newest is made. */
  async latest(slot, use, name, ...parameters) {
    const waiting = this.#slots.get(slot);
    if (waiting) {
      waiting.next = [use, name, parameters];
      return;
    }
    const state = { next: [use, name, parameters] };
    this.#slots.set(slot, state);
    try {
      while (state.next) {
        const [then, what, given] = state.next;
        state.next = undefined;
        const answer = await this.call(what, ...given);
        if (!state.next) then(answer);
      }
    } finally {
      this.#slots.delete(slot);
    }
  }

  // The tests wait until nothing is being asked any more.
  #show() {
    document.documentElement.dataset.asking = String(this.#calls.size);
  }
}
