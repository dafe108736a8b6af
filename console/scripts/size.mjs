// Fails the build when the JavaScript of a first visit, or of one page, is larger than promised. Sizes as they travel.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

/** In kB (1,000 bytes) of gzip. */
export const LIMITS = { visit: 300, page: 60 };

/** The files below `dist/assets` that a file needs before it can run: its static imports and theirs. */
export function closure(names, read) {
  const found = new Set();
  const add = (name) => {
    if (found.has(name)) return;
    found.add(name);
    for (const [, needed] of read(name).matchAll(/(?:from|import)\s*["']\.\/([\w.$-]+\.js)["']/g)) add(needed);
  };
  names.forEach(add);
  return found;
}

/** What a first visit of each page loads, and what the page adds to the frame, in kB of gzip. */
export function sizes(dist) {
  const assets = join(dist, 'assets');
  const cache = new Map();
  const read = (name) => cache.get(name) ?? cache.set(name, readFileSync(join(assets, name), 'utf8')).get(name);
  const weight = (names) =>
    [...names].reduce((sum, name) => sum + gzipSync(read(name), { level: 9 }).length, 0) / 1_000;
  const html = readFileSync(join(dist, 'index.html'), 'utf8');
  const frame = closure(
    [...html.matchAll(/(?:src|href)="\/assets\/([\w.$-]+\.js)"/g)].map(([, name]) => name),
    read,
  );
  if (frame.size === 0) throw new Error('index.html names no script');
  // What is loaded later, from wherever: pages, parts of pages, and dialogues that open over them.
  const pages = new Map();
  const waiting = [frame];
  for (const names of waiting)
    for (const name of names)
      for (const [, page] of read(name).matchAll(/import\(["'`]\.\/([\w.$-]+\.js)["'`]\)/g)) {
        if (pages.has(page)) continue;
        const whole = closure([...names, page], read);
        const own = [...whole].filter((one) => !names.has(one));
        pages.set(page, { page: page.replace(/-[\w-]{8}\.js$/, ''), visit: weight(whole), own: weight(own) });
        waiting.push(whole);
      }
  const all = [...pages.values()];
  return { frame: weight(frame), pages: all.sort((a, b) => b.visit - a.visit) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { frame, pages } = sizes(join(dirname(fileURLToPath(import.meta.url)), '../dist'));
  const kB = (size) => `${Math.round(size)} kB`;
  const [largest] = pages;
  console.log(
    `JavaScript, gzip: ${kB(frame)} before any page; at most ${kB(largest.visit)} with one (${largest.page})`,
  );
  const wrong = pages.filter(({ visit, own }) => visit > LIMITS.visit || own > LIMITS.page);
  for (const { page, visit, own } of wrong)
    console.error(
      `${page}: first visit ${kB(visit)} (at most ${LIMITS.visit}), of its own ${kB(own)} (at most ${LIMITS.page})`,
    );
  if (pages.length < 10) console.error('Hardly any pages were found: is the build what this script expects?');
  if (wrong.length || pages.length < 10) process.exit(1);
}
