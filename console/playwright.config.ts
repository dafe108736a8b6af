import { readdirSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

const suffix = process.env.SHOTS ? '.shots.ts' : process.env.MEASURE ? '.measure.ts' : '.spec.ts';

/** Against the real binary, in Debian's Chromium. `SHOTS=1` makes the screenshots instead, `MEASURE=1` the figures. */
export default defineConfig({
  testDir: 'e2e',
  // A project for each file: so each has processes of its own, and with them a server of its own.
  projects: readdirSync('e2e')
    .filter((file) => file.endsWith(suffix))
    .map((file) => ({ name: file.slice(0, -suffix.length), testMatch: file })),
  workers: 2,
  fullyParallel: false,
  // Long, for machines that do other things too: what is right comes as soon as it is there.
  timeout: 180_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  forbidOnly: !!process.env.CI,
  use: {
    viewport: { width: 1280, height: 800 },
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
