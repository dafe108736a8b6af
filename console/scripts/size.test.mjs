import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sizes } from './size.mjs';

let dist;
const put = (name, text) => writeFileSync(join(dist, name), text);
beforeEach(() => {
  dist = mkdtempSync(join(tmpdir(), 'lockstep-size.'));
  mkdirSync(join(dist, 'assets'));
  put('index.html', '<script type="module" src="/assets/index-AAAAAAAA.js"></script>');
});
afterEach(() => rmSync(dist, { recursive: true }));

/** Text that gzip can do little about. */
const noise = (kB) => `// ${Array.from({ length: kB * 1_400 }, () => Math.random().toString(36)[3]).join('')}\n`;

it('counts what a page needs beside the frame, once, and what its parts load later', () => {
  put('assets/index-AAAAAAAA.js', `${noise(20)}import{a}from"./shared-BBBBBBBB.js";()=>import("./Users-CCCCCCCC.js")`);
  put('assets/shared-BBBBBBBB.js', noise(10));
  put('assets/Users-CCCCCCCC.js', `${noise(5)}import{a}from"./shared-BBBBBBBB.js";()=>import("./Drawer-DDDDDDDD.js")`);
  put('assets/Drawer-DDDDDDDD.js', noise(3));
  const { frame, pages } = sizes(dist);
  const by = Object.fromEntries(pages.map((one) => [one.page, one]));
  expect(by.Users.visit).toBeCloseTo(frame + by.Users.own, 5);
  expect(by.Users.own).toBeLessThan(frame / 2);
  expect(by.Drawer.visit).toBeCloseTo(by.Users.visit + by.Drawer.own, 5);
});

it('does not take an empty build for a small one', () => {
  put('index.html', '<p>Nothing here');
  expect(() => sizes(dist)).toThrow('names no script');
});
