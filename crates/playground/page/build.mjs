// Bundles the page: `node build.mjs <folder with corsac.js and corsac.wasm> <folder for the page>`.

import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
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
const page = await build({
  ...usual, format: 'esm', entryPoints: [own('src/page.js')], outfile: join(out, 'page.js'), plugins: [workerAsText], metafile: true,
});
await build({ ...usual, entryPoints: [own('page.css')], outfile: join(out, 'page.css') });
copyFileSync(own('index.html'), join(out, 'index.html'));
copyFileSync(own('icon.svg'), join(out, 'icon.svg'));
copyFileSync(join(engine, 'corsac.wasm'), join(out, 'corsac.wasm'));

// The licenses of what is bundled, which have to go with it.
const packages = new Set(Object.keys(page.metafile.inputs).flatMap((path) => path.match(/^node_modules\/(@[^/]+\/[^/]+|[^/]+)/)?.[1] ?? []));
const license = (name) => {
  const folder = own(`node_modules/${name}`);
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((it) => /^licen[cs]e/i.test(it));
  return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
};
writeFileSync(join(out, 'licenses.txt'), [...packages].sort().map(license).join(`\n${'-'.repeat(72)}\n\n`));

const files = ['index.html', 'page.css', 'page.js', 'icon.svg', 'licenses.txt', 'corsac.wasm'];
const hash = createHash('sha256');
for (const file of files) hash.update(readFileSync(join(out, file)));
const version = `corsac-playground-${hash.digest('hex').slice(0, 16)}`;
const service = readFileSync(own('src/sw.js'), 'utf8').replace('%VERSION%', version).replace('%FILES%', files.slice(1).join(' '));
writeFileSync(join(out, 'sw.js'), service);
