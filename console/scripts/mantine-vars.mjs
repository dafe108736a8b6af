// Writes src/styles/mantine-vars.css: the variables that Mantine would otherwise put into a <style> element, which
// the content security policy refuses.
import { writeFileSync } from 'node:fs';
import { convertCssVariables, DEFAULT_THEME, defaultCssVariablesResolver, mergeMantineTheme } from '@mantine/core';
import { runnerImport } from 'vite';

const { module } = await runnerImport(new URL('../src/theme.ts', import.meta.url).pathname, { configFile: false });
const theme = mergeMantineTheme(DEFAULT_THEME, module.theme);
const [base, ours] = [defaultCssVariablesResolver(theme), module.resolver(theme)];
const merged = Object.fromEntries(
  ['variables', 'light', 'dark'].map((part) => [part, { ...base[part], ...ours[part] }]),
);
const css = convertCssVariables(merged, ':root').replace(/([{;}])/g, '$1\n');
writeFileSync(
  new URL('../src/styles/mantine-vars.css', import.meta.url),
  `/* Written by scripts/mantine-vars.mjs. */\n${css}`,
);
