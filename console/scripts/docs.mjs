// Puts the documentation beside the console, as plain pages of the same server: dist/docs/NAME.html.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Marked } from 'marked';

const from = new URL('../../docs/', import.meta.url);
const to = new URL('../dist/docs/', import.meta.url);
/** In the order in which they are read; others follow by name. */
const ORDER = ['administrators', 'operators', 'integrators', 'vocabulary', 'architecture'];

const place = (name) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
const names = readdirSync(from)
  .filter((file) => file.endsWith('.md'))
  .map((file) => file.slice(0, -3))
  .sort((a, b) => place(a) - place(b) || a.localeCompare(b));
const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
/** As the usual hosts make anchors, so that links between the files work here too. */
const anchor = (text) =>
  text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');

const marked = new Marked({
  renderer: {
    heading({ tokens, depth, text }) {
      return `<h${depth} id="${anchor(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
    },
    link({ href, tokens }) {
      const text = this.parser.parseInline(tokens);
      // What lies outside the documentation is not served.
      if (href.startsWith('../')) return text;
      return `<a href="${escaped(href.replace(/\.md(#|$)/, '.html$1'))}">${text}</a>`;
    },
    table(token) {
      const row = (cells, tag) =>
        `<tr>${cells.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join('')}</tr>`;
      const body = token.rows.map((cells) => row(cells, 'td')).join('\n');
      return `<div class="table"><table><thead>${row(token.header, 'th')}</thead><tbody>${body}</tbody></table></div>\n`;
    },
  },
});

mkdirSync(to, { recursive: true });
const pages = names.map((name) => {
  const source = readFileSync(new URL(`${name}.md`, from), 'utf8');
  return { name, source, title: /^# (.+)$/m.exec(source)?.[1] ?? name };
});
for (const { name, source, title } of pages) {
  const links = pages
    .map(
      (page) =>
        `<a href="${page.name}.html"${page.name === name ? ' aria-current="page"' : ''}>${escaped(page.title)}</a>`,
    )
    .join('\n');
  writeFileSync(
    new URL(`${name}.html`, to),
    `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} · Lockstep</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/docs.css">
</head>
<body>
<nav aria-label="Documentation">
<a class="home" href="/">Lockstep</a>
${links}
</nav>
<main>
${marked.parse(source)}
</main>
</body>
</html>
`,
  );
}
for (const file of readdirSync(from).filter((file) => /\.(svg|png)$/.test(file)))
  copyFileSync(new URL(file, from), new URL(file, to));
