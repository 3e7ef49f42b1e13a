// Bundles the page: `node build.mjs <folder with corsac.js and corsac.wasm> <folder for the page>`.

import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const [engine, out] = process.argv.slice(2).map((folder) => resolve(folder));
const own = (name) => join(import.meta.dirname, name);
const usual = {
  bundle: true, minify: true, format: 'iife', target: 'es2022', legalComments: 'none', logLevel: 'warning', absWorkingDir: import.meta.dirname,
};

const worker = await build({
  ...usual, entryPoints: [own('src/worker.js')], write: false, alias: { corsac: join(engine, 'corsac.js') },
  // Where wasm-bindgen would look for the module; the page hands it over.
  define: { 'import.meta.url': '""' },
});

const workerAsText = {
  name: 'worker',
  setup(bundler) {
    bundler.onResolve({ filter: /^worker:/ }, ({ path }) => ({ path, namespace: 'worker' }));
    bundler.onLoad({ filter: /.*/, namespace: 'worker' }, () => ({ contents: worker.outputFiles[0].text, loader: 'text' }));
  },
};

mkdirSync(out, { recursive: true });
await build({ ...usual, format: 'esm', entryPoints: [own('src/page.js')], outfile: join(out, 'page.js'), plugins: [workerAsText] });
await build({ ...usual, entryPoints: [own('page.css')], outfile: join(out, 'page.css') });
copyFileSync(own('index.html'), join(out, 'index.html'));
copyFileSync(own('icon.svg'), join(out, 'icon.svg'));
copyFileSync(join(engine, 'corsac.wasm'), join(out, 'corsac.wasm'));

const files = ['index.html', 'page.css', 'page.js', 'icon.svg', 'corsac.wasm'];
const hash = createHash('sha256');
for (const file of files) hash.update(readFileSync(join(out, file)));
const version = `corsac-playground-${hash.digest('hex').slice(0, 16)}`;
const service = readFileSync(own('src/sw.js'), 'utf8').replace('%VERSION%', version).replace('%FILES%', files.slice(1).join(' '));
writeFileSync(join(out, 'sw.js'), service);
